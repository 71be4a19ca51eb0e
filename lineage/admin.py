"""The administration of imports, with taking them back and bringing them back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from atlas.api import actor_of
from imports.admin import ImportHistoryAdmin
from imports.errors import AtlasError
from imports.models import ImportHistory
from imports.pages import UNDO
from imports.people import with_user_names
from lineage.forms import RedoForm, UndoForm
from lineage.in_words import Sentence, redo_in_words, redone_in_words, undo_in_words, undone_in_words
from lineage.redo import redo_import
from lineage.redo_outlook import outlook
from lineage.templatetags.wording import counted
from lineage.undo import preview, undo_import

NEWEST_FIRST = ("-import_timestamp", "-import_id")
OLDEST_FIRST = ("import_timestamp", "import_id")


@admin.register(ImportHistory)
class UndoableImportsAdmin(ImportHistoryAdmin):
    actions = ("undo", "redo")

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(UNDO)

    @admin.action(description="Undo the chosen imports", permissions=["undo"])
    def undo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Says in numbers what would happen; the second time, with a reason, it does it."""
        imports = list(with_user_names(chosen.order_by(*NEWEST_FIRST)))
        form = UndoForm(request.POST if "confirmed" in request.POST else None)
        going = {found: _before_undo(found) for found in imports}
        changed = any(rows_changed for _, rows_changed in going.values())
        if form.is_valid() and changed and not form.cleaned_data["changed_rows"]:
            form.ask_for_choice()
        if form.is_valid():
            for found in imports:
                self._tell(request, found, "Not taken back", lambda one: _undone(request, one, form.cleaned_data))
            return None
        sentences = [(found, said) for found, (said, _) in going.items()]
        return self._ask(request, "undo", sentences, form=form, asks_for_choice=changed)

    @admin.action(description="Redo the chosen imports", permissions=["undo"])
    def redo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Says what would happen; the second time it does it."""
        imports = list(with_user_names(chosen.order_by(*OLDEST_FIRST)))
        form = RedoForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for found in imports:
                self._tell(request, found, "Not brought back", lambda one: _redone(request, one, form.cleaned_data))
            return None
        coming = {found: _before_redo(found) for found in imports}
        sentences = [(found, said) for found, (said, _) in coming.items()]
        changed = any(rows_changed for _, rows_changed in coming.values())
        return self._ask(request, "redo", sentences, form=form, asks_for_choice=changed)

    def _ask(
        self, request: HttpRequest, action: str, sentences: list[tuple[ImportHistory, list[Sentence]]], **more: Any
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{action.title()} {counted(len(sentences), 'import')}?",
            "opts": self.model._meta,
            "action": action,
            "sentences_by_import": sentences,
            **more,
        }
        return render(request, "admin/undo.html", context)

    def _tell(
        self, request: HttpRequest, found: ImportHistory, refused: str, act: Callable[[ImportHistory], str]
    ) -> None:
        try:
            self.message_user(request, f"{act(found)} ({found})", messages.SUCCESS)
        except AtlasError as error:
            self.message_user(request, f"{refused}: {found}. {error.message}", messages.ERROR)


def _before_undo(found: ImportHistory) -> tuple[list[Sentence], int]:
    """What an undo of it would do, or why it cannot be; and how many rows that would be lost were changed by hand."""
    try:
        going = preview(found.pk)
    except AtlasError as error:
        return [Sentence(error.message)], 0
    return [*undo_in_words(going), *map(Sentence, going.blocked_by)], going.rows_changed_by_hand


def _undone(request: HttpRequest, found: ImportHistory, asked: dict[str, Any]) -> str:
    return undone_in_words(undo_import(found.pk, actor_of(request), asked["reason"], asked["changed_rows"]))


def _before_redo(found: ImportHistory) -> tuple[list[Sentence], int]:
    """What a redo of it would do, or why it cannot be; and how many rows of later imports were changed by hand."""
    try:
        expected = outlook(found.pk)
    except AtlasError as error:
        return [Sentence(error.message)], 0
    return list(redo_in_words(expected)), expected.later_rows_changed


def _redone(request: HttpRequest, found: ImportHistory, asked: dict[str, Any]) -> str:
    return redone_in_words(redo_import(found.pk, actor_of(request), asked["changed_rows"]))
