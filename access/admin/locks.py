"""Failed sign-ins and wrong tokens in the admin; deleting one lifts its lock."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from access import locks
from core.actors import actor_of
from core.admin import ReadOnlyAdmin, text_column, timestamp_column
from core.models import UsedLimit


@admin.register(UsedLimit)
class LockAdmin(ReadOnlyAdmin):
    """What counts at the moment, locked or not."""

    list_display = (
        text_column("kind", "what"), text_column("account", "account"), text_column("address", "address"),
        timestamp_column("unused_at", "counts until"),
    )  # fmt: skip
    search_fields = ("account", "address")
    search_help_text = "Search user or address"
    fields = ("kind", "account", "address", "unused_at")
    ordering = ("-unused_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[UsedLimit]:
        return locks.failed_attempts()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super(ReadOnlyAdmin, self).has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: UsedLimit) -> None:
        locks.lift(UsedLimit.objects.filter(pk=obj.pk), actor_of(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UsedLimit]) -> None:
        locks.lift(queryset, actor_of(request))
