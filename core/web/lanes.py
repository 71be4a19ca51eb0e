"""In which lane of the web server a request runs: imports must not take the threads of short reads."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.conf import settings
from django.urls import Resolver404, resolve

View = TypeVar("View", bound=Callable[..., Any])


class LaneName(StrEnum):
    QUICK = "quick"  # never uses the database
    PROBE = "probe"  # asks whether the database responds
    READ = "read"  # short: lists, pages, forms for signing in
    WORK = "work"  # imports, undo, downloads


_ATTRIBUTE = "lane"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def runs_in(lane: LaneName) -> Callable[[View], View]:
    """Say in which lane a view runs. By default, reads run in READ and all other requests in WORK."""

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, lane)
        return view

    return mark


def view_of(path: str) -> Any:
    """Return the view's function, or the class that it was made of; None where the address does not exist."""
    try:
        view = resolve(path).func
    except Resolver404:
        return None
    return getattr(view, "cls", None) or getattr(view, "view_class", view)


def lane_of(path: str, method: str) -> LaneName:
    """Return the lane of a request."""
    if path.startswith(settings.STATIC_URL):  # which no view serves
        return LaneName.QUICK
    by_method = LaneName.READ if method in _SAFE_METHODS else LaneName.WORK
    lane: LaneName = getattr(view_of(path), _ATTRIBUTE, by_method)
    return lane
