"""The page of statistics, and its tables as CSV."""

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
    in_percent,
    parts_of,
    rate_where_any,
)
from lineage.statistics.statistics import counted_imports, statistics


@require_safe
@page(VIEW)
def overview(request: HttpRequest) -> HttpResponse:
    form = StatisticsForm(request.GET)
    found, parts = _told(form)
    context = {
        "form": form,
        "days": form.period,
        "tiles": tiles(found),
        "parts": parts,
        "anything": found["total_imports"] > 0,
        "tables": data_tables(),
        "section": "statistics",
    }
    return render(request, "lineage/statistics.html", context)


@require_safe
@page(VIEW)
def part(request: HttpRequest, key: str) -> HttpResponse:
    """One table of the page as CSV."""
    _, parts = _told(StatisticsForm(request.GET))
    found = next((one for one in parts if one.key == key), None)
    if found is None:
        raise Http404
    name = f'attachment; filename="statistics-{key}.csv"'
    return HttpResponse(found.as_csv(), content_type="text/csv; charset=utf-8", headers={"Content-Disposition": name})


def _told(form: StatisticsForm) -> tuple[dict[str, Any], list[ChartTable]]:
    found = statistics(counted_imports(**form.asked(), days=form.period))
    return found, parts_of(found, form.period)


def tiles(found: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What is counted, how much it is, and what that means."""
    people = counted(found["unique_users"], "person,people")
    return [
        ("Imports", count(found["total_imports"]), f"{count(found['failed_imports'])} failed"),
        ("Success rate", in_percent(rate_where_any(found)), f"{count(found['successful_imports'])} successful"),
        ("Rows inserted", count(found["total_rows_inserted"]), f"into {counted(found['tables_affected'], 'table')}"),
        ("Duplicates left out", count(found["total_duplicates_found"]), "rows that were there already"),
        ("Did not fit", count(found["total_mapping_errors"]), "values and records"),
        ("Average duration", seconds(found["avg_duration_seconds"]), f"by {people}"),
    ]  # fmt: skip
