"""Middleware: a request waits for locks and queries for a limited time, and stops when its client has gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from core.waits.given_up import given_up_wait, given_up_waits
from core.waits.limits import statements_limited
from core.waits.watch import watched
from core.web import error_pages
from core.web.environment import CLIENT_GONE

READS = ("GET", "HEAD", "OPTIONS")


class BoundedWaits:
    """Watch every request, and answer where the database refuses to wait longer; first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        has_gone = _client_has_gone(request)
        with watched(has_gone), statements_limited(is_read=request.method in READS):
            response = self.get_response(request)
        if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
            response.streaming_content = _watched(cast(Iterator[bytes], response.streaming_content), has_gone)
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer for an error of a page; the API's views answer theirs themselves."""
        error = given_up_wait(exception)
        return error_pages.given_up(request, error) if error else None


def _watched(content: Iterator[bytes], client_has_gone: Callable[[], bool] | None) -> Iterator[bytes]:
    """Yield an answer whose parts are read from the database while it is sent."""
    with watched(client_has_gone), given_up_waits():
        yield from content


def _client_has_gone(request: HttpRequest) -> Callable[[], bool] | None:
    """Return what tells that the client has closed its connection, if the web server knows it."""
    event = request.META.get(CLIENT_GONE)
    return event.is_set if event else None
