"""The pages of taking an import back and of bringing it back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from core.actors import actor_of
from core.errors import AtlasError
from core.web.pages import form_data, page
from imports.models import ImportHistory
from imports.permissions import UNDO
from lineage.pages.forms import RedoForm, UndoForm
from lineage.undo import preview as undo_preview
from lineage.undo import redo_import, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice, needs_choice
from lineage.undo.redo_preview import redo_preview
from lineage.undo.wording import (
    outcome_in_words,
    redo_in_words,
    redone_in_words,
    undo_in_words,
    undone_in_words,
)


@page(UNDO)
def undo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Says in numbers what undoing means; a POST does it."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = UndoForm(form_data(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        asked = form.cleaned_data
        try:
            report = undo_import(import_id, actor_of(request), asked["reason"], asked["changed_rows"])
        except AtlasError as error:
            problem = _asked_in_form(form, error)
        else:
            messages.success(request, undone_in_words(report))
            return redirect("imports:detail", import_id)
    what_happens = partial(_what_undo_does, import_id, form)
    return _before_it_happens(request, "lineage/undo.html", {"import": found, "form": form}, what_happens, problem)


def _asked_in_form(form: RedoForm, error: AtlasError) -> AtlasError | None:
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
    kept = undo_preview(import_id, EditedRowsChoice.KEEP)
    outcomes = map(outcome_in_words, (kept, going))
    return shown | {"choices": list(zip(form["changed_rows"], outcomes, strict=True)), "blocked_by": kept.blocked_by}


@page(UNDO)
def redo(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Says what bringing back means; a POST does it."""
    found = get_object_or_404(ImportHistory, pk=import_id)
    form = RedoForm(form_data(request))
    problem = None
    if request.method == "POST" and form.is_valid():
        try:
            report = redo_import(import_id, actor_of(request), form.cleaned_data["changed_rows"])
        except AtlasError as error:
            problem = _asked_in_form(form, error)
        else:
            messages.success(request, redone_in_words(report))
            return redirect("imports:detail", import_id)
    what_happens = partial(_what_redo_does, import_id)
    return _before_it_happens(request, "lineage/redo.html", {"import": found, "form": form}, what_happens, problem)


def _what_redo_does(import_id: UUID) -> dict[str, Any]:
    """Raises UnknownImport, CannotRedo."""
    expected = redo_preview(import_id)
    return {"sentences": list(redo_in_words(expected)), "asks_for_choice": expected.later_rows_changed > 0}


def _before_it_happens(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    what_happens: Callable[[], dict[str, Any]],
    problem: AtlasError | None,
) -> HttpResponse:
    """The page that asks, with the trouble of the last try; where it may not be tried again it only says why."""
    try:
        context = context | what_happens()
    except AtlasError as error:
        problem = problem or error
    context = context | {"trouble": problem, "section": "history"}
    return render(request, template, context, status=problem.http_status if problem else 200)
