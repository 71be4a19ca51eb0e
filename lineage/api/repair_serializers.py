"""Serializers of repairs, for the OpenAPI document and the list of attempts."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import OutcomeSerializer
from imports.models import Repair
from lineage.api.undo_serializers import RedoRequest


class RepairRequest(RedoRequest):
    records = serializers.DictField(
        child=serializers.DictField(),
        required=False,
        help_text='Row number → column → final value, ISO or null: {"7": {"born": "2020-02-13"}}.',
    )
    group = serializers.DictField(
        required=False, help_text="With a proposal, in place of records: a group of /mapping-errors/summary."
    )
    proposal = serializers.DictField(
        required=False,
        help_text="One of the group's, or another kind with params: the values that it mends are repaired.",
    )
    reason = serializers.CharField(
        required=False, allow_blank=True, help_text="Required where a cell that was read without an error changes."
    )


class RepairFileRequest(RedoRequest):
    """The file of failed rows, with changed cells."""

    file = serializers.FileField(help_text="CSV or Excel, as it was downloaded; rows may be missing, columns moved.")
    reason = serializers.CharField(
        required=False, allow_blank=True, help_text="Required where a cell that was read without an error changes."
    )


class RepairFileSerializer(serializers.Serializer[Any]):
    rows = serializers.IntegerField(help_text="Rows of the file.")
    changed = serializers.IntegerField(help_text="Rows of the import in which the file changes a cell.")
    unchanged = serializers.IntegerField(help_text="Rows of the import that are in the file as they were.")
    notes = serializers.ListField(
        child=serializers.DictField(),
        help_text="What of the file is no repair: code, params and message. Rows of other imports, unknown columns, "
        "and cells that a spreadsheet program changed.",
    )


class UndoRepairRequest(RedoRequest):
    pass


class RepairReportSerializer(OutcomeSerializer):
    batch = serializers.UUIDField(allow_null=True, help_text="Of the attempts; null: there were none.")
    dry_run = serializers.BooleanField()
    repaired = serializers.IntegerField(help_text="Rows without an error now.")
    partly = serializers.IntegerField(help_text="Rows that were changed and have other errors still.")
    still_failing = serializers.IntegerField(help_text="Rows whose values do not fit: nothing of them was changed.")
    unchanged = serializers.IntegerField(help_text="Rows that are already as they were sent.")
    conflicts = serializers.ListField(child=serializers.IntegerField(), help_text="Rows that were changed meanwhile.")
    kept = serializers.ListField(child=serializers.IntegerField(), help_text="Rows that SQL changed, left as they are.")
    records = serializers.ListField(
        child=serializers.DictField(), help_text="The first 50 rows that have errors still, with these."
    )
    rows_returned = serializers.IntegerField(help_text="Rows of later imports that are duplicates no longer.")
    rows_become_duplicates = serializers.IntegerField(help_text="Rows of later imports that become duplicates.")
    rows_changed = serializers.IntegerField(help_text="Rows of other imports that get other values.")
    mapping_status = serializers.CharField()
    file = RepairFileSerializer(required=False, help_text="Of a request with a file.")

    class Meta(OutcomeSerializer.Meta):
        fields = [
            *OutcomeSerializer.Meta.fields, "batch", "dry_run", "repaired", "partly", "still_failing", "unchanged",
            "conflicts", "kept", "records", "rows_returned", "rows_become_duplicates", "rows_changed",
            "mapping_status", "file",
        ]  # fmt: skip


class RepairSerializer(serializers.ModelSerializer[Repair]):
    class Meta:
        model = Repair
        fields = [
            "id", "batch", "record_number", "attempt", "kind", "origin", "by", "by_email", "at", "reason", "before",
            "after", "result", "errors", "undone_at", "undone_by",
        ]  # fmt: skip
