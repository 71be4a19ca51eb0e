"""Bodies of requests: what is too large for its sender or its address is refused before a view reads it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse

from audit.limited_entries import record_of_user, record_unknown
from core.actors import Actor, actor_of
from core.errors import DiskFull, FileTooLarge, NotSignedIn
from core.web import error_pages
from imports.body_limits import Allowance, allowance
from imports.sources.disk_space import refuse_if_short


def upload_limit(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a body over the limit; belongs after sessions and before anything that reads a body.

    The web server asks for the same limit, and receives no more than that.
    """

    def respond(request: HttpRequest) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length > settings.ATLAS_MAX_FORM_BYTES:
            allowed = allowance(request)
            if length > allowed.most_bytes:
                return _refused(request, length, allowed)
        if length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:  # what is smaller goes to no disk before a view wants it
            try:
                refuse_if_short(length)
            except DiskFull as error:
                return error_pages.service_unavailable(request, error)
        return get_response(request)

    return respond


def close_uploads(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Delete what arrived of files: also of one that broke off, which Django would leave open."""

    def respond(request: HttpRequest) -> HttpResponse:
        try:
            return get_response(request)
        finally:
            for handler in getattr(request, "_upload_handlers", ()):
                handler.upload_interrupted()

    return respond


def _refused(request: HttpRequest, length: int, allowed: Allowance) -> HttpResponse:
    """Refuse it. The log tells of it, unless the address does not exist or the user lacks the permission."""
    error = allowed.refusal
    detail: dict[str, Any] = {"code": error.code, "reason": str(error), "bytes": length}
    if isinstance(error, FileTooLarge) and isinstance(allowed.user, User):
        request.user = allowed.user
        record_of_user(actor_of(request), "file.refused", request.path, **detail)
    elif isinstance(error, NotSignedIn):
        unknown = Actor("anonymous", address=request.META.get("REMOTE_ADDR") or None)
        record_unknown(unknown, "file.refused", request.path, **detail)
    return error_pages.refused(request, error)
