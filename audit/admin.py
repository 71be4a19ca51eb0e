"""The log in the admin: to look at and to verify, never to change."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from audit.chain import verify
from audit.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):
    list_display = ["id", "happened_at", "actor", "action", "subject", "address"]
    list_display_links = ["id", "happened_at"]
    list_filter = ["action"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["actor", "action", "subject"]
    date_hierarchy = "happened_at"
    fields = [
        "id", "happened_at", "actor", "address", "action", "subject", "what_exactly", "detail_digest", "previous_hash",
        "entry_hash",
    ]  # fmt: skip

    @admin.display(description="detail")
    def what_exactly(self, entry: AuditEntry) -> str:
        if entry.detail is None:
            return "Forgotten."
        return "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.detail.items())

    def get_urls(self) -> list[URLPattern]:
        return [path("verify/", self.admin_site.admin_view(self.verify), name="audit_verify"), *super().get_urls()]

    def verify(self, request: HttpRequest) -> HttpResponse:
        """Whether all entries are right, or which is the first that is not."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        verdict = verify()
        broken = AuditEntry.objects.filter(pk=verdict.broken.entry_id).first() if verdict.broken else None
        context = {
            **self.admin_site.each_context(request),
            "title": "Verify the log",
            "verdict": verdict,
            "broken_entry": broken,
        }
        return render(request, "admin/audit/verify.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
