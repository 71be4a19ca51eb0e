"""The shapes of the answers about the records of an import, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from imports.models import ImportStatus, Outcome


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
    original = serializers.DictField(allow_null=True, help_text="Header → text; texts under no header in _extra.")
    row_id = serializers.IntegerField(allow_null=True)
    matched_import_id = serializers.UUIDField(allow_null=True)
    matched_record_number = serializers.IntegerField(allow_null=True)
    matched_row = MatchedRowSerializer(allow_null=True, help_text="Of a duplicate: the row it equals, if it stands.")


class _OneOfMany(serializers.Serializer[Any]):
    """What every list of an import has beside the list."""

    success = serializers.BooleanField()
    import_id = serializers.UUIDField()
    total_count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


@extend_schema_serializer(component_name="RecordFates")  # its name in the schema, which programs know
class RecordOutcomesSerializer(_OneOfMany):
    table_name = serializers.CharField()
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    undone_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(allow_null=True, help_text="Why there are no inserted records, where there are none.")
    rows = RecordOutcomeSerializer(many=True)


class ErrorSampleSerializer(serializers.Serializer[Any]):
    record_number = serializers.IntegerField(allow_null=True)
    location = serializers.CharField(allow_null=True)
    source_value = serializers.CharField(allow_null=True)


class ErrorGroupSerializer(serializers.Serializer[Any]):
    error_type = serializers.CharField(allow_null=True)
    source_field = serializers.CharField(allow_null=True)
    message_pattern = serializers.CharField(help_text="With {value}, {location} and {cell} for what differs.")
    error_details = serializers.JSONField(help_text="The message's code and parameters; null where it has none.")
    count = serializers.IntegerField()
    samples = ErrorSampleSerializer(many=True)


class ErrorSummarySerializer(_OneOfMany):
    mapping_errors_count = serializers.IntegerField()
    groups = ErrorGroupSerializer(many=True)
