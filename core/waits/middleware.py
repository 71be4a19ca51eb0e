"""Middleware: a request waits for locks and queries for a limited time, and stops when its client has gone."""

from __future__ import annotations

import socket
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.waits.given_up import given_up_wait
from core.waits.limits import statements_limited
from core.waits.watch import watched
from core.web import error_pages

READS = ("GET", "HEAD", "OPTIONS")


class BoundedWaits:
    """Watch every request, and answer where the database refuses to wait longer; first of all middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with watched(_client(request)), statements_limited(is_read=request.method in READS):
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the answer for an error of a page; the API's views answer theirs themselves."""
        error = given_up_wait(exception)
        return error_pages.given_up(request, error) if error else None


def _client(request: HttpRequest) -> socket.socket | None:
    """Return the connection of the client, if the web server hands it over."""
    found = request.META.get("gunicorn.socket")
    return found if isinstance(found, socket.socket) else None
