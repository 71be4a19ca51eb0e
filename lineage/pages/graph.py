"""The pages of lineage: the graph of files, imports and tables, and where one file went."""

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
    GROUPED,
    labels_of,
    lines,
    on_page,
)
from lineage.graph.layout import NODE_WIDTH, place
from lineage.graph.queries import GraphQuery, read_graph
from lineage.provenance.files import file_lineage

OVERVIEW = 150  # nodes that a person takes in; the address may ask for more


@require_safe
@page(VIEW)
def graph(request: HttpRequest) -> HttpResponse:
    form = GraphForm(request.GET, limit=OVERVIEW)
    context = {"form": form, "tables": data_tables(), "section": "lineage", "anything": ImportHistory.objects.exists()}
    if not form.is_valid():
        return render(request, "lineage/graph.html", context, status=400)
    asked = form.asked()
    return render(request, "lineage/graph.html", context | drawn(asked))


def drawn(asked: GraphQuery) -> dict[str, Any]:
    """The graph as its drawing and its table show it. Raises what read_graph does."""
    found = read_graph(asked)
    drawing = place(found)
    labels = labels_of(found, asked)
    nodes, edges = on_page(drawing, labels)
    return {
        "asked": asked,
        "graph": found,
        "grouped": GROUPED[found.grouped_by],
        "drawing": drawing,
        "nodes": nodes,
        "edges": edges,
        "lines": list(lines(found, labels, drawing)),
        "node_width": NODE_WIDTH,
    }


@require_safe
@page(VIEW)
def file(request: HttpRequest, sha256: str) -> HttpResponse:
    """Every table that the file touched, each import of it, and its part of the graph."""
    found = file_lineage(sha256)
    context = {
        "file": found,
        "page": page_of(request, with_user_names(found.imports)),
        "is_kept": is_offered(found.sha256),
        "newest": found.imports.first(),
        "section": "lineage",
    }
    return render(
        request, "lineage/file.html", context | drawn(GraphQuery(OVERVIEW, file=found.sha256, include_undone=True))
    )
