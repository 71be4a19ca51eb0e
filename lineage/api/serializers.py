"""Response serializers of tables, lineage and statistics, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import ListedImportSerializer


class CountsSerializer(serializers.Serializer[Any]):
    total_imports = serializers.IntegerField()
    successful_imports = serializers.IntegerField()
    failed_imports = serializers.IntegerField()
    total_rows_inserted = serializers.IntegerField()
    total_rows_updated = serializers.IntegerField()
    total_duplicates_found = serializers.IntegerField()


class DaySerializer(CountsSerializer):
    date = serializers.DateField()


class GroupSerializer(CountsSerializer):
    total_mapping_errors = serializers.IntegerField()
    avg_duration_seconds = serializers.FloatField()


class TableNumbersSerializer(GroupSerializer):
    table_name = serializers.CharField()


class UserNumbersSerializer(GroupSerializer):
    user_id = serializers.CharField(allow_null=True)
    any_import_id = serializers.UUIDField(help_text="Any import of the user, to look up the user's name.")


class PhaseSerializer(serializers.Serializer[Any]):
    total_seconds = serializers.FloatField()
    avg_seconds = serializers.FloatField()


class SlowImportSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField()
    file_name = serializers.CharField(allow_null=True)
    table_name = serializers.CharField()
    import_timestamp = serializers.DateTimeField()
    rows_inserted = serializers.IntegerField(allow_null=True)
    duration_seconds = serializers.FloatField()
    parsing_time_seconds = serializers.FloatField(allow_null=True)
    mapping_duration_seconds = serializers.FloatField(allow_null=True)
    duplicate_check_time_seconds = serializers.FloatField(allow_null=True)
    insert_time_seconds = serializers.FloatField(allow_null=True)


class ErrorsInTableSerializer(serializers.Serializer[Any]):
    table_name = serializers.CharField()
    errors = serializers.IntegerField()  # type: ignore[assignment]


class ErrorTypeSerializer(serializers.Serializer[Any]):
    error_type = serializers.CharField(allow_null=True)
    errors = serializers.IntegerField()  # type: ignore[assignment]
    imports = serializers.IntegerField()
    tables = ErrorsInTableSerializer(many=True)


class StatisticsSerializer(GroupSerializer):
    success = serializers.BooleanField()
    tables_affected = serializers.IntegerField()
    unique_users = serializers.IntegerField()
    period_days = serializers.IntegerField()
    per_day = DaySerializer(many=True, help_text="UTC days with imports, oldest first.")
    phases = serializers.DictField(child=PhaseSerializer())
    per_table = TableNumbersSerializer(many=True, help_text="Most rows first, at most 50.")
    per_user = UserNumbersSerializer(many=True, help_text="Most imports first, at most 50.")
    slowest_imports = SlowImportSerializer(many=True)
    errors_by_type = ErrorTypeSerializer(many=True, help_text="Most frequent first.")


class LineageSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    imports = ListedImportSerializer(many=True)
    total_imports = serializers.IntegerField()
    total_rows_contributed = serializers.IntegerField()


class TableSerializer(serializers.Serializer[Any]):
    table_name = serializers.CharField()
    total_imports = serializers.IntegerField()
    total_rows_contributed = serializers.IntegerField()
    last_import_at = serializers.DateTimeField(allow_null=True)


class ColumnSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sql_type = serializers.CharField()


class IncludedImportSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField()
    file_name = serializers.CharField(allow_null=True)
    import_timestamp = serializers.DateTimeField()


class AsOfSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField(allow_null=True, help_text="The last import included; null: none was completed.")
    imports_included = serializers.IntegerField()
    imports = IncludedImportSerializer(many=True, help_text="Latest first, at most 100.")


class TableRowsSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    columns = ColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    total_count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
    as_of = AsOfSerializer(required=False, help_text="Only where it was asked for.")


class TableSchemaSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    columns = ColumnSerializer(many=True)
    as_of = AsOfSerializer(required=False, help_text="Only where it was asked for.")
