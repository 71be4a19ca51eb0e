"""The administration of imports: undo and redo, their files, and whether everything is consistent."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.chain import head
from core.actors import actor_of
from core.admin import moment, number
from core.errors import AtlasError
from core.formatting import counted
from imports.admin import ImportHistoryAdmin
from imports.history.labels import actor
from imports.history.users import with_user_names
from imports.models import ImportHistory
from imports.permissions import UNDO
from imports.sources.kept_files import is_offered
from imports.tables.catalog import data_tables
from lineage.consistency.check import check
from lineage.consistency.wording import in_one_line
from lineage.exports.failed_rows import FailedRecords
from lineage.pages.forms import RedoForm, UndoForm
from lineage.pages.messages import ONLY_THE_FIRST
from lineage.undo import preview, redo_import, undo_import
from lineage.undo.redo_preview import redo_preview
from lineage.undo.wording import (
    Effect,
    redo_in_words,
    redone_in_words,
    undo_in_words,
    undone_in_words,
)

NEWEST_FIRST = ("-import_timestamp", "-import_id")
OLDEST_FIRST = ("import_timestamp", "import_id")
AT_ONCE = 100  # imports that an action takes
AUDIT = "audit.view_auditentry"

#: Everything that is recorded of an import.
SECTIONS = {
    "This import": "import_id see_also table_name import_strategy person user_id user_email",
    "What came of it": "outcome mapping_status error_message warnings total_rows_in_file rows_processed rows_inserted"
    " rows_skipped duplicates_found rows_rejected rows_filtered validation_errors mapping_errors_count undone_at"
    " undone_by undo_reason",
    "Where it came from": "source_type source_path file_name file_size_bytes file_type file_hash header_hash"
    " analysis_id task_id",
    "Times, the durations in seconds": "import_timestamp duration_seconds parsing_time_seconds"
    " duplicate_check_time_seconds insert_time_seconds mapping_started_at mapping_completed_at"
    " mapping_duration_seconds created_at updated_at",
    "Plan": "import_order rows_came_back duplicate_check_enabled plan more",
}


@admin.register(ImportHistory)
class UndoableImportsAdmin(ImportHistoryAdmin):
    list_display = (
        moment("import_timestamp", "when"), "file_name", "table_name", "outcome", number("rows_inserted", "rows"),
        number("duplicates_found", "duplicates"), number("rows_rejected", "rejected"),
        number("mapping_errors_count", "errors"), "person",
    )  # fmt: skip
    list_display_links = list_display[:2]
    fieldsets = tuple((title, {"fields": tuple(names.split())}) for title, names in SECTIONS.items())
    readonly_fields = ("see_also", "person", "outcome", "plan", "more")
    actions = ("undo", "redo", "files")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportHistory]:
        return with_user_names(super().get_queryset(request)).defer("mapping_config")

    @admin.display(description="outcome", ordering="status")
    def outcome(self, found: ImportHistory) -> SafeString:
        return render_to_string("admin/status.html", {"import": found})

    @admin.display(description="person")
    def person(self, found: ImportHistory) -> str:
        return actor(found)

    @admin.display(description="see also")
    def see_also(self, found: ImportHistory) -> SafeString:
        return render_to_string("admin/see_also.html", {"import": found})

    @admin.display(description="mapping")
    def plan(self, found: ImportHistory) -> SafeString:
        return _indented(found.mapping_config)

    @admin.display(description="metadata")
    def more(self, found: ImportHistory) -> SafeString:
        return _indented(found.metadata)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(UNDO)

    @admin.action(description="Undo the chosen imports", permissions=["undo"])
    def undo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Says in numbers what would happen; the second time, with a reason, it does it."""
        imports = self._chosen(request, chosen.order_by(*NEWEST_FIRST))
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
        imports = self._chosen(request, chosen.order_by(*OLDEST_FIRST))
        form = RedoForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for found in imports:
                self._tell(request, found, "Not brought back", lambda one: _redone(request, one, form.cleaned_data))
            return None
        coming = {found: _before_redo(found) for found in imports}
        sentences = [(found, said) for found, (said, _) in coming.items()]
        changed = any(rows_changed for _, rows_changed in coming.values())
        return self._ask(request, "redo", sentences, form=form, asks_for_choice=changed)

    @admin.action(description="Files of the chosen imports", permissions=["view"])
    def files(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """What can be downloaded of each, in numbers; the addresses are the API's."""
        imports = self._chosen(request, chosen.order_by(*NEWEST_FIRST))
        shown = [_files_of(found) for found in imports]
        return self._page(request, "admin/files.html", f"Files of {counted(len(imports), 'import')}", files=shown)

    def _chosen(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> list[ImportHistory]:
        """The first of them; says so where it is not all."""
        imports = list(chosen[: AT_ONCE + 1])
        if len(imports) > AT_ONCE:
            self.message_user(request, str(ONLY_THE_FIRST(imports=AT_ONCE)), messages.WARNING)
        return imports[:AT_ONCE]

    def get_urls(self) -> list[URLPattern]:
        asked = self.admin_site.admin_view(self.consistency)
        return [path("consistency/", asked, name="imports_consistency"), *super().get_urls()]

    def consistency(self, request: HttpRequest) -> HttpResponse:
        """Says how much there is to look at; a POST looks whether the laws of the records hold."""
        if not (self.has_view_permission(request) and request.user.has_perm(AUDIT)):
            raise PermissionDenied
        context: dict[str, Any] = {"tables": data_tables(), "imports": ImportHistory.objects.count(), "head": head()}
        if request.method == "POST":
            context |= _checked(request.POST.get("table") or None)
        return self._page(request, "admin/consistency.html", "Check consistency", **context)

    def _ask(
        self, request: HttpRequest, action: str, sentences: list[tuple[ImportHistory, list[Effect]]], **more: Any
    ) -> HttpResponse:
        title = f"{action.title()} {counted(len(sentences), 'import')}?"
        return self._page(request, "admin/undo.html", title, action=action, sentences_by_import=sentences, **more)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta}
        return render(request, template, frame | context)

    def _tell(
        self, request: HttpRequest, found: ImportHistory, refused: str, act: Callable[[ImportHistory], str]
    ) -> None:
        try:
            self.message_user(request, f"{act(found)} ({found})", messages.SUCCESS)
        except AtlasError as error:
            self.message_user(request, f"{refused}: {found}. {error.message}", messages.ERROR)


def _before_undo(found: ImportHistory) -> tuple[list[Effect], int]:
    """What an undo of it would do, or why it cannot be; and how many rows that would be lost were changed by hand."""
    try:
        going = preview(found.pk)
    except AtlasError as error:
        return [Effect(error.message)], 0
    return [*undo_in_words(going), *map(Effect, going.blocked_by)], going.rows_changed_by_hand


def _undone(request: HttpRequest, found: ImportHistory, asked: dict[str, Any]) -> str:
    return undone_in_words(undo_import(found.pk, actor_of(request), asked["reason"], asked["changed_rows"]))


def _before_redo(found: ImportHistory) -> tuple[list[Effect], int]:
    """What a redo of it would do, or why it cannot be; and how many rows of later imports were changed by hand."""
    try:
        expected = redo_preview(found.pk)
    except AtlasError as error:
        return [Effect(error.message)], 0
    return list(redo_in_words(expected)), expected.later_rows_changed


def _redone(request: HttpRequest, found: ImportHistory, asked: dict[str, Any]) -> str:
    return redone_in_words(redo_import(found.pk, actor_of(request), asked["changed_rows"]))


def _files_of(found: ImportHistory) -> dict[str, Any]:
    about: dict[str, Any] = {"import": found, "is_kept": found.file_hash is not None and is_offered(found.file_hash)}
    try:
        return about | {"failed": FailedRecords(found).counts}
    except AtlasError as error:
        return about | {"refused": str(error)}


def _checked(table_name: str | None) -> dict[str, Any]:
    try:
        report = check(table_name)
    except AtlasError as error:
        return {"trouble": str(error)}
    return {"chosen": table_name, "violations": report.violations, "said": in_one_line(report)}


def _indented(value: Any) -> SafeString:
    return format_html('<pre tabindex="0">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))
