"""The shapes of undo and redo, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lineage.undo.edited_rows_choice import EditedRowsChoice


class RedoRequest(serializers.Serializer[Any]):
    changed_rows = serializers.ChoiceField(
        required=False,
        choices=EditedRowsChoice.choices,
        help_text="What becomes of rows changed by hand that would be lost. Has to be said where there are any.",
    )


class UndoRequest(RedoRequest):
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Why; kept with the import.")


class _OfOneImport(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    import_id = serializers.UUIDField()
    table_name = serializers.CharField()


class OtherImportSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField()
    file_name = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField()


class UndoPreviewSerializer(_OfOneImport):
    rows_going = serializers.IntegerField()
    rows_remaining = serializers.IntegerField(help_text="Of imports, in the table, afterwards.")
    imports_remaining = serializers.IntegerField()
    rows_returning = serializers.IntegerField(help_text="Of other imports, that were duplicates of rows that go.")
    returning = OtherImportSerializer(many=True)
    rows_becoming_duplicates = serializers.IntegerField(help_text="Of other imports, of rows that return.")
    becoming_duplicates = OtherImportSerializer(many=True)
    columns_dropped = serializers.ListField(child=serializers.CharField())
    table_dropped = serializers.BooleanField()
    rows_changed_by_hand = serializers.IntegerField(help_text="That would be lost: changed_rows has to be said.")
    changed_rows = serializers.ListField(child=serializers.IntegerField(), help_text="The first ids of them.")
    rows_deleted_by_hand = serializers.IntegerField()
    blocked_by = serializers.ListField(child=serializers.CharField(), help_text="What has to be done first.")
    blocked_by_details = serializers.ListField(
        child=serializers.JSONField(), help_text="The same as codes with parameters."
    )


class UndoReportSerializer(_OfOneImport):
    rows_removed = serializers.IntegerField()
    rows_returned = serializers.IntegerField()
    rows_become_duplicates = serializers.IntegerField()
    rows_kept = serializers.IntegerField(help_text="Of the import, changed by hand.")
    columns_dropped = serializers.ListField(child=serializers.CharField())
    table_dropped = serializers.BooleanField()


class RedoReportSerializer(_OfOneImport):
    rows_inserted = serializers.IntegerField()
    duplicates_found = serializers.IntegerField()
    rows_returned = serializers.IntegerField(help_text="Of later imports, whose match is gone.")
    rows_become_duplicates = serializers.IntegerField(help_text="Of later imports, of rows that are back.")
    table_made = serializers.BooleanField()
    columns_added = serializers.ListField(child=serializers.CharField())
