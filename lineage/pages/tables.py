"""The pages of the data tables: which there are, the rows of one, and where its columns come from."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.errors import BadRequest
from core.pagination import PER_PAGE, page_of
from core.web.pages import page
from imports.history.users import with_user_names
from imports.permissions import VIEW
from imports.tables.foreign import count_foreign_rows
from imports.tables.queries.conditions import METADATA
from imports.tables.queries.keyset_pages import page_at
from lineage.pages.forms import RowsForm
from lineage.pages.table_cells import cell, heading
from lineage.pages.table_query import AskedRows, filter_in_words
from lineage.provenance import tables as queries
from lineage.provenance.columns import column_origins

EXPORTS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "json": "JSON"}
LATEST_IMPORTS = 20
PLANS_READ = 500  # of the latest imports, for the page of columns


@require_safe
@page(VIEW)
def tables(request: HttpRequest) -> HttpResponse:
    context = {"page": page_of(request, queries.tables()), "section": "tables"}
    return render(request, "lineage/tables.html", context)


@require_safe
@page(VIEW)
def table(request: HttpRequest, name: str) -> HttpResponse:
    """Its rows, and the imports that they come from."""
    asked = AskedRows.of(request.GET)
    rows = asked.rows(name)
    form = RowsForm(rows.known, request.GET)
    narrowed = _narrowed(asked, name, form)
    if narrowed:
        return redirect(f"{request.path}{narrowed.as_query()}")
    shown = page_at(asked.place, rows, PER_PAGE)
    known = {column.name: column for column in rows.known}
    context = {
        "name": name,
        "asked": asked,
        "form": form,
        "filters": [(filter_in_words(one, known), asked.without(one).as_query()) for one in asked.filters],
        "page": shown,
        "foreign_count": 0 if asked.is_narrowed else count_foreign_rows(name),
        "columns_of_user": len(rows.known) - len(METADATA) - 1,  # without the id
        "headings": [heading(column, asked.sort) for column in rows.columns],
        "rows": [[cell(name, column, row[column.name]) for column in rows.columns] for row in shown.rows],
        "exports": [(kind, label, asked.as_api_query()) for kind, label in EXPORTS.items()],
        "section": "tables",
        **_imports(name),
    }
    return render(request, "lineage/table.html", context)


def _narrowed(asked: AskedRows, name: str, form: RowsForm) -> AskedRows | None:
    """With the condition that the form adds; None where it adds none, or says what is wrong with it."""
    if not form.is_valid() or not form.cleaned_data["column"]:
        return None
    given = form.cleaned_data
    narrowed = asked.filtered_by(given["column"], given["condition"], given["value"])
    try:
        narrowed.rows(name)
    except BadRequest as error:
        form.add_error("value", str(error))
        return None
    return narrowed


def _imports(name: str) -> dict[str, Any]:
    """The latest that stand in the table, the latest that were undone, and how many there are."""
    imports = queries.imports_of_table(name, include_undone=True)
    counts = imports.aggregate(
        standing_count=Count("pk", filter=Q(undone_at=None)), undone_count=Count("pk", filter=~Q(undone_at=None))
    )
    named = with_user_names(imports).defer("mapping_config")
    return {
        **counts,
        "standing": named.filter(undone_at=None)[:LATEST_IMPORTS],
        "undone": named.exclude(undone_at=None)[:LATEST_IMPORTS],
    }


@require_safe
@page(VIEW)
def columns(request: HttpRequest, name: str) -> HttpResponse:
    """Where each column comes from, by the latest imports that stand."""
    origins = column_origins(name, newest=PLANS_READ)
    standing = queries.imports_of_table(name).count()
    context = {
        "name": name,
        "origins": origins,
        "standing_count": standing,
        "plans_read": PLANS_READ if standing > PLANS_READ else None,
        "section": "tables",
    }
    return render(request, "lineage/columns.html", context)
