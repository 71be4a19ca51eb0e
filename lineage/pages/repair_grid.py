"""The grid in which the errors of an import are repaired: each invalid value beside an editor."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from core.actors import actor_of
from core.errors import AtlasError, BadRequest
from core.web.body_sizes import BodySize, takes
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.conversion.stored_plan import StoredPlan, has_plan
from imports.models import ImportHistory, MappingError
from imports.pages.record_details import RecordDetails, record_details
from imports.permissions import ADD
from imports.planning.plan import PlannedColumn
from lineage.pages import messages
from lineage.pages.forms import GridPlace, RepairForm
from lineage.pages.repair_cells import (
    Cell,
    Changes,
    Editor,
    Outcome,
    SentCell,
    State,
    changed_cells,
    checked,
    editors_state,
    field_name,
    one_line,
    save,
    without_unstorable,
)
from lineage.repairs.open_errors import MAX_ERRORS, OpenErrors, cells_with_errors, errors_of_rows, rows_with_errors
from lineage.repairs.preconditions import require_repairable


@dataclass(frozen=True)
class GridCell:
    """A cell of the grid: an editor, or the value as it is."""

    editor: Editor | None
    value: str | None = None
    is_known: bool = False
    position: int = 0  # of its column in the plan


@dataclass(frozen=True)
class GridRow:
    """A row of the file with its cells in the columns of the grid."""

    number: int
    location: str
    cells: list[GridCell]
    errors: list[str]  # of the whole row
    details: RecordDetails | None


@takes(BodySize.RECORDS)
@page(ADD)
def grid(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show the rows with errors; a POST saves the values that were changed."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    try:
        require_repairable(import_id)
    except AtlasError as error:
        context = {"import": record, "refused": error, "section": "history"}
        return render_with_error(request, "lineage/repair.html", context, error)
    columns = columns_of_plan(record)
    place = GridPlace(columns, request.GET)
    form = RepairForm(form_data(request))
    outcome = Outcome()
    if request.method == "POST" and form.is_valid():
        _save(request, record, columns, form, outcome)
        found = errors_of_rows(record, place.posted_rows(request.POST), place.column)
    else:
        found = rows_with_errors(record, place.position, place.rows, place.column)
    shown = _columns_shown(columns, found.errors, outcome.cells)
    rows = _rows(record, columns, shown, found, outcome.cells)
    context = {
        "import": record, "form": form, "place": place, "columns": shown, "rows": rows, "outcome": outcome,
        "was_sent": request.method == "POST", "section": "history",
        "previous": _address(place, before=found.numbers[0]) if found.has_previous and found.numbers else None,
        "next": _address(place, after=found.numbers[-1]) if found.has_next and found.numbers else None,
    }  # fmt: skip
    return render_with_error(request, "lineage/repair.html", context, outcome.problem)


def columns_of_plan(record: ImportHistory) -> Sequence[PlannedColumn]:
    """Return the columns that the import fills; none without a plan."""
    config = record.mapping_config
    return StoredPlan(config, None).plan.columns if config is not None and has_plan(config) else ()


def _save(
    request: HttpRequest, record: ImportHistory, columns: Sequence[PlannedColumn], form: RepairForm, outcome: Outcome
) -> None:  # fmt: skip
    changes = changed_cells(request.POST, columns)
    if "fill" in request.POST:
        changes = _filled(request, record, columns)
    open_cells = cells_with_errors(record, changes)
    remaining: Changes = {}
    for number, cells in without_unstorable(changes, outcome).items():
        for name, text in cells.items():
            if (number, name) in open_cells:
                remaining.setdefault(number, {})[name] = text
            else:
                outcome.cells[number, name] = SentCell(text, State.CONFLICT, messages.CELL_CHANGED_MEANWHILE())
    data = form.cleaned_data
    save(
        record.pk, remaining, columns, actor_of(request), outcome, reason=data["reason"],
        changed_rows=data["changed_rows"],
    )  # fmt: skip
    if outcome.problem:
        for number, cells in remaining.items():
            outcome.cells |= {(number, name): SentCell(text, State.FAILED) for name, text in cells.items()}


def _filled(request: HttpRequest, record: ImportHistory, columns: Sequence[PlannedColumn]) -> Changes:
    """Return one value for all invalid cells of a column on the page."""
    column, text = request.POST.get("fill_column", ""), request.POST.get("fill_value", "")
    numbers = GridPlace(columns, request.GET).posted_rows(request.POST)
    in_column = {number for number, name in cells_with_errors(record, numbers) if name == column}
    known = any(one.name == column for one in columns)
    return {number: {column: text or None} for number in sorted(in_column) if known}


def _columns_shown(
    columns: Sequence[PlannedColumn], errors: Sequence[MappingError], sent: Mapping[Cell, SentCell]
) -> list[PlannedColumn]:
    """Return the columns with an error in these rows, or with a cell that was sent."""
    names = {error.target_field for error in errors} | {name for _, name in sent}
    return [column for column in columns if column.name in names]


def _rows(
    record: ImportHistory, columns: Sequence[PlannedColumn], shown: Sequence[PlannedColumn], found: OpenErrors,
    sent: Mapping[Cell, SentCell],
) -> list[GridRow]:  # fmt: skip
    positions = {column.name: position for position, column in enumerate(columns)}
    by_cell: dict[tuple[int, str], list[MappingError]] = {}
    of_row: dict[int, list[MappingError]] = {}
    for error in found.errors:
        if error.target_field in positions:
            by_cell.setdefault((error.record_number or 0, error.target_field), []).append(error)
        else:
            of_row.setdefault(error.record_number or 0, []).append(error)
    numbers = sorted({*found.numbers, *(number for number, _ in sent)})
    details = record_details(record, numbers)
    locations = {error.record_number: error.location for error in found.errors}
    rows = []
    for number in numbers:
        known = dict(details[number].cells) if number in details else {}
        cells = []
        for column in shown:
            cell = (number, column.name)
            if cell in by_cell or cell in sent:
                position = positions[column.name]
                editor = _editor(field_name(number, position), column, number, by_cell.get(cell, ()), sent)
                cells.append(GridCell(editor, position=position))
            else:
                key = column.name if number in details and details[number].url else column.header
                cells.append(GridCell(None, known.get(key), key in known))
        of_whole = [error.error_message for error in of_row.get(number, ())]
        rows.append(GridRow(number, locations.get(number) or "", cells, of_whole, details.get(number)))
    return rows


def _editor(
    name: str, column: PlannedColumn, number: int, errors: Collection[MappingError], sent: Mapping[Cell, SentCell]
) -> Editor:
    original = next((error.source_value for error in errors), None)
    initial = one_line(original)
    text, message, state = editors_state(
        sent, (number, column.name), initial, " ".join(error.error_message for error in errors)
    )  # fmt: skip
    editor = Editor(name, column, number, initial, text, message, state, original, bool(errors))
    if state == State.SAVED:
        stored = sent[number, column.name].stored
        # What is there still after it was saved is another error of the same cell.
        return replace(editor, text=stored or "", initial=stored or "")
    return editor


def _address(place: GridPlace, **position: int) -> str:
    rows = {"rows": place.rows} if place.rows != place.ROWS[0] else {}
    return f"?{urlencode({**({'column': place.column} if place.column else {}), **rows, **position})}"


@runs_in(LaneName.READ)
@require_POST
@page(ADD)
def check(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Return what values would become in their columns, or why they do not fit: for the script of the editors.

    Body: {"cells": [[position of the column in the plan, text], …]}.
    """
    record = get_object_or_404(ImportHistory, pk=import_id)
    columns = columns_of_plan(record)
    cells = [(columns[position], text or None) for position, text in _cells_of(request.body, len(columns))]
    found: list[dict[str, Any]] = [
        {"fits": False, "message": str(fit.problem)} if fit.problem else {"fits": True, "stored": fit.stored}
        for fit in checked(cells)
    ]  # fmt: skip
    return JsonResponse({"cells": found})


def _cells_of(body: bytes, columns: int) -> list[tuple[int, str]]:
    """Raises BadRequest."""
    try:
        cells = json.loads(body)["cells"]
        found = [(position, text) for position, text in cells]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise BadRequest(messages.CHECK_BODY()) from None
    if len(found) > MAX_ERRORS or not all(
        type(position) is int and 0 <= position < columns and isinstance(text, str) for position, text in found
    ):
        raise BadRequest(messages.CHECK_BODY())
    return found
