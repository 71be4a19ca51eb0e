"""The audit log in the admin, read-only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.models import AuditEntry
from audit.wording import action_label, detail_lines, recent_actions
from core.admin import ReadOnlyAdmin, text_column, timestamp_column


class ActionFilter(admin.SimpleListFilter):
    title = "action"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return recent_actions()

    def queryset(self, request: HttpRequest, entries: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return entries.filter(action=self.value()) if self.value() else entries


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnlyAdmin):
    list_display = (
        text_column("id", "entry"), timestamp_column("happened_at", "date"), text_column("actor", "user"),
        "action_name", text_column("subject", "object"), "address",
    )  # fmt: skip
    list_display_links = list_display[:2]
    list_filter = (ActionFilter,)
    sortable_by = list_display[:1]  # type: ignore[assignment]  # Django takes columns that are functions too
    search_fields = ("actor", "action", "subject")
    search_help_text = "Search full user name, action code or object"
    date_hierarchy = "happened_at"
    fields = (
        "id", "happened_at", "actor", "address", "action_name", "subject", "details", "detail_digest", "previous_hash",
        "entry_hash",
    )  # fmt: skip
    labels = {
        "id": "Entry",
        "happened_at": "Date",
        "actor": "User",
        "subject": "Object",
        "detail_digest": "Hash of the details",
    }

    def get_search_results(
        self, request: HttpRequest, entries: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        """Search by the indexes; a name may have several words."""
        named = Q(actor=search_term) | Q(action=search_term) | Q(subject=search_term)
        return (entries.filter(named) if search_term else entries), False

    @admin.display(description="action", ordering="action")
    def action_name(self, entry: AuditEntry) -> str:
        return action_label(entry.action)

    @admin.display(description="details")
    def details(self, entry: AuditEntry) -> str:
        return "\n".join(detail_lines(entry))

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "subject" or super().lookup_allowed(lookup, value, request)
