"""Filters and order of the history, for both the page and the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, Q, QuerySet
from django_filters import ChoiceFilter, FilterSet

from imports.errors import ImportCancelled
from imports.history.labels import CANCELLED, NOTHING_NEW, UNDONE, WAITING, WITH_ERRORS
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType

_IMPORTED = Q(status=ImportStatus.SUCCESS, undone_at=None)
_CANCELLED = Q(metadata__error__code=ImportCancelled.code)
_NOT_CANCELLED = ~_CANCELLED | Q(metadata__error__code__isnull=True)
_NOTHING_NEW = Q(rows_inserted=0, rows_updated=0)
COUNTED = "counted"  # what statistics count
WITH_UPDATES = "with_updates"  # changed rows that the table had
NOT_IMPORTED = "not_imported"  # failed or cancelled
#: The imports of each outcome.
BY_OUTCOME = {
    ImportStatus.SUCCESS: _IMPORTED,
    WITH_ERRORS: _IMPORTED & ~_NOTHING_NEW & Q(mapping_errors_count__gt=0),
    WITH_UPDATES: Q(rows_updated__gt=0, undone_at=None),
    NOTHING_NEW: _IMPORTED & _NOTHING_NEW,
    ImportStatus.PARTIAL: Q(status=ImportStatus.PARTIAL, undone_at=None),
    ImportStatus.FAILED: Q(status=ImportStatus.FAILED) & _NOT_CANCELLED,
    NOT_IMPORTED: Q(status=ImportStatus.FAILED),
    CANCELLED: Q(status=ImportStatus.FAILED) & _CANCELLED,
    ImportStatus.IN_PROGRESS: Q(status=ImportStatus.IN_PROGRESS),
    WAITING: Q(status=ImportStatus.IN_PROGRESS, task__isnull=False, task__started_at=None),
    UNDONE: Q(undone_at__isnull=False),
    COUNTED: Q(undone_at=None) & ~Q(source_type=SourceType.LEGACY),
}


def order_by_one_of(columns: Iterable[str], **options: Any) -> ChoiceFilter:
    """Return the filter that orders by one of the columns; a `-` before its name means descending."""
    orders = [f"{sign}{name}" for name in columns for sign in ("", "-")]
    return ChoiceFilter(choices=[(order, order) for order in orders], method="filter_ordering", **options)


class HistoryFilter(FilterSet):
    """A filter of imports; its subclasses name the parameters of the page and of the API."""

    class Meta:
        model = ImportHistory
        fields: list[str] = []

    def filter_ordering(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        """Order by a column: NULL last, then the newest first, so that the order is the same on every page."""
        column = F(value.removeprefix("-"))
        order = column.desc(nulls_last=True) if value.startswith("-") else column.asc(nulls_last=True)
        return imports.order_by(order, "-import_timestamp", "-import_id")
