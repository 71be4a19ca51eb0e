"""Serializers of reruns, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import OutcomeSerializer, saved_mapping_field
from lineage.api.undo_serializers import OtherImportSerializer
from lineage.undo.edited_rows_choice import EditedRowsChoice


class RerunPreviewRequest(serializers.Serializer[Any]):
    mapping = serializers.JSONField(required=False, help_text="The mapping with which the file is imported.")
    saved_mapping = saved_mapping_field()
    changed_rows = serializers.ChoiceField(
        required=False,
        choices=EditedRowsChoice.choices,
        help_text="Keep or remove manually changed rows. Required if any would be removed or changed.",
    )


class RerunRequest(RerunPreviewRequest):
    reason = serializers.CharField(required=False, allow_blank=True, help_text="Reason, recorded in the history.")


def _names(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.CharField(), help_text=help_text)


def _numbers(help_text: str) -> serializers.ListField:
    return serializers.ListField(child=serializers.IntegerField(), help_text=help_text)


class _ColumnsSerializer(serializers.Serializer[Any]):
    columns_dropped = _names("Columns that only the old import filled.")
    columns_added = _names("Columns that the table gets.")
    columns_retyped = _names("Columns of the old import that get another type.")


class RerunReportSerializer(OutcomeSerializer, _ColumnsSerializer):
    rerun_of = serializers.UUIDField(help_text="The import that was replaced; import_id is the new one.")
    rows_removed = serializers.IntegerField(help_text="Rows of the old import.")
    rows_kept = serializers.IntegerField(help_text="Manually changed rows of the old import that were kept.")
    duplicates_found = serializers.IntegerField()
    rows_returned = serializers.IntegerField(help_text="Rows of later imports that are restored.")
    rows_become_duplicates = serializers.IntegerField(help_text="Rows of later imports that become duplicates.")
    repairs_carried = serializers.IntegerField(help_text="Repaired rows whose repairs count for the new import, too.")
    repairs_left = _numbers("Repaired rows of the old import whose repairs do not.")

    class Meta(OutcomeSerializer.Meta):
        fields = [
            *OutcomeSerializer.Meta.fields, "columns_dropped", "columns_added", "columns_retyped", "rerun_of",
            "rows_removed", "rows_kept", "duplicates_found", "rows_returned", "rows_become_duplicates",
            "repairs_carried", "repairs_left",
        ]  # fmt: skip
        read_only_fields = fields


class _ErrorChangeSerializer(serializers.Serializer[Any]):
    error_type = serializers.CharField()
    column = serializers.CharField()
    before = serializers.IntegerField()
    after = serializers.IntegerField()


class _RowChangeSerializer(serializers.Serializer[Any]):
    change = serializers.ChoiceField(choices=["changed", "added", "removed"])
    record_number = serializers.IntegerField(allow_null=True, help_text="Null for a row of another import.")
    row_id = serializers.IntegerField(allow_null=True)
    cells = serializers.DictField(help_text="By column: before and after, as texts.")


class RerunPreviewSerializer(_ColumnsSerializer):
    success = serializers.BooleanField()
    import_id = serializers.UUIDField()
    table_name = serializers.CharField()
    before = serializers.DictField(child=serializers.IntegerField(), help_text="The counts of the import.")
    after = serializers.DictField(child=serializers.IntegerField(), help_text="Its counts with the new mapping.")
    rows_changed = serializers.IntegerField()
    rows_added = serializers.IntegerField()
    rows_removed = serializers.IntegerField()
    cells_changed = serializers.DictField(
        child=serializers.IntegerField(), help_text="By column: in how many of the rows that change."
    )
    error_changes = _ErrorChangeSerializer(many=True, help_text="By code and column, where the number changes.")
    rows = _RowChangeSerializer(many=True, help_text="The first hundred rows that change.")
    rows_returning = serializers.IntegerField(help_text="Rows of later imports that are restored.")
    returning = OtherImportSerializer(many=True)
    rows_becoming_duplicates = serializers.IntegerField(help_text="Rows of later imports that become duplicates.")
    becoming_duplicates = OtherImportSerializer(many=True)
    repairs_carried = serializers.IntegerField()
    repairs_left = _numbers("Repaired rows whose repairs would not count any more.")
    warnings = _names("Warnings of the new plan.")
    rows_changed_by_hand = serializers.IntegerField(help_text="If not 0, changed_rows is required.")
    changed_rows = _numbers("Ids of the first of these rows.")
    blocked_by = _names("Reasons why the import cannot be run again so.")
    blocked_by_details = serializers.ListField(child=serializers.JSONField())
