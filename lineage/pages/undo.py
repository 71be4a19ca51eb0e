"""The undo and redo pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from core.actors import actor_of
from core.errors import AtlasError
from core.web.lanes import LaneName, runs_in
from core.web.pages import form_data, page
from imports.errors import UnknownImport
from imports.models import ImportHistory
from imports.permissions import UNDO
from lineage.pages.forms import RedoForm, UndoForm
from lineage.undo import preview as undo_preview
from lineage.undo import redo_import, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice, needs_choice
from lineage.undo.groups import imports_of_group, undo_group
from lineage.undo.redo_preview import redo_preview
from lineage.undo.wording import (
    outcome_in_words,
    redo_in_words,
    redone_in_words,
    undo_in_words,
    undone_in_words,
)


@runs_in(LaneName.WORK)
@page(UNDO)
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show the effects of an undo; a POST undoes the import."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    form = UndoForm(form_data(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            report = undo_import(import_id, actor_of(request), data["reason"], data["changed_rows"])
        except AtlasError as error:
            problem = _error_outside_form(form, error)
        else:
            messages.success(request, undone_in_words(report))
            return redirect("imports:detail", import_id)
    effects = partial(_undo_effects, import_id, form)
    return _confirmation(request, "lineage/undo.html", {"import": record, "form": form}, effects, problem)


@runs_in(LaneName.WORK)
@page(UNDO)
def undo_all(request: HttpRequest, group: UUID) -> HttpResponse:
    """Show what an undo of all imports of one step would remove; a POST undoes them."""
    try:
        active = [record for record in imports_of_group(group) if record.is_active]
    except UnknownImport as error:
        raise Http404 from error
    form = UndoForm(form_data(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            outcomes = undo_group(group, actor_of(request), form.cleaned_data["reason"])
        except AtlasError as error:
            problem = error
        else:
            for outcome in outcomes:
                notify = messages.success if outcome.report else messages.error
                notify(request, undone_in_words(outcome.report) if outcome.report else str(outcome.error))
            return redirect(f"{reverse('imports:history')}?group={group}")
    context = {"group": group, "imports": active, "form": form, "problem": problem, "section": "history"}
    context["rows"] = sum(record.rows_inserted or 0 for record in active)
    context["rows_updated"] = sum(record.rows_updated for record in active)
    return render(request, "lineage/undo_group.html", context, status=problem.http_status if problem else 200)


def _error_outside_form(form: RedoForm, error: AtlasError) -> AtlasError | None:
    """Return the error; None if only the choice about changed rows is missing, which the form then asks for."""
    if not needs_choice(error):
        return error
    form.ask_for_choice()
    return None


def _undo_effects(import_id: UUID, form: UndoForm) -> dict[str, Any]:
    """Raises UnknownImport, CannotUndo."""
    preview = undo_preview(import_id)
    context = {"preview": preview, "sentences": list(undo_in_words(preview)), "blocked_by": preview.blocked_by}
    if not preview.rows_changed_by_hand:
        return context
    keeping = undo_preview(import_id, EditedRowsChoice.KEEP)
    effects = map(outcome_in_words, (keeping, preview))
    choices = list(zip(form["changed_rows"], effects, strict=True))
    return context | {"choices": choices, "blocked_by": keeping.blocked_by}


@runs_in(LaneName.WORK)
@page(UNDO)
def redo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Show the effects of a redo; a POST redoes the import."""
    record = get_object_or_404(ImportHistory, pk=import_id)
    form = RedoForm(form_data(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            data = form.cleaned_data
            report = redo_import(import_id, actor_of(request), data["reason"], data["changed_rows"])
        except AtlasError as error:
            problem = _error_outside_form(form, error)
        else:
            messages.success(request, redone_in_words(report))
            return redirect("imports:detail", import_id)
    effects = partial(_redo_effects, import_id)
    return _confirmation(request, "lineage/redo.html", {"import": record, "form": form}, effects, problem)


def _redo_effects(import_id: UUID) -> dict[str, Any]:
    """Raises UnknownImport, CannotRedo."""
    preview = redo_preview(import_id)
    return {"sentences": list(redo_in_words(preview)), "asks_for_choice": preview.later_rows_changed > 0}


def _confirmation(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    effects: Callable[[], dict[str, Any]],
    problem: AtlasError | None,
) -> HttpResponse:
    """Return the page before an undo or redo, with the error of the last attempt; without a form if impossible."""
    try:
        context = context | effects()
    except AtlasError as error:
        problem = problem or error
    context = context | {"problem": problem, "section": "history"}
    return render(request, template, context, status=problem.http_status if problem else 200)
