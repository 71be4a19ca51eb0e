"""Bodies of requests: what is too large for its sender or its address is refused before a view reads it."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from audit.log import record
from core.actors import actor_of
from core.errors import FileTooLarge
from core.web import error_pages
from imports.body_limits import Allowance, allowance


def upload_limit(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a body over the limit; belongs after sessions and before anything that reads a body.

    The web server asks for the same limit, and receives no more than that.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length <= settings.ATLAS_MAX_FORM_BYTES:
            return get_response(request)
        allowed = allowance(request)
        return get_response(request) if length <= allowed.most_bytes else _refused(request, length, allowed)

    return respond


def _refused(request: HttpRequest, length: int, allowed: Allowance) -> HttpResponse:
    """Refuse it, and log it of users: strangers could fill the log."""
    error = allowed.refusal
    if isinstance(error, FileTooLarge) and isinstance(allowed.user, User):
        request.user = allowed.user
        record(actor_of(request), "file.refused", request.path, code=error.code, reason=str(error), bytes=length)
    return error_pages.refused(request, error)
