"""Middleware: a request waits for locks and queries for a limited time, and stops when its client has gone."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.waits.given_up import given_up_wait
from core.waits.limits import statements_limited
from core.waits.watch import watched
from core.web import error_pages
from core.web.environment import CLIENT_GONE

READS = ("GET", "HEAD", "OPTIONS")


class BoundedWaits:
    """Watch every request, and answer where the database refuses to wait longer; first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with watched(_client_has_gone(request)), statements_limited(is_read=request.method in READS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer for an error of a page; the API's views answer theirs themselves."""
        error = given_up_wait(exception)
        return error_pages.given_up(request, error) if error else None


def _client_has_gone(request: HttpRequest) -> Callable[[], bool] | None:
    """Return what tells that the client has closed its connection, if the web server knows it."""
    event = request.META.get(CLIENT_GONE)
    return event.is_set if event else None
