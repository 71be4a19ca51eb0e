"""The page of statistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from imports.pages import VIEW, page
from imports.tables.schema import data_tables
from lineage import queries
from lineage.forms import DEFAULT_DAYS, StatisticsForm
from lineage.templatetags.wording import count, seconds


@require_safe
@page(VIEW)
def statistics(request: HttpRequest) -> HttpResponse:
    form = StatisticsForm(request.GET or {"days": DEFAULT_DAYS})
    asked = form.cleaned_data if form.is_valid() else {}
    days = asked.get("days") or DEFAULT_DAYS
    found = queries.statistics(table_name=asked.get("table_name", ""), days=days)
    context = {
        "form": form,
        "days": days,
        "tiles": tiles(found),
        "bars": bars(found["per_day"], days),
        "busy_days": found["per_day"][::-1],
        "tables": data_tables(),
        "section": "statistics",
    }
    return render(request, "lineage/statistics.html", context)


def tiles(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The numbers of the specification, in words."""
    return [
        ("Imports", count(found["total_imports"])),
        ("Successful", count(found["successful_imports"])),
        ("Failed", count(found["failed_imports"])),
        ("Rows inserted", count(found["total_rows_inserted"])),
        ("Duplicates left out", count(found["total_duplicates_found"])),
        ("Average duration", seconds(found["avg_duration_seconds"])),
        ("Tables", count(found["tables_affected"])),
        ("People", count(found["unique_users"])),
    ]


def bars(per_day: Iterable[Mapping[str, Any]], days: int) -> list[tuple[str, int]]:
    """Rows inserted on each day of the period, the quiet ones too. Days are in UTC."""
    rows = {day["date"]: day["total_rows_inserted"] for day in per_day}
    today = datetime.now(UTC).date()
    period = (today - timedelta(days=back) for back in range(days, -1, -1))
    return [(day_name(day), rows.get(day, 0)) for day in period]


def day_name(day: date) -> str:
    return f"{day:%b} {day.day}"
