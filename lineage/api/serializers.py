"""The shapes of the answers about tables, lineage and statistics, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import ListedImportSerializer


class DaySerializer(serializers.Serializer[Any]):
    date = serializers.DateField()
    total_imports = serializers.IntegerField()
    successful_imports = serializers.IntegerField()
    failed_imports = serializers.IntegerField()
    total_rows_inserted = serializers.IntegerField()
    total_duplicates_found = serializers.IntegerField()


class PhaseSerializer(serializers.Serializer[Any]):
    total_seconds = serializers.FloatField()
    avg_seconds = serializers.FloatField()


class StatisticsSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    total_imports = serializers.IntegerField()
    successful_imports = serializers.IntegerField()
    failed_imports = serializers.IntegerField()
    total_rows_inserted = serializers.IntegerField()
    total_duplicates_found = serializers.IntegerField()
    avg_duration_seconds = serializers.FloatField()
    tables_affected = serializers.IntegerField()
    unique_users = serializers.IntegerField()
    period_days = serializers.IntegerField()
    per_day = DaySerializer(many=True)
    phases = serializers.DictField(child=PhaseSerializer())


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


class TableRowsSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    columns = ColumnSerializer(many=True)
    rows = serializers.ListField(child=serializers.DictField())
    total_count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()


class TableSchemaSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    columns = ColumnSerializer(many=True)
