"""The administration of imports, with taking them back."""

from __future__ import annotations

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
from lineage.forms import UndoForm
from lineage.in_words import undo_in_words
from lineage.templatetags.wording import counted
from lineage.undo import preview, undo_import


@admin.register(ImportHistory)
class UndoableImportsAdmin(ImportHistoryAdmin):
    actions = ("undo",)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(UNDO)

    @admin.action(description="Undo the chosen imports", permissions=["undo"])
    def undo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Says in numbers what would happen; the second time, with a reason, it does it."""
        imports = list(with_user_names(chosen.order_by("-import_timestamp", "-import_id")))
        form = UndoForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for found in imports:
                self._undo_one(request, found, form.cleaned_data["reason"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"Undo {counted(len(imports), 'import')}?",
            "opts": self.model._meta,
            "previews": [(found, sentences_of(found)) for found in imports],
            "form": form,
        }
        return render(request, "admin/undo.html", context)

    def _undo_one(self, request: HttpRequest, found: ImportHistory, reason: str) -> None:
        try:
            report = undo_import(found.pk, actor_of(request), reason)
        except AtlasError as error:
            self.message_user(request, f"Not taken back: {found}. {error.message}", messages.ERROR)
        else:
            gone = counted(report.rows_removed, "row")
            self.message_user(request, f"Taken back: {found}, {gone}.", messages.SUCCESS)


def sentences_of(found: ImportHistory) -> list[str]:
    """What an undo of it would do, or why it cannot be undone."""
    try:
        return list(undo_in_words(preview(found.pk)))
    except AtlasError as error:
        return [error.message]
