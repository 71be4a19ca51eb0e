"""Filters of the audit log, for its page and its API."""

from __future__ import annotations

from django.db.models import QuerySet
from django_filters import CharFilter, FilterSet

from audit.models import AuditEntry
from core.api.filters import MomentFilter, contained_in

SEARCHED = ("actor", "action", "subject")


class AuditEntryFilter(FilterSet):
    """The filters of /audit-log."""

    actor = CharFilter()
    action = CharFilter()
    subject = CharFilter()
    since = MomentFilter(field_name="happened_at", lookup_expr="gte")
    until = MomentFilter(field_name="happened_at", lookup_expr="lte", end_of_day=True)
    search = CharFilter(method="filter_search", label=f"Part of {', '.join(SEARCHED)}")

    class Meta:
        model = AuditEntry
        fields: list[str] = []

    def filter_search(self, entries: QuerySet[AuditEntry], _: str, part: str) -> QuerySet[AuditEntry]:
        return entries.filter(contained_in(SEARCHED, part))
