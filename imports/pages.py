"""What every page does alike: who may open it, how trouble is said, how a list is cut into pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, wraps
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from imports.errors import AtlasError

VIEW = "imports.view_importhistory"
ADD = "imports.add_importhistory"
UNDO = "imports.undo_importhistory"
PER_PAGE = 50

View = Callable[..., HttpResponse]


def page(permission: str) -> Callable[[View], View]:
    """For people who are signed in and have the permission; an AtlasError becomes a page that says it."""

    def decorate(view: View) -> View:
        @login_required
        @permission_required(permission, raise_exception=True)
        @wraps(view)
        def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                return view(request, *args, **kwargs)
            except AtlasError as error:
                return render(request, "error.html", {"error": error}, status=error.http_status)

        return shown

    return decorate


def sent(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: nothing before it was sent."""
    return request.POST if request.method == "POST" else None


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
