"""JSON of imports and their errors, and request bodies. Keys of the specification come first, then ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from imports.column_types.named_formats import NAMED_FORMATS
from imports.history.error_rules import rule_of
from imports.history.labels import result
from imports.models import ImportHistory, MappingError
from imports.proposals.column import ReadColumn, read_columns
from imports.proposals.expected import expected_value

MAX_ERRORS_SHOWN = 50
SAVED_MAPPING_HELP = (
    "A saved mapping: NAME, or NAME@VERSION for an earlier version. Keys of the mapping that is sent with it replace "
    "its own."
)


def saved_mapping_field() -> serializers.CharField:
    return serializers.CharField(required=False, allow_null=True, max_length=300, help_text=SAVED_MAPPING_HELP)


class ImportRecordSerializer(serializers.ModelSerializer[ImportHistory]):
    """One import. NULL in the database is 0, [] or {} where the specification shows such a value."""

    data_validation_errors = serializers.IntegerField(source="validation_errors", allow_null=True, read_only=True)
    duration_seconds = serializers.SerializerMethodField()
    parsing_time_seconds = serializers.FloatField(read_only=True, allow_null=True)
    duplicate_check_time_seconds = serializers.FloatField(read_only=True, allow_null=True)
    insert_time_seconds = serializers.FloatField(read_only=True, allow_null=True)
    mapping_duration_seconds = serializers.FloatField(read_only=True, allow_null=True)
    warnings = serializers.SerializerMethodField()
    metadata = serializers.SerializerMethodField()

    class Meta:
        model = ImportHistory
        fields = [
            "import_id", "import_timestamp", "user_id", "user_email", "source_type", "source_path", "file_name",
            "file_size_bytes", "file_type", "file_hash", "table_name", "import_strategy", "mapping_config",
            "duplicate_check_enabled", "status", "error_message", "warnings", "warning_details", "mapping_status",
            "mapping_errors_count",
            "total_rows_in_file", "rows_processed", "rows_inserted", "rows_updated", "rows_skipped",
            "duplicates_found", "data_validation_errors", "duration_seconds", "parsing_time_seconds",
            "duplicate_check_time_seconds",
            "insert_time_seconds", "analysis_id", "task_id", "metadata", "created_at", "updated_at",
            "mapping_started_at", "mapping_completed_at", "mapping_duration_seconds", "rows_rejected", "rows_filtered",
            "not_read", "undone_at", "undone_by", "undo_reason",
        ]  # fmt: skip
        read_only_fields = fields

    def get_duration_seconds(self, record: ImportHistory) -> float:
        return float(record.duration_seconds or 0)

    def get_warnings(self, record: ImportHistory) -> list[str]:
        return record.warnings or []

    def get_metadata(self, record: ImportHistory) -> dict[str, Any]:
        return record.metadata or {}


class ListedImportSerializer(ImportRecordSerializer):
    """An import in a list, without its mapping_config, which can be long; see the import's details."""

    class Meta(ImportRecordSerializer.Meta):
        fields = [name for name in ImportRecordSerializer.Meta.fields if name != "mapping_config"]
        read_only_fields = fields


class ExpectedSerializer(serializers.Serializer[Any]):
    """What would fit in a column."""

    message = serializers.CharField()
    example = serializers.CharField(allow_blank=True)


class ExpectedValueSerializer(ExpectedSerializer):
    """What would fit in place of a value."""

    misfit = serializers.CharField(
        allow_null=True, help_text="Which part of a date or time is out of range: month 13; null where it is not that."
    )


class MappingErrorSerializer(serializers.ModelSerializer[MappingError]):
    """One invalid value or record."""

    import_id = serializers.UUIDField(source="import_record_id", read_only=True)
    rule = serializers.SerializerMethodField(help_text="Rule of the mapping that failed, or that says the format.")
    expected = serializers.SerializerMethodField(help_text="What would fit; null for an error of a whole row.")

    class Meta:
        model = MappingError
        fields = [
            "id", "import_id", "record_number", "error_type", "error_message", "source_field", "target_field",
            "source_value", "occurred_at", "chunk_number", "location", "error_details", "rule", "expected",
        ]  # fmt: skip
        read_only_fields = fields

    def get_rule(self, error: MappingError) -> str | None:
        config = self._config_of(error)
        return rule_of(error.source_field, error.target_field, error.error_details, config)

    @extend_schema_field(ExpectedValueSerializer(allow_null=True))
    def get_expected(self, error: MappingError) -> dict[str, Any] | None:
        column = self._columns_of(error).get(error.target_field or "")
        return expected_value(error.source_value, column) if column else None

    def _config_of(self, error: MappingError) -> Mapping[str, Any] | None:
        """Return the mapping_config of the error's import, which is read once for a list of errors."""
        configs, key = self._remembered("configs"), error.import_record_id
        if key not in configs:
            configs[key] = ImportHistory.objects.values_list("mapping_config", flat=True).get(pk=key)
        return configs[key]

    def _columns_of(self, error: MappingError) -> Mapping[str, ReadColumn]:
        columns, key = self._remembered("columns"), error.import_record_id
        if key not in columns:
            columns[key] = read_columns(self._config_of(error))
        return columns[key]

    def _remembered(self, name: str) -> dict[UUID, Any]:
        """Return what all serializers of one list share, by import."""
        shared: dict[UUID, Any] = cast(dict[str, Any], self.context).setdefault(name, {})
        return shared


class MapDataRequest(serializers.Serializer[Any]):
    """A multipart form with a file, or with the analysis_id of a file that was analyzed before."""

    file = serializers.FileField(required=False)
    analysis_id = serializers.UUIDField(required=False, help_text="Returned by /detect-mapping; replaces the file.")
    mapping_json = serializers.CharField(
        required=False,
        help_text="Mapping as JSON text. A source_format in rules.datetime_transformations has directives such as "
        f"%d/%m/%Y, or is one of {', '.join(NAMED_FORMATS)}; several for one field are tried in order.",
    )
    saved_mapping = saved_mapping_field()


class RecordsRequest(serializers.Serializer[Any]):
    """Records in the request body, without a file."""

    records = serializers.ListField(child=serializers.DictField(), min_length=1)
    mapping = serializers.DictField(required=False)
    saved_mapping = saved_mapping_field()


class DetectMappingRequest(serializers.Serializer[Any]):
    """A multipart form with the file to analyze."""

    file = serializers.FileField()
    mapping_json = serializers.CharField(required=False, help_text="Known parts of the mapping, as JSON text.")
    saved_mapping = saved_mapping_field()


class MapB2DataRequest(serializers.Serializer[Any]):
    """The file in the bucket to import."""

    file_name = serializers.CharField(max_length=1024, trim_whitespace=False, help_text="Full name with folders.")
    mapping = serializers.DictField(required=False, allow_null=True)
    saved_mapping = saved_mapping_field()


class DetectB2MappingRequest(serializers.Serializer[Any]):
    """The file in the bucket to analyze."""

    b2_file_name = serializers.CharField(max_length=1024, trim_whitespace=False, help_text="Full name with folders.")
    mapping = serializers.DictField(required=False, allow_null=True, help_text="Known parts of the mapping.")
    saved_mapping = saved_mapping_field()


class PartsSerializer(serializers.Serializer[Any]):
    """Result of an import of all sheets or files: the response of /map-data for `*`."""

    success = serializers.BooleanField()
    message = serializers.CharField()
    import_group = serializers.UUIDField(
        help_text="Listed by /import-history?group=, undone at /import-groups/{group_id}/undo."
    )
    imports = serializers.ListField(
        child=serializers.DictField(),
        help_text="Of each sheet or file: its name and response or error.",
    )


class OutcomeSerializer(serializers.ModelSerializer[ImportHistory]):
    """Result of an import: the response of /map-data."""

    success = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    records_processed = serializers.IntegerField(source="rows_processed", read_only=True)
    duplicates_skipped = serializers.IntegerField(source="duplicates_found", read_only=True)
    mapping_errors = serializers.SerializerMethodField(help_text=f"The first {MAX_ERRORS_SHOWN} errors.")
    warnings = serializers.SerializerMethodField()

    class Meta:
        model = ImportHistory
        fields = [
            "success", "message", "import_id", "table_name", "status", "records_processed", "rows_inserted",
            "rows_updated", "duplicates_skipped", "rows_rejected", "rows_filtered", "not_read", "mapping_errors",
            "mapping_errors_count",
            "warnings",
            "warning_details",
        ]  # fmt: skip
        read_only_fields = fields

    def get_success(self, record: ImportHistory) -> bool:
        return True

    def get_message(self, record: ImportHistory) -> str:
        return str(result(record))

    def get_mapping_errors(self, record: ImportHistory) -> list[dict[str, Any]]:
        errors = record.mapping_errors.all()[:MAX_ERRORS_SHOWN]
        serializer = MappingErrorSerializer(errors, many=True, context={"configs": {record.pk: record.mapping_config}})
        return [dict(error) for error in serializer.data]

    def get_warnings(self, record: ImportHistory) -> list[str]:
        return record.warnings or []
