"""What the page and the API filter and order the history by alike."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet
from django_filters import ChoiceFilter, FilterSet

from imports.models import ImportHistory


def order_by_one_of(columns: Iterable[str], **options: Any) -> ChoiceFilter:
    """Return the filter that orders by a column, with a - before it for the greatest first."""
    orders = [f"{sign}{name}" for name in columns for sign in ("", "-")]
    return ChoiceFilter(choices=[(order, order) for order in orders], method="filter_ordering", **options)


class HistoryFilter(FilterSet):
    """A filter of imports; its subclasses name the parameters of the page and of the API."""

    class Meta:
        model = ImportHistory
        fields: list[str] = []

    def filter_ordering(self, imports: QuerySet[ImportHistory], _: str, value: str) -> QuerySet[ImportHistory]:
        """What is not known comes last, of equals the newest first: the same order on every page."""
        column = F(value.removeprefix("-"))
        order = column.desc(nulls_last=True) if value.startswith("-") else column.asc(nulls_last=True)
        return imports.order_by(order, "-import_timestamp", "-import_id")
