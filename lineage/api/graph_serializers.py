"""Response serializers of the lineage graph and of one file, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from imports.api.serializers import ListedImportSerializer
from imports.models import ImportStatus
from lineage.graph.graph import Grouping, NodeKind


class NodeSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=list(NodeKind))
    name = serializers.CharField(allow_null=True, help_text="Of a group: what its imports share.")
    imports = serializers.IntegerField()
    rows_inserted = serializers.IntegerField(help_text="Of a file or table: without undone imports.")
    rows_updated = serializers.IntegerField(help_text="Of a file or table: without undone imports.")
    first_import_at = serializers.DateTimeField(allow_null=True)
    last_import_at = serializers.DateTimeField(allow_null=True)
    url = serializers.CharField(help_text="Details; of a group: its part of the history.")
    sha256 = serializers.CharField(required=False)
    import_id = serializers.UUIDField(required=False)
    table_name = serializers.CharField(required=False)
    status = serializers.ChoiceField(choices=ImportStatus.choices, required=False)
    undone = serializers.BooleanField(required=False)


class EdgeSerializer(serializers.Serializer[Any]):
    to = serializers.CharField()
    imports = serializers.IntegerField()
    rows_inserted = serializers.IntegerField()
    rows_updated = serializers.IntegerField()
    status = serializers.ChoiceField(choices=ImportStatus.choices)
    undone = serializers.BooleanField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return {"from": serializers.CharField(), **super().get_fields()}


class LineageGraphSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    as_of = serializers.DateTimeField(allow_null=True)
    grouped_by = serializers.ChoiceField(
        choices=[grouping for grouping in Grouping if grouping != Grouping.IMPORT], allow_null=True
    )
    total_imports = serializers.IntegerField()
    imports_left_out = serializers.IntegerField(help_text="Imports not shown because there are too many tables.")
    note = serializers.CharField(allow_null=True)
    nodes = NodeSerializer(many=True)
    edges = EdgeSerializer(many=True)


class TouchedTableSerializer(serializers.Serializer[Any]):
    table_name = serializers.CharField()
    total_imports = serializers.IntegerField(help_text="Imports of this file, including failed and undone.")
    imports_standing = serializers.IntegerField(help_text="Active imports of this file.")
    total_rows_contributed = serializers.IntegerField(help_text="By active imports.")
    last_import_at = serializers.DateTimeField()


class FileLineageSerializer(serializers.Serializer[Any]):
    success = serializers.BooleanField()
    sha256 = serializers.CharField()
    file_name = serializers.CharField(allow_null=True)
    file_size_bytes = serializers.IntegerField(allow_null=True)
    file_type = serializers.CharField(allow_null=True)
    tables = TouchedTableSerializer(many=True)
    imports = ListedImportSerializer(many=True)
    total_count = serializers.IntegerField()
    limit = serializers.IntegerField()
    offset = serializers.IntegerField()
