"""The lineage pages: the graph of files, imports and tables, and the page of one file."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.pagination import page_of
from core.web.pages import page
from imports.history.users import with_user_names
from imports.models import ImportHistory
from imports.permissions import VIEW
from imports.sources.kept_files import is_offered
from imports.tables.catalog import data_tables
from lineage.graph.form import GraphForm
from lineage.graph.labels import (
    GRAPH_OUTCOMES,
    GROUPED,
    node_labels,
    page_elements,
    table_lines,
)
from lineage.graph.layout import NODE_WIDTH, lay_out
from lineage.graph.queries import GraphQuery, read_graph
from lineage.provenance.files import file_lineage

DEFAULT_NODES = 150  # what a reader can survey; the address may ask for more


@require_safe
@page(VIEW)
def graph(request: HttpRequest) -> HttpResponse:
    form = GraphForm(request.GET, limit=DEFAULT_NODES)
    context = {
        "form": form,
        "table_names": data_tables(),
        "section": "lineage",
        "has_imports": ImportHistory.objects.exists(),
    }
    if not form.is_valid():
        return render(request, "lineage/graph.html", context, status=400)
    return render(request, "lineage/graph.html", context | graph_context(form.query()))


def graph_context(query: GraphQuery) -> dict[str, Any]:
    """Return the template context of the graph and its table view. Raises the errors of read_graph."""
    graph = read_graph(query)
    drawing = lay_out(graph)
    labels = node_labels(graph, query)
    nodes, edges = page_elements(drawing, labels)
    return {
        "query": query,
        "graph": graph,
        "grouped": GROUPED[graph.grouped_by],
        "drawing": drawing,
        "nodes": nodes,
        "edges": edges,
        "lines": list(table_lines(graph, labels, drawing)),
        "status_labels": GRAPH_OUTCOMES,
        "node_width": NODE_WIDTH,
    }


@require_safe
@page(VIEW)
def file(request: HttpRequest, sha256: str) -> HttpResponse:
    """Show the tables and imports of a file, and its part of the graph."""
    lineage = file_lineage(sha256)
    context = {
        "file": lineage,
        "page": page_of(request, with_user_names(lineage.imports)),
        "is_kept": is_offered(lineage.sha256),
        "newest": lineage.imports.first(),
        "section": "lineage",
    }
    return render(
        request,
        "lineage/file.html",
        context | graph_context(GraphQuery(DEFAULT_NODES, file=lineage.sha256, include_undone=True)),
    )
