"""The statistics page, and its tables as CSV."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.formatting import count, counted, seconds
from core.web.pages import page
from imports.permissions import VIEW
from imports.tables.catalog import data_tables
from lineage.pages.forms import StatisticsForm
from lineage.statistics.charts import (
    ChartTable,
    chart_tables_of,
    in_percent,
    known_success_rate,
)
from lineage.statistics.statistics import counted_imports, statistics


@require_safe
@page(VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    form = StatisticsForm(request.GET)
    numbers, chart_tables = _read(form)
    context = {
        "form": form,
        "days": form.period,
        "tiles": tiles(numbers),
        "chart_tables": chart_tables,
        "has_imports": numbers["total_imports"] > 0,
        "table_names": data_tables(),
        "section": "statistics",
    }
    return render(request, "lineage/statistics.html", context)


@require_safe
@page(VIEW)
def chart_csv(request: HttpRequest, key: str) -> HttpResponse:
    """Return one table of the page as CSV."""
    _, chart_tables = _read(StatisticsForm(request.GET))
    table = next((table for table in chart_tables if table.key == key), None)
    if table is None:
        raise Http404
    disposition = f'attachment; filename="statistics-{key}.csv"'
    return HttpResponse(
        table.as_csv(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )


def _read(form: StatisticsForm) -> tuple[dict[str, Any], list[ChartTable]]:
    numbers = statistics(counted_imports(**form.filters(), days=form.period))
    return numbers, chart_tables_of(numbers, form.period)


def tiles(numbers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return label, number and note of each tile."""
    tables = counted(numbers["tables_affected"], "table")
    users = counted(numbers["unique_users"], "user")
    return [
        ("Imports", count(numbers["total_imports"]), f"{count(numbers['failed_imports'])} failed or cancelled"),
        ("Success rate", in_percent(known_success_rate(numbers)), f"{count(numbers['successful_imports'])} successful"),
        ("Rows imported", count(numbers["total_rows_inserted"]), f"into {tables}"),
        ("Rows updated", count(numbers["total_rows_updated"]), "by their key"),
        ("Duplicates skipped", count(numbers["total_duplicates_found"]), "already in the table"),
        ("Errors", count(numbers["total_mapping_errors"]), "invalid values and rows"),
        ("Average duration", seconds(numbers["avg_duration_seconds"]), f"by {users}"),
    ]  # fmt: skip
