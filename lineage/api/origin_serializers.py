"""Response serializers of the lineage of columns and rows."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from imports.api.serializers import ListedImportSerializer, MappingErrorSerializer


class NamedImportSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField()
    file_name = serializers.CharField(allow_null=True)
    import_timestamp = serializers.DateTimeField()


class ColumnSourceSerializer(serializers.Serializer[Any]):
    source_fields = serializers.ListField(child=serializers.CharField(), help_text="Headers of the files.")
    sql_type = serializers.CharField(help_text="According to the plan of these imports.")
    notation = serializers.CharField(help_text="Format of the values in words; empty for the standard format.")
    rules = serializers.ListField(child=serializers.CharField(), help_text="Rules of the mapping, one sentence each.")
    imports = serializers.IntegerField(help_text="Number of imports that fill the column this way.")
    rows_inserted = serializers.IntegerField()
    rows_updated = serializers.IntegerField()
    first_import = NamedImportSerializer()
    last_import = NamedImportSerializer()


class ColumnOriginSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sql_type = serializers.CharField()
    sources = ColumnSourceSerializer(many=True)


class ColumnsSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    table_name = serializers.CharField()
    columns = ColumnOriginSerializer(many=True)


class OriginalSerializer(serializers.Serializer[Any]):
    source_field = serializers.CharField()
    position = serializers.IntegerField(help_text="In the header of the file, from 0.")
    text = serializers.CharField(allow_null=True, help_text="Original text in the file.")
    known_from = serializers.CharField(
        allow_null=True, help_text="source_file or corrections; null if the text is unknown."
    )


class StepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField(help_text="Type of a mapping rule or of a correction.")
    before = serializers.JSONField(help_text="Value before the step; of a rule an object by column.")
    after = serializers.JSONField(help_text="Value after the step; of a rule an object by column.")
    detail = serializers.CharField()


class ValueSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    sql_type = serializers.CharField()
    value = serializers.JSONField(help_text="Stored value.", allow_null=True)
    originals = OriginalSerializer(many=True)
    steps = StepSerializer(many=True)
    mapping_errors = MappingErrorSerializer(many=True)
    written_by = NamedImportSerializer(help_text="The import that wrote the value last.")
    written_record = serializers.IntegerField(allow_null=True, help_text="Its row of the file.")


class CellChangeSerializer(serializers.Serializer[Any]):
    column = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    after = serializers.CharField(allow_null=True)


class RowVersionSerializer(NamedImportSerializer):
    import_id = serializers.UUIDField(source="import_record.pk")
    file_name = serializers.CharField(source="import_record.file_name", allow_null=True)
    import_timestamp = serializers.DateTimeField(source="import_record.import_timestamp")
    user_name = serializers.CharField(source="import_record.user_name", allow_null=True)
    record_number = serializers.IntegerField()
    columns = serializers.ListField(child=serializers.CharField())
    changes = CellChangeSerializer(many=True, allow_null=True, help_text="null where retention deleted the values.")
    by_hand = serializers.BooleanField(help_text="Whether the row had been changed manually before.")


class ImportOfRowSerializer(ListedImportSerializer):
    user_name = serializers.CharField(allow_null=True)
    mapping_config = serializers.JSONField(allow_null=True)

    class Meta(ListedImportSerializer.Meta):
        fields = [*ListedImportSerializer.Meta.fields, "user_name", "mapping_config"]
        read_only_fields = fields


@extend_schema_serializer(component_name="EqualRecord")  # its name in the schema, which programs know
class DuplicateSerializer(serializers.Serializer[Any]):
    import_id = serializers.UUIDField(source="import_record_id")
    file_name = serializers.CharField(source="import_record.file_name", allow_null=True)
    import_timestamp = serializers.DateTimeField(source="import_record.import_timestamp")
    undone_at = serializers.DateTimeField(source="import_record.undone_at", allow_null=True)
    record_number = serializers.IntegerField()
    location = serializers.CharField()


@extend_schema_serializer(component_name="HandChange")  # its name in the schema, which programs know
class ManualEditSerializer(serializers.Serializer[Any]):
    changed_at = serializers.DateTimeField()
    changed_by = serializers.CharField(help_text="Database role.")


class RowLineageSerializer(serializers.Serializer[Any]):
    table_name = serializers.CharField()
    row_id = serializers.IntegerField()
    import_record = ImportOfRowSerializer(help_text="The import that wrote the row last.")
    record_number = serializers.IntegerField(allow_null=True)
    location = serializers.CharField(allow_null=True, help_text="Position in the file: line 6, cell B3, /items/5")
    imported_at = serializers.CharField(allow_null=True)
    inserted_by = NamedImportSerializer(help_text="The import that inserted the row; others may have updated it.")
    inserted_record = serializers.IntegerField(allow_null=True)
    updates = RowVersionSerializer(many=True, source="history.versions", help_text="Newest first, at most 100.")
    updates_count = serializers.IntegerField(source="history.count")
    values = ValueSerializer(many=True, source="cells")
    mapping_errors = MappingErrorSerializer(many=True)
    duplicates = DuplicateSerializer(
        many=True, help_text="Rows of other imports that were skipped as duplicates of this row."
    )
    duplicates_count = serializers.IntegerField()
    changed_by_hand = ManualEditSerializer(allow_null=True)
    notes = serializers.ListField(child=serializers.CharField(), help_text="What is unknown about the row, and why.")


@extend_schema_serializer(component_name="RowLineageAnswer")  # its name in the schema, which programs know
class RowLineageResponseSerializer(RowLineageSerializer):
    success = serializers.BooleanField()
