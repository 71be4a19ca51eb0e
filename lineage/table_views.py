"""The pages of the data tables: which there are, and one with its rows and imports."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from imports.pages import VIEW, page, page_of
from imports.people import with_user_names
from imports.tables.description import TableColumn
from imports.tables.reading import select_rows
from imports.tables.schema import TRACKING_COLUMNS
from lineage import queries

NUMBER_TYPES = ("INTEGER", "BIGINT", "NUMERIC", "DOUBLE PRECISION")
EXPORTS = ("csv", "xlsx", "parquet", "json")
LATEST_IMPORTS = 20


@require_safe
@page(VIEW)
def tables(request: HttpRequest) -> HttpResponse:
    context = {"page": page_of(request, queries.tables()), "section": "tables"}
    return render(request, "lineage/tables.html", context)


@dataclass(frozen=True)
class Heading:
    """A column as the head of the list shows it."""

    name: str
    sql_type: str
    sort: str  # aria-sort: ascending, descending or nothing
    next_sort: str  # what the address says after a click
    is_number: bool
    is_tracking: bool


@dataclass(frozen=True)
class Cell:
    """A value as the list shows it."""

    value: str | None
    is_number: bool
    is_tracking: bool
    url: str = ""


@require_safe
@page(VIEW)
def table(request: HttpRequest, name: str) -> HttpResponse:
    """Its rows, its columns, and the imports that they come from."""
    metadata, sort = "metadata" in request.GET, request.GET.get("sort", "")
    only = request.GET.get("id")
    filters = [] if only is None else [("id", only)]
    rows = select_rows(name, filters=filters, ordering=sort, include_metadata=metadata)
    shown = page_of(request, rows)
    imports = with_user_names(queries.imports_of_table(name, include_undone=True))
    standing, undone = imports.filter(undone_at=None), imports.exclude(undone_at=None)
    context = {
        "name": name,
        "columns_of_user": len([one for one in rows.columns if one.name != "id" and one.name not in TRACKING_COLUMNS]),
        "metadata": metadata,
        "only": only,
        "page": shown,
        "headings": [heading(column, sort) for column in rows.columns],
        "rows": [[cell(column, row[column.name]) for column in rows.columns] for row in shown.object_list],
        "standing": standing[:LATEST_IMPORTS],
        "standing_count": standing.count(),
        "undone": undone[:LATEST_IMPORTS],
        "undone_count": undone.count(),
        "exports": EXPORTS,
        "section": "tables",
    }
    return render(request, "lineage/table.html", context)


def heading(column: TableColumn, sort: str) -> Heading:
    """The head of a column; a click sorts by it, a second one the other way round."""
    direction = {column.name: "ascending", f"-{column.name}": "descending"}.get(sort, "")
    next_sort = f"-{column.name}" if direction == "ascending" else column.name
    is_tracking = column.name in TRACKING_COLUMNS
    return Heading(column.name, column.sql_type, direction, next_sort, _is_number(column), is_tracking)


def cell(column: TableColumn, value: Any) -> Cell:
    url = reverse("imports:one_import", args=[value]) if column.name == "_import_id" else ""
    return Cell(in_text(value), _is_number(column), column.name in TRACKING_COLUMNS, url)


def in_text(value: Any) -> str | None:
    """A value as PostgreSQL writes it, near enough; nothing is rounded."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _is_number(column: TableColumn) -> bool:
    return column.sql_type.startswith(NUMBER_TYPES)
