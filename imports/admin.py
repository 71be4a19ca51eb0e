"""The admin of imports: errors, skipped rows, manual changes and the queue, read-only."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.filters import ChoicesFieldListFilter, DateFieldListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from procrastinate.contrib.django.models import ProcrastinateJob

from core.actors import actor_of
from core.admin import ReadOnlyAdmin, number_column, text_column, timestamp_column, titled
from core.errors import AtlasError
from imports.admin_filters import (
    ErrorTypeFilter,
    FileTypeFilter,
    JobStatusFilter,
    OutcomeFilter,
    OutcomeOfImportFilter,
    TaskStatusFilter,
    UndoneFilter,
)
from imports.history.users import by_user
from imports.jobs.queue import cancel
from imports.jobs.status import describe
from imports.labels import error_type_label, field_in_words
from imports.models import (
    ImportHistory,
    ImportTask,
    KeptRecord,
    ManualEdit,
    MappingError,
    SavedMapping,
    SavedMappingVersion,
)
from imports.permissions import ADD, VIEW

MAX_SEARCHED_IMPORTS = 1_000  # the newest, whose records a search shows


class ImportHistoryAdmin(ReadOnlyAdmin):
    """The list of imports; lineage registers it with undo and redo."""

    list_filter = (
        OutcomeOfImportFilter,
        UndoneFilter,
        ("source_type", titled(ChoicesFieldListFilter, "source")),
        ("import_strategy", titled(ChoicesFieldListFilter, "action")),
        FileTypeFilter,
    )
    search_fields = ("file_name", "table_name", "file_hash", "import_id")
    search_help_text = "Search file, table, user, hash or ID"
    date_hierarchy = "import_timestamp"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ImportHistory], search_term: str
    ) -> tuple[QuerySet[ImportHistory], bool]:
        matching, _ = super().get_search_results(request, queryset, search_term)
        return (matching | queryset.filter(by_user(search_term)) if search_term else matching), False


class ImportChildAdmin(ReadOnlyAdmin):
    """Records that belong to imports; a search finds imports first, so that it does not read every record."""

    list_select_related = ("import_record",)
    ordering = ("-id",)
    sortable_by = ("id",)
    date_hierarchy = "import_record__import_timestamp"
    search_fields = ("import_record__file_name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("import_record__mapping_config")

    @admin.display(description="import")
    def of_import(self, record: Any) -> SafeString:
        return link_to(record.import_record_id, record.import_record)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if not search_term:
            return queryset, False
        return queryset.filter(Q(import_record__in=imports_named(search_term)) | self.named(search_term)), False

    def named(self, words: str) -> Q:
        """Return what else a search finds, by an index."""
        return Q(pk__in=[])


@admin.register(MappingError)
class MappingErrorAdmin(ImportChildAdmin):
    list_display = (
        "id", "of_import", text_column("location", "position"), "source_column",
        text_column("source_value", "value"), text_column("error_message", "reason"), "error_type_name",
    )  # fmt: skip
    list_filter = (ErrorTypeFilter,)
    labels = {
        "import_record": "Import", "record_number": "Row", "source_field": "Source column",
        "target_field": "Table column", "error_message": "Reason", "source_value": "Value", "occurred_at": "Date",
        "chunk_number": "Batch number", "location": "Position", "error_details": "Reason (code and parameters)",
    }  # fmt: skip
    search_help_text = "Search file, table, import ID or full column name"
    exclude = ("error_type", "source_field")
    readonly_fields = ("error_type_name", "source_column")

    @admin.display(description="source column", ordering="source_field")
    def source_column(self, error: MappingError) -> str:
        return field_in_words(error.source_field or "–")

    @admin.display(description="error type")
    def error_type_name(self, error: MappingError) -> str:
        return error_type_label(error.error_type or "")

    def named(self, words: str) -> Q:
        return Q(source_field=words)


@admin.register(KeptRecord)
class KeptRecordAdmin(ImportChildAdmin):
    list_display = (
        "id", "of_import", number_column("record_number", "row"), text_column("location", "position"), "outcome",
        "reason", "reason_code",
    )  # fmt: skip
    list_filter = (OutcomeFilter,)
    search_help_text = "Search file, table or import ID"
    exclude = ("original", "mapped")
    labels = {
        "import_record": "Import", "record_number": "Row", "fate": "Outcome", "location": "Position",
        "matched_import_id": "Import of the existing row", "matched_record_number": "File row of the existing row",
    }  # fmt: skip
    readonly_fields = ("values_in_file",)

    @admin.display(description="outcome", ordering="fate")
    def outcome(self, record: KeptRecord) -> str:
        return record.get_fate_display()

    @admin.display(description="values in the file")
    def values_in_file(self, record: KeptRecord) -> str:
        return json.dumps(json.loads(bytes(record.original)), ensure_ascii=False)


@admin.register(SavedMapping)
class SavedMappingAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = (
        "name", number_column("latest_version", "versions"), timestamp_column("created_at", "saved"), "created_by",
        timestamp_column("archived_at", "archived"),
    )  # fmt: skip
    labels = {"latest_version": "Latest version", "created_at": "Saved", "created_by": "Saved by",
              "archived_at": "Archived", "archived_by": "Archived by"}  # fmt: skip
    exclude = ("name_key",)
    list_filter = (("archived_at", titled(admin.EmptyFieldListFilter, "archived")),)
    search_fields = ("name", "description")
    search_help_text = "Search name or description"


@admin.register(SavedMappingVersion)
class SavedMappingVersionAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = (
        "saved_mapping", number_column("version", "version"), timestamp_column("created_at", "saved"), "created_by",
        text_column("note", "note"),
    )  # fmt: skip
    labels = {"saved_mapping": "Saved mapping", "config": "Mapping", "created_at": "Saved", "created_by": "Saved by",
              "header_hash": "Header of its file (SHA-256)", "sources": "Columns that a file must have"}  # fmt: skip
    list_select_related = ("saved_mapping",)
    ordering = ("-id",)
    search_fields = ("saved_mapping__name", "note")
    search_help_text = "Search name or note"


@admin.register(ManualEdit)
class ManualEditAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = (
        "id",
        timestamp_column("changed_at", "date"),
        "table_name",
        "row_id",
        "change",
        "changed_by",
        "of_import",
    )
    labels = {
        "table_name": "Table", "row_id": "Row in the table", "import_id": "Import", "record_number": "Row in the file",
        "changed_at": "Date", "changed_by": "Database role",
    }  # fmt: skip
    list_filter = (
        ("deleted", titled(admin.BooleanFieldListFilter, "deleted rows")),
        ("changed_at", titled(DateFieldListFilter, "date")),
    )
    ordering = ("-id",)
    sortable_by = ("id",)
    search_fields = ("=table_name", "=changed_by", "=import_id")
    search_help_text = "Search full table name, database role or import ID"

    @admin.display(description="change")
    def change(self, edit: ManualEdit) -> str:
        return "deleted" if edit.deleted else "changed"

    @admin.display(description="import")
    def of_import(self, edit: ManualEdit) -> SafeString:
        return link_to(edit.import_id, edit.import_id)


@admin.register(ImportTask)
class ImportTaskAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = (
        timestamp_column("queued_at", "queued"), "of_import", "requested_by", "state", "percent_done",
        number_column("records_done", "rows read"), "message", "attempts",
    )  # fmt: skip
    list_display_links = list_display[:1]
    noun = "queued imports"
    list_filter = (TaskStatusFilter,)
    labels = {
        "task_id": "Task ID", "import_record": "Import", "job_id": "Job", "actor": "Requested by (user)",
        "percent": "Progress (%)", "records_done": "Rows read", "bytes_done": "Bytes read",
        "told_at": "Last progress report at",
    }  # fmt: skip
    list_select_related = ("import_record",)
    date_hierarchy = "import_record__import_timestamp"
    search_fields = ("import_record__file_name", "import_record__table_name", "=task_id", "=import_record__import_id")
    search_help_text = "Search file, table, task ID or import ID"
    actions = ("cancel",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportTask]:
        return super().get_queryset(request).defer("import_record__mapping_config")

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(ADD)

    @admin.action(description="Cancel selected imports", permissions=["cancel"])
    def cancel(self, request: HttpRequest, chosen: QuerySet[ImportTask]) -> HttpResponse | None:
        """Show the progress of each; when confirmed, cancel them."""
        tasks = list(chosen.select_related("import_record"))
        if "confirmed" in request.POST:
            for task in tasks:
                self._cancel(request, task)
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": f"Cancel {len(tasks):,} import{'' if len(tasks) == 1 else 's'}?",
            "opts": self.model._meta,
            "states": [describe(task) for task in tasks],
        }
        return render(request, "admin/cancel.html", context)

    def _cancel(self, request: HttpRequest, task: ImportTask) -> None:
        try:
            message = describe(cancel(task.pk, actor_of(request))).message
            self.message_user(request, f"{message} ({task.import_record})", messages.SUCCESS)
        except AtlasError as error:
            self.message_user(request, f"Not cancelled: {task.import_record}. {error.message}", messages.ERROR)

    @admin.display(description="import")
    def of_import(self, task: ImportTask) -> SafeString:
        return link_to(task.import_record_id, task.import_record)

    @admin.display(description="requested by")
    def requested_by(self, task: ImportTask) -> str:
        return str(task.actor.get("name", ""))

    @admin.display(description="status")
    def state(self, task: ImportTask) -> str:
        return dict(TaskStatusFilter.values)[describe(task).status]

    @admin.display(description="progress")
    def percent_done(self, task: ImportTask) -> str:
        return f"{describe(task).percent} %"

    @admin.display(description="message")
    def message(self, task: ImportTask) -> str:
        return str(describe(task).message)


admin.site.unregister(ProcrastinateJob)  # its own page could change jobs without their imports


@admin.register(ProcrastinateJob)
class JobAdmin(ReadOnlyAdmin):
    view_permission = VIEW
    list_display = (
        "id", text_column("task_name", "task"), "state", "attempts", "scheduled_at", "lock", "worker_id",
        "abort_requested",
    )  # fmt: skip
    list_filter = (JobStatusFilter,)
    exclude = ("status",)
    readonly_fields = ("state",)
    labels = {"args": "Parameters"}
    ordering = ("-id",)
    sortable_by = ("id",)
    search_fields = ("lock", "=id")
    search_help_text = "Search job number or lock"

    @admin.display(description="status")
    def state(self, job: ProcrastinateJob) -> str:
        return dict(JobStatusFilter.values)[job.status]


def link_to(import_id: UUID, text: Any) -> SafeString:
    return format_html('<a href="{}">{}</a>', reverse("admin:imports_importhistory_change", args=[import_id]), text)


def imports_named(words: str) -> list[UUID]:
    """Return the newest imports whose file or table name contains the words, or the one with this id."""
    named = Q(file_name__icontains=words) | Q(table_name__icontains=words)
    return list(
        ImportHistory.objects.filter(named | _with_id(words)).values_list("pk", flat=True)[:MAX_SEARCHED_IMPORTS]
    )


def _with_id(words: str) -> Q:
    try:
        return Q(pk=UUID(words))
    except ValueError:
        return Q(pk__in=[])
