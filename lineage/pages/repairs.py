"""The repairs of an import, and the undo of one of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages as notices
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_safe

from core.actors import actor_of
from core.errors import AtlasError
from core.pagination import PER_PAGE
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page, render_with_error
from imports.models import ImportHistory, Repair, RepairResult
from imports.permissions import UNDO, VIEW
from lineage.pages import messages
from lineage.pages.forms import RedoForm, number_of
from lineage.pages.repair_cells import wants_choice
from lineage.repairs import undo_repair
from lineage.repairs.wording import consequences_in_words


@dataclass(frozen=True)
class ShownRepair:
    """A repair with its cells."""

    repair: Repair
    cells: list[tuple[str, str | None, str | None]]  # column or source field, before, after; empty: deleted
    can_be_undone: bool
    is_one_of_many: bool  # whether others that are shown were saved with it


def shown_repairs(repairs: Iterable[Repair]) -> list[ShownRepair]:
    repairs = list(repairs)
    in_batch = Counter(one.batch for one in repairs)
    return [
        ShownRepair(
            one,
            [(name, (one.before or {}).get(name), after) for name, after in (one.after or {}).items()],
            one.undone_at is None and one.result != RepairResult.FAILED,
            in_batch[one.batch] > 1,
        )
        for one in repairs
    ]


@require_safe
@page(VIEW)
def repairs(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """List the attempts of all repairs, the newest first."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    number, before = number_of(request.GET.get("row", "")), number_of(request.GET.get("before", ""))
    found = Repair.objects.filter(import_record=record)
    if number:
        found = found.filter(record_number=number)
    if before:
        found = found.filter(pk__lt=before)
    shown = list(found[: PER_PAGE + 1])
    context = {
        "import": record, "number": number, "before": before, "repairs": shown_repairs(shown[:PER_PAGE]),
        "next": shown[PER_PAGE - 1].pk if len(shown) > PER_PAGE else None, "section": "history",
    }  # fmt: skip
    return render_with_error(request, "lineage/repairs.html", context, None)


@runs_in(LaneName.WORK)
@page(UNDO)
def undo_one(request: HttpRequest, import_id: UUID, repair_id: int) -> HttpResponse:
    """Show what the undo of one repair would do; a POST undoes it."""
    return _undo(request, import_id, repair_id)


@runs_in(LaneName.WORK)
@page(UNDO)
def undo_batch(request: HttpRequest, import_id: UUID, batch: UUID) -> HttpResponse:
    """The same, for all that was saved at once."""
    return _undo(request, import_id, batch)


def _undo(request: HttpRequest, import_id: UUID, repair_id: int | UUID) -> HttpResponse:
    record = get_object_or_404(ImportHistory, pk=import_id)
    found = Repair.objects.filter(import_record=record)
    found = found.filter(batch=repair_id) if isinstance(repair_id, UUID) else found.filter(pk=repair_id)
    shown = list(found[: PER_PAGE + 1])
    if not shown:
        raise Http404
    form = RedoForm(form_data(request))
    problem = report = None
    try:
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            report = undo_repair(
                import_id, repair_id, actor_of(request), reason=data["reason"], changed_rows=data["changed_rows"]
            )  # fmt: skip
            notices.success(request, str(messages.REPAIR_UNDONE(rows=report.repaired)))
            return redirect("lineage:repairs", import_id)
        report = undo_repair(import_id, repair_id, actor_of(request), dry_run=True)
    except AtlasError as error:
        problem = error
    asks_for_choice = problem is not None and wants_choice(problem)
    context = {
        "import": record, "repairs": shown_repairs(shown[:PER_PAGE]), "has_more": len(shown) > PER_PAGE,
        "form": form, "report": report, "consequences": list(consequences_in_words(report)) if report else [],
        "problem": problem, "asks_for_choice": asks_for_choice, "section": "history",
    }  # fmt: skip
    return render_with_error(request, "lineage/undo_repair.html", context, problem)
