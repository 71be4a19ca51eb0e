"""The administration of how rows got in: everything can be looked at, nothing can be changed."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from imports.models import ImportHistory, KeptRecord, MappingError


class ReadOnly(admin.ModelAdmin):
    """What is recorded is not edited."""

    list_per_page = 50
    show_full_result_count = False  # counting a million records twice helps nobody

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class UndoneFilter(admin.SimpleListFilter):
    title = "undone"
    parameter_name = "undone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "stands"), ("yes", "undone")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportHistory]) -> QuerySet[ImportHistory]:
        if self.value() is None:
            return queryset
        return queryset.filter(undone_at__isnull=self.value() == "no")


class ImportHistoryAdmin(ReadOnly):
    """Registered by lineage, which adds the undo."""

    list_display = (
        "import_timestamp", "file_name", "table_name", "status", "mapping_status", "rows_inserted", "duplicates_found",
        "mapping_errors_count", "user_email", "undone_at",
    )  # fmt: skip
    list_display_links = ("import_timestamp", "file_name")
    list_filter = ("status", UndoneFilter, "mapping_status", "source_type", "import_strategy", "file_type")
    search_fields = ("file_name", "table_name", "file_hash", "user_email", "import_id")
    date_hierarchy = "import_timestamp"


@admin.register(MappingError)
class MappingErrorAdmin(ReadOnly):
    list_display = (
        "id", "import_record", "record_number", "source_field", "error_type", "source_value", "error_message",
    )  # fmt: skip
    list_filter = ("error_type",)
    list_select_related = ("import_record",)
    search_fields = ("source_field", "target_field", "error_message", "source_value", "import_record__file_name")
    date_hierarchy = "occurred_at"


@admin.register(KeptRecord)
class KeptRecordAdmin(ReadOnly):
    list_display = ("import_record", "record_number", "fate", "reason_code", "reason", "location")
    list_filter = ("fate", "reason_code")
    list_select_related = ("import_record",)
    search_fields = ("reason", "location", "import_record__file_name", "import_record__table_name")
    exclude = ("original",)
    readonly_fields = ("values_in_file",)

    @admin.display(description="As it stood in the file")
    def values_in_file(self, kept: KeptRecord) -> str:
        return json.dumps(json.loads(bytes(kept.original)), ensure_ascii=False)
