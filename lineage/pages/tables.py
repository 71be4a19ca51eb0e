"""The pages of tables: the list, the rows of a table, and the source of its columns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from core.errors import BadRequest
from core.pagination import PER_PAGE, page_of
from core.web.pages import page
from imports.history.users import with_user_names
from imports.models import ImportHistory
from imports.permissions import VIEW
from imports.tables.foreign import count_foreign_rows
from imports.tables.queries.as_of import Place
from imports.tables.queries.conditions import METADATA
from imports.tables.queries.keyset_pages import page_at
from lineage.pages.forms import Choice, RowsForm
from lineage.pages.table_cells import cell, heading
from lineage.pages.table_query import TableQuery, filter_in_words
from lineage.provenance import tables as queries
from lineage.provenance.as_of import AsOf, as_of
from lineage.provenance.columns import column_origins
from lineage.provenance.row_versions import count_updated_since

EXPORTS = {"csv": "CSV", "xlsx": "Excel", "parquet": "Parquet", "json": "JSON"}
LATEST_IMPORTS = 20
PLANS_READ = 500  # of the latest imports, on the columns page


@require_safe
@page(VIEW)
def tables(request: HttpRequest) -> HttpResponse:
    context = {"page": page_of(request, queries.tables()), "section": "tables"}
    return render(request, "lineage/tables.html", context)


@require_safe
@page(VIEW)
def table(request: HttpRequest, name: str) -> HttpResponse:
    """Show the rows of a table and its imports."""
    query = TableQuery.from_address(request.GET)
    then = as_of(name, query.as_of) if query.as_of else None
    place = then.place if then else None
    rows = query.rows(name, place)
    imports = _imports(name)
    form = RowsForm(rows.known, _places(query, then, imports["active_imports"]), request.GET)
    filtered = _with_filter(query, name, form, place)
    if filtered:
        return redirect(f"{request.path}{filtered.as_query()}")
    rows_page = page_at(query.page_cursor, rows, PER_PAGE)
    columns_by_name = {column.name: column for column in rows.known}
    context = {
        "name": name,
        "query": query,
        "form": form,
        "filters": [(filter_in_words(item, columns_by_name), query.without(item).as_query()) for item in query.filters],
        "page": rows_page,
        "then": then,
        "included_count": then.included.count() if then else imports["active_count"],
        "updated_since": 0 if then else _count_updated_since(name, query),
        "foreign_count": 0 if query.is_narrowed or then else count_foreign_rows(name),
        "column_count": len(rows.known) - len(METADATA) - 1,  # without the id
        "headings": [heading(column, query.sort) for column in rows.columns],
        "rows": [[cell(name, column, row[column.name]) for column in rows.columns] for row in rows_page.rows],
        "exports": [(kind, label, query.as_api_query()) for kind, label in EXPORTS.items()],
        "section": "tables",
        **imports,
    }
    return render(request, "lineage/table.html", context)


def _count_updated_since(name: str, query: TableQuery) -> int:
    """Return how many rows of the only import that is shown are not, because others have updated them."""
    import_id = query.only_import()
    return count_updated_since(name, import_id) if import_id else 0


def _places(query: TableQuery, then: AsOf | None, imports: Iterable[ImportHistory]) -> list[Choice]:
    """Return the latest active imports, and the place that is shown, for the choice of the form."""
    places = {str(record.pk): import_in_words(record) for record in imports}
    if then:
        places[query.as_of] = import_in_words(then.last) if then.last else query.as_of
    return list(places.items())


def import_in_words(record: ImportHistory) -> str:
    return f"{record.file_name or 'API import'}, {record.import_timestamp:%Y-%m-%d %H:%M}"


def _with_filter(query: TableQuery, name: str, form: RowsForm, place: Place | None) -> TableQuery | None:
    """Return the query with the filter of the form; None without a filter or with an invalid one."""
    if not form.is_valid() or not form.cleaned_data["column"]:
        return None
    data = form.cleaned_data
    filtered = query.filtered_by(data["column"], data["condition"], data["value"])
    try:
        filtered.rows(name, place)
    except BadRequest as error:
        form.add_error("value", str(error))
        return None
    return filtered


def _imports(name: str) -> dict[str, Any]:
    """Return the latest active and the latest undone imports, and the number of each."""
    imports = queries.imports_of_table(name, include_undone=True)
    counts = imports.aggregate(
        active_count=Count("pk", filter=Q(undone_at=None)), undone_count=Count("pk", filter=~Q(undone_at=None))
    )
    records = with_user_names(imports).defer("mapping_config")
    return {
        **counts,
        "active_imports": records.filter(undone_at=None)[:LATEST_IMPORTS],
        "undone_imports": records.exclude(undone_at=None)[:LATEST_IMPORTS],
    }


@require_safe
@page(VIEW)
def columns(request: HttpRequest, name: str) -> HttpResponse:
    """Show how the latest active imports filled each column."""
    origins = column_origins(name, newest=PLANS_READ)
    active = queries.imports_of_table(name).count()
    context = {
        "name": name,
        "origins": origins,
        "active_count": active,
        "plans_read": PLANS_READ if active > PLANS_READ else None,
        "section": "tables",
    }
    return render(request, "lineage/columns.html", context)
