"""The API of the lineage graph, and of the lineage of a file."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api.pagination import list_of
from core.api.permissions import MayRead
from core.api.responses import success_response
from core.api.views import PAGING, StrictView
from core.errors import BadRequest
from imports.api.serializers import ListedImportSerializer
from lineage.api import messages
from lineage.api.graph_serializers import FileLineageSerializer, LineageGraphSerializer
from lineage.graph.form import MAX_NODES, MIN_NODES, GraphForm
from lineage.graph.graph import (
    Edge,
    Graph,
    Grouping,
    Node,
    NodeKind,
    literal_part,
)
from lineage.graph.queries import GraphQuery, read_graph
from lineage.provenance.files import file_lineage

DEFAULT_NODES = 500


class LineageGraphView(StrictView):
    """Return files → imports → tables as nodes and edges."""

    permission_classes = [MayRead]
    query_parameters = ("table", "file", "user", "as_of", "include_undone", "limit")

    @extend_schema(
        operation_id="lineage_graph",
        parameters=[
            OpenApiParameter("table", str, description="Only imports into this table."),
            OpenApiParameter("file", str, description="Only imports of the file with this SHA-256."),
            OpenApiParameter("user", str, description="Only imports by the user with this id."),
            OpenApiParameter(
                "as_of", OpenApiTypes.DATETIME,
                description="State at that time: finished imports that were not undone. A date means its end (UTC).",
            ),
            OpenApiParameter("include_undone", bool, description="Include undone imports, marked as undone."),
            OpenApiParameter(
                "limit", int,
                description=f"{MIN_NODES} to {MAX_NODES} nodes, default {DEFAULT_NODES}; beyond, imports are grouped.",
            ),
        ],
        responses=LineageGraphSerializer,
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        query = graph_query(request)
        graph = read_graph(query)
        return success_response(
            {
                "as_of": query.as_of,
                "grouped_by": None if graph.grouped_by == Grouping.IMPORT else graph.grouped_by,
                "total_imports": graph.imports + graph.imports_left_out,
                "imports_left_out": graph.imports_left_out,
                "note": str(messages.ROWS_AS_OF_TODAY()) if query.as_of else None,
                "nodes": [node_json(node, graph, query) for node in graph.nodes],
                "edges": [edge_json(edge) for edge in graph.edges],
            }
        )


def graph_query(request: Request) -> GraphQuery:
    """Return the filters of the request. Raises BadRequest."""
    form = GraphForm(request.query_params, limit=DEFAULT_NODES)
    if not form.is_valid():
        problems = "; ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items())
        raise BadRequest(messages.GRAPH_PARAMETERS(problems=problems), parameters=form.errors)
    return form.query()


def node_json(node: Node, graph: Graph, query: GraphQuery) -> dict[str, Any]:
    """Return a node with the keys of its kind."""
    common = {
        "id": node.id, "kind": node.kind, "name": node.name, "imports": node.imports,
        "rows_inserted": node.rows_inserted, "rows_updated": node.rows_updated,
        "first_import_at": node.first_at, "last_import_at": node.last_at,
    }  # fmt: skip
    outcome = {"table_name": node.table_name, "status": node.status, "undone": node.undone}
    match node.kind:
        case NodeKind.FILE:
            return common | {"sha256": node.sha256, "url": reverse("file_lineage", args=[node.sha256])}
        case NodeKind.FILES:
            return common | {"url": history_url(node, graph, query)}
        case NodeKind.IMPORT:
            return (
                common
                | outcome
                | {"import_id": node.import_id, "url": reverse("import_details", args=[node.import_id])}
            )
        case NodeKind.IMPORTS:
            return common | outcome | {"url": history_url(node, graph, query)}
        case NodeKind.TABLE:
            return common | {"table_name": node.name, "url": reverse("table_lineage", args=[node.name])}


def history_url(node: Node, graph: Graph, query: GraphQuery) -> str:
    """Return the history of a group. For groups by file name it may list a few more imports with similar names."""
    since, until = (
        moment.isoformat().replace("+00:00", "Z") if moment else "" for moment in (node.first_at, node.last_at)
    )
    filters = {
        "table_name": node.table_name,
        "user_id": query.user,
        "file_hash": query.file,
        "status": node.status,
        "undone": "" if query.as_of or not node.status else str(node.undone).lower(),
        "search": literal_part(node.name) if graph.grouped_by == Grouping.FILE_NAME else "",
        "since": since,
        "until": until,
    }
    return f"{reverse('import_history')}?{urlencode({name: value for name, value in filters.items() if value})}"


def edge_json(edge: Edge) -> dict[str, Any]:
    return {
        "from": edge.source, "to": edge.target, "imports": edge.imports, "rows_inserted": edge.rows_inserted,
        "rows_updated": edge.rows_updated, "status": edge.status, "undone": edge.undone,
    }  # fmt: skip


class FileLineageView(StrictView):
    """Return the tables that a file was imported into, and its imports, newest first."""

    permission_classes = [MayRead]
    query_parameters = PAGING

    @extend_schema(
        operation_id="file_lineage",
        parameters=[OpenApiParameter("limit", int), OpenApiParameter("offset", int)],
        responses=FileLineageSerializer,
    )
    def get(self, request: Request, sha256: str) -> Response:
        lineage = file_lineage(sha256)
        pages = list_of("imports")()
        imports = ListedImportSerializer(pages.paginate_queryset(lineage.imports, request, self), many=True).data
        return pages.get_paginated_response(
            imports,
            sha256=lineage.sha256,
            file_name=lineage.file_name,
            file_size_bytes=lineage.file_size_bytes,
            file_type=lineage.file_type,
            tables=lineage.tables,
        )
