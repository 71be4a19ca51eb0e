"""The admin of imports: undo and redo, their files, and the consistency check."""

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
from core.admin import number_column, timestamp_column
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
MAX_IMPORTS = 100  # in one action
VIEW_AUDIT_LOG = "audit.view_auditentry"

#: Everything that is recorded of an import.
SECTIONS = {
    "This import": "import_id links table_name import_strategy user user_id user_email",
    "Result": "result mapping_status error_message warnings total_rows_in_file rows_processed rows_inserted"
    " rows_updated rows_skipped duplicates_found rows_rejected rows_filtered validation_errors mapping_errors_count"
    " undone_at undone_by undo_reason",
    "Source": "source_type source_path file_name file_size_bytes file_type file_hash header_hash"
    " columns_hash analysis_id task_id",
    "Timing": "import_timestamp duration_seconds parsing_time_seconds"
    " duplicate_check_time_seconds insert_time_seconds mapping_started_at mapping_completed_at"
    " mapping_duration_seconds created_at updated_at",
    "Configuration": "import_order rows_came_back updated_columns duplicate_check_enabled configuration metadata_json",
}
#: Labels of fields whose names are not the words of the pages.
LABELS = {
    "import_id": "Import ID", "table_name": "Table", "import_strategy": "Action", "user_id": "User ID",
    "user_email": "Email address", "total_rows_in_file": "Rows in the file", "rows_inserted": "Rows imported",
    "rows_updated": "Rows updated",
    "duplicates_found": "Duplicates", "validation_errors": "Invalid values", "mapping_errors_count": "Errors",
    "source_type": "Source", "file_name": "File", "file_size_bytes": "File size (bytes)", "file_type": "File format",
    "file_hash": "SHA-256 of the file", "header_hash": "Hash of the header", "columns_hash": "Hash of the columns",
    "updated_columns": "Updated columns",
    "analysis_id": "Preview ID",
    "task_id": "Task ID", "import_timestamp": "Imported at", "duration_seconds": "Duration (s)",
    "parsing_time_seconds": "Read & analyze (s)", "duplicate_check_time_seconds": "Duplicate check (s)",
    "insert_time_seconds": "Write rows (s)", "mapping_duration_seconds": "Mapping (s)",
    "import_order": "Position in the order of imports", "rows_came_back": "Rows restored by a redo",
    "duplicate_check_enabled": "Duplicate check",
}  # fmt: skip


@admin.register(ImportHistory)
class UndoableImportsAdmin(ImportHistoryAdmin):
    list_display = (
        timestamp_column("import_timestamp", "date"), "file_name", "table_name", "result",
        number_column("rows_inserted", "rows"), number_column("rows_updated", "updated"),
        number_column("duplicates_found", "duplicates"),
        number_column("rows_rejected", "rejected"),
        number_column("mapping_errors_count", "errors"), "user",
    )  # fmt: skip
    list_display_links = list_display[:2]
    fieldsets = tuple((title, {"fields": tuple(names.split())}) for title, names in SECTIONS.items())
    labels = LABELS
    readonly_fields = ("links", "user", "result", "configuration", "metadata_json")
    actions = ("undo", "redo", "files")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportHistory]:
        return with_user_names(super().get_queryset(request)).defer("mapping_config")

    @admin.display(description="status", ordering="status")
    def result(self, record: ImportHistory) -> SafeString:
        return render_to_string("admin/status.html", {"import": record})

    @admin.display(description="user")
    def user(self, record: ImportHistory) -> str:
        return actor(record)

    @admin.display(description="links")
    def links(self, record: ImportHistory) -> SafeString:
        return render_to_string("admin/links.html", {"import": record})

    @admin.display(description="mapping")
    def configuration(self, record: ImportHistory) -> SafeString:
        return _indented(record.mapping_config)

    @admin.display(description="metadata")
    def metadata_json(self, record: ImportHistory) -> SafeString:
        return _indented(record.metadata)

    def has_undo_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(UNDO)

    @admin.action(description="Undo selected imports", permissions=["undo"])
    def undo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Show in numbers what an undo would change; when confirmed with a reason, undo them."""
        imports = self._chosen(request, chosen.order_by(*NEWEST_FIRST))
        form = UndoForm(request.POST if "confirmed" in request.POST else None)
        previews = {record: _undo_effects(record) for record in imports}
        changed = any(rows_changed for _, rows_changed in previews.values())
        if form.is_valid() and changed and not form.cleaned_data["changed_rows"]:
            form.ask_for_choice()
        if form.is_valid():
            for record in imports:
                self._report(request, record, "Undo failed", lambda record: _undo(request, record, form.cleaned_data))
            return None
        effects = [(record, effects) for record, (effects, _) in previews.items()]
        return self._confirm(request, "undo", effects, form=form, asks_for_choice=changed)

    @admin.action(description="Redo selected imports", permissions=["undo"])
    def redo(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """Show what a redo would change; when confirmed, redo them."""
        imports = self._chosen(request, chosen.order_by(*OLDEST_FIRST))
        form = RedoForm(request.POST if "confirmed" in request.POST else None)
        if form.is_valid():
            for record in imports:
                self._report(request, record, "Redo failed", lambda record: _redo(request, record, form.cleaned_data))
            return None
        previews = {record: _redo_effects(record) for record in imports}
        effects = [(record, effects) for record, (effects, _) in previews.items()]
        changed = any(rows_changed for _, rows_changed in previews.values())
        return self._confirm(request, "redo", effects, form=form, asks_for_choice=changed)

    @admin.action(description="Download files of selected imports", permissions=["view"])
    def files(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> HttpResponse | None:
        """List what can be downloaded of each import; the addresses are the API's."""
        imports = self._chosen(request, chosen.order_by(*NEWEST_FIRST))
        shown = [_files_of(record) for record in imports]
        return self._page(request, "admin/files.html", f"Files of {counted(len(imports), 'import')}", files=shown)

    def _chosen(self, request: HttpRequest, chosen: QuerySet[ImportHistory]) -> list[ImportHistory]:
        """Return the first MAX_IMPORTS of them, with a message where there are more."""
        imports = list(chosen[: MAX_IMPORTS + 1])
        if len(imports) > MAX_IMPORTS:
            self.message_user(request, str(ONLY_THE_FIRST(imports=MAX_IMPORTS)), messages.WARNING)
        return imports[:MAX_IMPORTS]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.consistency)
        return [path("consistency/", view, name="imports_consistency"), *super().get_urls()]

    def consistency(self, request: HttpRequest) -> HttpResponse:
        """Show how much there is to check; a POST checks it."""
        if not (self.has_view_permission(request) and request.user.has_perm(VIEW_AUDIT_LOG)):
            raise PermissionDenied
        context: dict[str, Any] = {"tables": data_tables(), "imports": ImportHistory.objects.count(), "head": head()}
        if request.method == "POST":
            context |= _checked(request.POST.get("table") or None)
        return self._page(request, "admin/consistency.html", "Check consistency", **context)

    def _confirm(
        self, request: HttpRequest, action: str, effects: list[tuple[ImportHistory, list[Effect]]], **context: Any
    ) -> HttpResponse:
        title = f"{action.title()} {counted(len(effects), 'import')}?"
        return self._page(request, "admin/undo.html", title, action=action, effects_by_import=effects, **context)

    def _page(self, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "title": title, "opts": self.model._meta}
        return render(request, template, frame | context)

    def _report(
        self, request: HttpRequest, record: ImportHistory, failed: str, act: Callable[[ImportHistory], str]
    ) -> None:
        try:
            self.message_user(request, f"{act(record)} ({record})", messages.SUCCESS)
        except AtlasError as error:
            self.message_user(request, f"{failed}: {record}. {error.message}", messages.ERROR)


def _undo_effects(record: ImportHistory) -> tuple[list[Effect], int]:
    """Return what an undo would change, or why it is refused, and how many rows to remove were changed manually."""
    try:
        expected = preview(record.pk)
    except AtlasError as error:
        return [Effect(error.message)], 0
    return [*undo_in_words(expected), *map(Effect, expected.blocked_by)], expected.rows_changed_by_hand


def _undo(request: HttpRequest, record: ImportHistory, form_data: dict[str, Any]) -> str:
    report = undo_import(record.pk, actor_of(request), form_data["reason"], form_data["changed_rows"])
    return undone_in_words(report)


def _redo_effects(record: ImportHistory) -> tuple[list[Effect], int]:
    """Return what a redo would change, or why it is refused, and how many later rows were changed manually."""
    try:
        expected = redo_preview(record.pk)
    except AtlasError as error:
        return [Effect(error.message)], 0
    return list(redo_in_words(expected)), expected.later_rows_changed


def _redo(request: HttpRequest, record: ImportHistory, form_data: dict[str, Any]) -> str:
    return redone_in_words(redo_import(record.pk, actor_of(request), form_data["reason"], form_data["changed_rows"]))


def _files_of(record: ImportHistory) -> dict[str, Any]:
    is_kept = record.file_hash is not None and is_offered(record.file_hash)
    files: dict[str, Any] = {"import": record, "is_kept": is_kept}
    try:
        return files | {"failed": FailedRecords(record).counts}
    except AtlasError as error:
        return files | {"refused": str(error)}


def _checked(table_name: str | None) -> dict[str, Any]:
    try:
        report = check(table_name)
    except AtlasError as error:
        return {"problem": str(error)}
    return {"chosen": table_name, "violations": report.violations, "summary": in_one_line(report)}


def _indented(value: Any) -> SafeString:
    return format_html('<pre tabindex="0">{}</pre>', json.dumps(value, indent=2, ensure_ascii=False))
