"""Requests that the web server refuses itself: it hands the error to Django, which words it as every other."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from core.web import error_pages
from core.web.environment import REFUSAL


def refusals(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Answer with the refusal of the web server; belongs before anything that needs the database."""

    def respond(request: HttpRequest) -> HttpResponse:
        refusal = request.META.get(REFUSAL)
        return get_response(request) if refusal is None else error_pages.refused(request, refusal)

    return respond
