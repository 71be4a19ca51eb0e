"""The pages of what can be said about rows afterwards, and of taking them back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from atlas.api import actor_of
from imports.errors import AtlasError
from imports.models import ImportHistory
from imports.pages import UNDO, VIEW, page, page_of, sent
from imports.people import with_user_names
from imports.tables.description import TableColumn
from imports.tables.reading import select_rows
from imports.tables.schema import TRACKING_COLUMNS, data_tables
from lineage import queries
from lineage.forms import DEFAULT_DAYS, StatisticsForm, UndoForm
from lineage.in_words import (
    needs_choice,
    outcome_in_words,
    redo_in_words,
    redone_in_words,
    undo_in_words,
    undone_in_words,
)
from lineage.redo import redo_import
from lineage.redo_outlook import outlook
from lineage.templatetags.wording import count, seconds
from lineage.undo import ChangedRows, undo_import
from lineage.undo import preview as undo_preview

NUMBER_TYPES = ("INTEGER", "BIGINT", "NUMERIC", "DOUBLE PRECISION")
EXPORTS = ("csv", "xlsx", "parquet", "json")
LATEST_IMPORTS = 20


@page(UNDO)
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Says in numbers what undoing means; a POST does it."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = UndoForm(sent(request))
    trouble = None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            report = undo_import(import_id, actor_of(request), asked["reason"], asked["changed_rows"])
        except AtlasError as error:
            trouble = _asked_in_form(form, error)
        else:
            messages.success(request, undone_in_words(report))
            return redirect("imports:one_import", import_id)
    what_happens = partial(_what_undo_does, import_id, form)
    return _before_it_happens(request, "lineage/undo.html", {"import": found, "form": form}, what_happens, trouble)


def _asked_in_form(form: UndoForm, error: AtlasError) -> AtlasError | None:
    """None where the person only has to say what becomes of rows: the form asks for it then."""
    if not needs_choice(error):
        return error
    form.ask_for_choice()
    return None


def _what_undo_does(import_id: UUID, form: UndoForm) -> dict[str, Any]:
    """Raises UnknownImport, CannotUndo."""
    going = undo_preview(import_id)
    shown = {"preview": going, "sentences": list(undo_in_words(going)), "blocked_by": going.blocked_by}
    if not going.rows_changed_by_hand:
        return shown
    kept = undo_preview(import_id, ChangedRows.KEEP)
    outcomes = map(outcome_in_words, (kept, going))
    return shown | {"choices": list(zip(form["changed_rows"], outcomes, strict=True)), "blocked_by": kept.blocked_by}


@page(UNDO)
def redo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Says what bringing back means; a POST does it."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    trouble = None
    if request.method == "POST":
        try:
            report = redo_import(import_id, actor_of(request))
        except AtlasError as error:
            trouble = error
        else:
            messages.success(request, redone_in_words(report))
            return redirect("imports:one_import", import_id)
    what_happens = partial(_what_redo_does, import_id)
    return _before_it_happens(request, "lineage/redo.html", {"import": found}, what_happens, trouble)


def _what_redo_does(import_id: UUID) -> dict[str, Any]:
    """Raises UnknownImport, CannotRedo."""
    return {"sentences": list(redo_in_words(outlook(import_id)))}


def _before_it_happens(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    what_happens: Callable[[], dict[str, Any]],
    trouble: AtlasError | None,
) -> HttpResponse:
    """The page that asks, with the trouble of the last try; where it may not be tried again it only says why."""
    try:
        context = context | what_happens()
    except AtlasError as error:
        trouble = trouble or error
    context = context | {"trouble": trouble, "section": "history"}
    return render(request, template, context, status=trouble.http_status if trouble else 200)


# --- tables ---


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


# --- statistics ---


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
