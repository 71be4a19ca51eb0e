"""Pages of long lists, without counting all records."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

MAX_COUNTED = 10_000  # records of a list; counting a million takes long, and no user opens that many pages


PER_PAGE = 50


class LookedUpPaginator(Paginator):
    """A paginator for wide records: it sorts and skips by their keys, and reads only the records of one page."""

    object_list: QuerySet[Any]

    @cached_property
    def _first_keys(self) -> list[Any]:
        """Return the keys of the first page, and one more if there is a second page."""
        return list(self.object_list.values_list("pk", flat=True)[: self.per_page + 1])

    @cached_property
    def count(self) -> int:
        number = len(self._first_keys)
        return number if number <= self.per_page else self.object_list.count()

    def page(self, number: int | str) -> Page[Any]:
        page = super().page(number)
        page.object_list = self.object_list.filter(pk__in=self._keys(page))
        return page

    def _keys(self, page: Page[Any]) -> list[Any]:
        if page.number == 1:
            return self._first_keys[: self.per_page]
        return list(self.object_list.values_list("pk", flat=True)[page.start_index() - 1 : page.end_index()])


def page_of(
    request: HttpRequest, items: Any, per_page: int = PER_PAGE, paginator: type[Paginator] = Paginator
) -> Page[Any]:
    """Return the page that the address requests, or the nearest one. items: sliceable and countable."""
    return paginator(items, per_page).get_page(request.GET.get("page"))


class BoundedPaginator(Paginator):
    """A paginator that counts, and links to, only the first MAX_COUNTED records of a query."""

    object_list: QuerySet[Any]

    @cached_property
    def _counted(self) -> int:
        return self.object_list.order_by().values("pk")[: MAX_COUNTED + 1].count()

    @cached_property
    def count(self) -> int:
        return min(self._counted, MAX_COUNTED)

    @property
    def is_cut(self) -> bool:
        return self._counted > MAX_COUNTED
