"""Filters and order of the history, for both the page and the API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F, QuerySet
from django_filters import ChoiceFilter, FilterSet

from imports.models import ImportHistory


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
