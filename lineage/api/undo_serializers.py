"""Serializers of undo and redo, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lineage.undo.edited_rows_choice import EditedRowsChoice


class RedoRequest(serializers.Serializer[Any]):
    changed_rows = serializers.ChoiceField(
        required=False,
        choices=EditedRowsChoice.choices,
        help_text="Keep or remove manually changed rows. Required if any would be removed.",
    )
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Reason, recorded in the audit log.")


class UndoRequest(RedoRequest):
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Reason, recorded in the history.")


class _ImportResponse(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    import_id = serializers.UUIDField()
    table_name = serializers.CharField()


class OtherImportSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField()
    file_name = serializers.CharField(allow_null=True)
    rows = serializers.IntegerField()


class UndoPreviewSerializer(_ImportResponse):
    rows_going = serializers.IntegerField(help_text="Rows that will be removed.")
    rows_remaining = serializers.IntegerField(help_text="Rows in the table after the undo.")
    imports_remaining = serializers.IntegerField()
    rows_returning = serializers.IntegerField(
        help_text="Rows from other imports, duplicates or updates of these, that will be restored."
    )
    returning = OtherImportSerializer(many=True)
    rows_becoming_duplicates = serializers.IntegerField(
        help_text="Rows from other imports that become duplicates of restored rows, or updates of them."
    )
    becoming_duplicates = OtherImportSerializer(many=True)
    rows_reverted = serializers.IntegerField(
        help_text="Rows of other imports that get back the values that they have without this import."
    )
    reverted = OtherImportSerializer(many=True, help_text="The imports that inserted these rows.")
    columns_dropped = serializers.ListField(child=serializers.CharField())
    table_dropped = serializers.BooleanField()
    rows_changed_by_hand = serializers.IntegerField(
        help_text="Manually changed rows that would be removed or changed; then changed_rows is required."
    )
    changed_rows = serializers.ListField(child=serializers.IntegerField(), help_text="Ids of the first of these rows.")
    rows_deleted_by_hand = serializers.IntegerField(help_text="Rows of the import that were already deleted manually.")
    blocked_by = serializers.ListField(child=serializers.CharField(), help_text="Reasons why the undo is not possible.")
    blocked_by_details = serializers.ListField(
        child=serializers.JSONField(), help_text="The reasons as codes with parameters."
    )


class UndoReportSerializer(_ImportResponse):
    rows_removed = serializers.IntegerField()
    rows_returned = serializers.IntegerField()
    rows_become_duplicates = serializers.IntegerField()
    rows_reverted = serializers.IntegerField(help_text="Rows of other imports that got other values.")
    rows_kept = serializers.IntegerField(help_text="Manually changed rows of the import that were kept.")
    columns_dropped = serializers.ListField(child=serializers.CharField())
    table_dropped = serializers.BooleanField()


class RedoReportSerializer(_ImportResponse):
    rows_inserted = serializers.IntegerField()
    rows_updated = serializers.IntegerField(help_text="Rows of other imports that were updated again.")
    duplicates_found = serializers.IntegerField()
    rows_returned = serializers.IntegerField(
        help_text="Rows from later imports restored because they are no longer duplicates."
    )
    rows_become_duplicates = serializers.IntegerField(
        help_text="Rows from later imports that are now duplicates of restored rows."
    )
    table_made = serializers.BooleanField(help_text="Whether the table was created again.")
    columns_added = serializers.ListField(child=serializers.CharField())


class UndoGroupSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    imports = serializers.ListField(
        child=serializers.DictField(), help_text="For each import the response of its undo, or its error."
    )
