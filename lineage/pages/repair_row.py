"""The page of one row of a file, whose values are corrected: those that could not be read, and those that are wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from core.actors import actor_of
from core.errors import AtlasError
from core.web.body_sizes import BodySize, takes
from core.web.pages import form_data, page, render_with_error
from imports.conversion.stored_plan import StoredPlan
from imports.models import ImportHistory, Repair
from imports.permissions import ADD
from imports.planning.plan import PlannedColumn
from lineage.pages import messages
from lineage.pages.forms import CorrectionForm
from lineage.pages.repair_cells import (
    Changes,
    Editor,
    Outcome,
    SentCell,
    State,
    changed_cells,
    editors_state,
    field_name,
    one_line,
    save,
    without_unstorable,
)
from lineage.pages.repairs import shown_repairs
from lineage.pages.rows import MAX_BYTES_READ_AT_ONCE, MAX_REPAIRS
from lineage.repairs.preconditions import require_repairable
from lineage.repairs.row_values import RowValue, RowValues, row_values, texts_of


@takes(BodySize.RECORDS)
@page(ADD)
def repair_row(request: HttpRequest, import_id: UUID, number: int) -> HttpResponse:
    """Show the values of a row of the file; a POST saves those that were changed."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    context: dict[str, Any] = {"import": record, "number": number, "section": "history"}
    try:
        require_repairable(import_id)
        stored = StoredPlan(record.mapping_config or {}, None)
        row = row_values(record, stored, number, MAX_BYTES_READ_AT_ONCE)
    except AtlasError as error:
        return render_with_error(request, "lineage/repair_row.html", context | {"refused": error}, error)
    if row is None:
        raise Http404(str(messages.NO_SUCH_ROW_OF_FILE(row=number)))
    form = CorrectionForm(form_data(request))
    outcome = Outcome()
    if request.method == "POST" and form.is_valid():
        _save(request, record, stored.plan.columns, row, form, outcome)
        if outcome.report and outcome.cells and outcome.count(State.SAVED) == len(outcome.cells):
            for sentence in outcome.in_words():
                notices.success(request, str(sentence))
            return redirect(request.path)
    repairs = Repair.objects.filter(import_record=record, record_number=number)
    context |= {
        "row": row, "form": form, "outcome": outcome, "was_sent": request.method == "POST",
        "editors": [(value, _editor(value, row, at, outcome)) for at, value in enumerate(row.values)],
        "column": request.GET.get("column", ""), "repairs": shown_repairs(repairs[:MAX_REPAIRS]),
        "attempts": request.POST.get("attempts", row.attempts) if outcome.problem else row.attempts,
    }  # fmt: skip
    return render_with_error(request, "lineage/repair_row.html", context, outcome.problem)


def _save(
    request: HttpRequest, record: ImportHistory, columns: Sequence[PlannedColumn], row: RowValues,
    form: CorrectionForm, outcome: Outcome,
) -> None:  # fmt: skip
    own = {value.column.name for value in row.values if value.is_own}
    cells = {
        name: text for name, text in changed_cells(request.POST, columns).get(row.number, {}).items() if name in own
    }
    if row.together and (cells or "as_shown" in request.POST):
        cells = {name: text for name, text in texts_of(row).items() if name in row.together} | cells
    changes: Changes = without_unstorable({row.number: cells}, outcome) if cells else {}
    if changes and request.POST.get("attempts") != str(row.attempts):
        sent = changes[row.number].items()
        conflict = messages.ROW_CHANGED_MEANWHILE()
        outcome.cells |= {(row.number, name): SentCell(text, State.CONFLICT, conflict) for name, text in sent}
        return
    data = form.cleaned_data
    save(
        record.pk, changes, columns, actor_of(request), outcome, reason=data["reason"],
        changed_rows=data["changed_rows"],
    )  # fmt: skip
    if outcome.problem:
        sent = changes[row.number].items()
        outcome.cells |= {(row.number, name): SentCell(text, State.FAILED) for name, text in sent}
        if outcome.problem.details.get("parameter") == "reason":
            form.add_error("reason", "Say why: a value without an error is changed.")
            outcome.problem = None


def _editor(value: RowValue, row: RowValues, position: int, outcome: Outcome) -> Editor | None:
    """Return the editor of a value; None where another import has written it since."""
    if not value.is_own:
        return None
    initial = one_line(value.now)
    text, message, state = editors_state(
        outcome.cells, (row.number, value.column.name), initial, " ".join(value.errors)
    )  # fmt: skip
    return Editor(
        field_name(row.number, position), value.column, row.number, initial, text, message, state, value.in_file,
        value.is_known,
    )  # fmt: skip
