"""Pages of long lists, without counting what nobody reads."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

MAX_COUNTED = 10_000  # records of a list: nobody turns more pages, and counting a million takes a while


PER_PAGE = 50


class LookedUpPaginator(Paginator):
    """Of a query of wide records: it sorts and passes over their keys, and reads those of one page whole."""

    object_list: QuerySet[Any]

    @cached_property
    def _first_keys(self) -> list[Any]:
        """Of the first page, and one more where there is a second."""
        return list(self.object_list.values_list("pk", flat=True)[: self.per_page + 1])

    @cached_property
    def count(self) -> int:
        found = len(self._first_keys)
        return found if found <= self.per_page else self.object_list.count()

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        page.object_list = self.object_list.filter(pk__in=self._keys(page))
        return page

    def _keys(self, page: Page[Any]) -> list[Any]:
        if page.number == 1:
            return self._first_keys[: self.per_page]
        return list(self.object_list.values_list("pk", flat=True)[page.start_index() - 1 : page.end_index()])


def page_of(
    request: HttpRequest, things: Any, per_page: int = PER_PAGE, paginator: type[Paginator] = Paginator
) -> Page[Any]:
    """The page that the address asks for, or the nearest. `things`: sliceable and countable."""
    return paginator(things, per_page).get_page(request.GET.get("page"))


class BoundedPaginator(Paginator):
    """Of a query: it counts the first records, and leads to them, only."""

    object_list: QuerySet[Any]

    @cached_property
    def _found(self) -> int:
        return self.object_list.order_by().values("pk")[: MAX_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._found, MAX_COUNTED)

    @property
    def is_cut(self) -> bool:
        return self._found > MAX_COUNTED
