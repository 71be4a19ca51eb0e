"""Response serializers of the rows and errors of an import, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from imports.api.serializers import ExpectedSerializer
from imports.models import ImportStatus, Outcome
from imports.proposals.proposal import ProposalKind


class ChangedCellSerializer(serializers.Serializer[Any]):
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class MatchedRowSerializer(serializers.Serializer[Any]):
    table_name = serializers.CharField()
    row_id = serializers.IntegerField()


@extend_schema_serializer(component_name="RecordFate")  # its name in the schema, which programs know
class RecordOutcomeSerializer(serializers.Serializer[Any]):
    record_number = serializers.IntegerField(allow_null=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    fate = serializers.ChoiceField(choices=Outcome.choices, help_text="The same as outcome: its earlier name.")
    location = serializers.CharField(allow_null=True)
    reason_code = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    original = serializers.DictField(allow_null=True, help_text="Header → text; values without a header are in _extra.")
    row_id = serializers.IntegerField(allow_null=True)
    matched_import_id = serializers.UUIDField(allow_null=True)
    matched_record_number = serializers.IntegerField(allow_null=True)
    changes = serializers.DictField(
        child=ChangedCellSerializer(), allow_null=True,
        help_text="Of a row that updated an existing one: column → value before and after, as PostgreSQL writes them;"
        " null also where retention deleted the earlier values.",
    )  # fmt: skip
    matched_key = serializers.ListField(
        child=serializers.CharField(), allow_null=True,
        help_text="Of a duplicate: the columns whose values it shares with the existing row; empty: all.",
    )  # fmt: skip
    differs = serializers.ListField(
        child=serializers.CharField(), allow_null=True,
        help_text="Of a duplicate: the columns whose values differ from those of the existing row, as it is now.",
    )  # fmt: skip
    matched_row = MatchedRowSerializer(
        allow_null=True, help_text="Of a duplicate: the existing row, if it is still in the table."
    )


class _PageOfImport(serializers.Serializer[Any]):
    """The common keys of every list of an import."""

    success = serializers.BooleanField()
    import_id = serializers.UUIDField()
    total_count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


@extend_schema_serializer(component_name="RecordFates")  # its name in the schema, which programs know
class RecordOutcomesSerializer(_PageOfImport):
    table_name = serializers.CharField()
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    undone_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="Why there are no imported rows, if there are none.")
    rows = RecordOutcomeSerializer(many=True)


class ErrorSampleSerializer(serializers.Serializer[Any]):
    record_number = serializers.IntegerField(allow_null=True)
    location = serializers.CharField(allow_null=True)
    source_value = serializers.CharField(allow_null=True)


class ProposalSampleSerializer(serializers.Serializer[Any]):
    before = serializers.CharField()
    after = serializers.CharField(allow_null=True, help_text="The value as the table would have it; null: empty.")


class ProposalSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text=f"One of {', '.join(ProposalKind.values)}.")
    params = serializers.DictField()
    message = serializers.CharField()
    mends = serializers.IntegerField(help_text="Number of values of the group that would fit, all of them tried.")
    of = serializers.IntegerField(help_text="Number of values of the group.")
    mends_all = serializers.BooleanField()
    samples = ProposalSampleSerializer(many=True)


class ErrorGroupSerializer(serializers.Serializer[Any]):
    error_type = serializers.CharField(allow_null=True)
    source_field = serializers.CharField(allow_null=True)
    target_field = serializers.CharField(allow_null=True)
    shape = serializers.CharField(
        allow_null=True,
        help_text="Of the values: 9 for digits, a for words; null for errors of whole rows, and for values of rare"
        " shapes where there are very many.",
    )
    message_pattern = serializers.CharField(help_text="Message with the placeholders {value}, {location} and {cell}.")
    error_details = serializers.JSONField(help_text="Code and parameters of the message; null if it has none.")
    count = serializers.IntegerField()
    rule = serializers.CharField(allow_null=True, help_text="Rule of the mapping that failed or says the format.")
    expected = ExpectedSerializer(allow_null=True)
    proposals = ProposalSerializer(many=True, help_text="Changes that mend at least half of the values, best first.")
    samples = ErrorSampleSerializer(many=True)


class ErrorSummarySerializer(_PageOfImport):
    mapping_errors_count = serializers.IntegerField()
    groups = ErrorGroupSerializer(many=True)
