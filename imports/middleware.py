"""Bodies of requests, whatever is in them: too large ones are refused before they are read, or at the limit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from knox.auth import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed

from audit.log import record
from audit.unknown_clients import record_unknown
from core.actors import Actor, actor_of
from core.api.parsers import body_too_large
from core.errors import DiskFull
from core.web import error_pages
from imports.sources.disk_space import refuse_if_short
from imports.sources.receive import too_large

FORM_OVERHEAD = 1 << 20  # bytes of a multipart body that are not the file
IN_MEMORY = 1 << 20  # bytes of a body without a length; what is more goes to the disk
BLOCK = 1 << 16


def upload_limit(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Refuse a body over the limit; belongs after sessions and before anything that reads a body."""

    def respond(request: HttpRequest) -> HttpResponse:
        with ExitStack() as files:
            if request.META.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
                _read_chunked_body(request, files)
            length = int(request.META.get("CONTENT_LENGTH") or 0)
            if length > _max_body_bytes(request):
                return _refused(request, length)
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


def _max_body_bytes(request: HttpRequest) -> int:
    """Return bytes of a body: with a file, or of records and forms, which are read into memory."""
    limit: int = settings.ATLAS_MAX_UPLOAD_BYTES
    return limit + FORM_OVERHEAD if _may_be_file(request) else settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _may_be_file(request: HttpRequest) -> bool:
    return request.content_type == "multipart/form-data"


def _read_chunked_body(request: HttpRequest, files: ExitStack) -> None:
    """Read a chunked body, up to one byte over the limit: Django reads only bodies that have a length.

    files: closes the body. For unknown users the limit is that of a request without a file.
    """
    max_bytes = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if _actor(request) is None else _max_body_bytes(request)
    settings.ATLAS_SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    body = files.enter_context(SpooledTemporaryFile(IN_MEMORY, dir=str(settings.ATLAS_SPOOL_DIR)))
    stream, length = request.META["wsgi.input"], 0
    while length <= max_bytes and (data := stream.read(min(BLOCK, max_bytes + 1 - length))):
        length += body.write(data)
    body.seek(0)
    request._stream = cast(BinaryIO, body)
    request.META["CONTENT_LENGTH"] = str(length if length <= max_bytes else max(length, _max_body_bytes(request) + 1))


def _refused(request: HttpRequest, length: int) -> HttpResponse:
    error = too_large(settings.ATLAS_MAX_UPLOAD_BYTES) if _may_be_file(request) else body_too_large()
    actor = _actor(request)
    detail: dict[str, Any] = {"code": error.code, "reason": str(error), "bytes": length}
    if actor:
        record(actor, "file.refused", request.path, **detail)
    else:
        unknown = Actor("anonymous", address=request.META.get("REMOTE_ADDR") or None)
        record_unknown(unknown, "file.refused", request.path, **detail)
    return error_pages.too_large(request, error)


def _actor(request: HttpRequest) -> Actor | None:
    """Return who sends it, by session or token; None: unknown."""
    if not request.user.is_authenticated:
        try:
            user_and_token = TokenAuthentication().authenticate(request)
        except AuthenticationFailed:
            user_and_token = None
        if user_and_token is None:
            return None
        request.user = user_and_token[0]
    return actor_of(request)
