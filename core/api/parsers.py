"""Parsers of request bodies other than file uploads. They read no more than a limit into memory."""

from __future__ import annotations

from io import BytesIO
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import FormParser, JSONParser

from core.api import messages
from core.errors import BadRequest, FileTooLarge


def body_too_large() -> FileTooLarge:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return FileTooLarge(messages.BODY_TOO_LARGE(limit_bytes=limit), limit_bytes=limit)


def whole_body(stream: IO[Any]) -> bytes:
    """Read a whole body. Raises FileTooLarge without reading more than the limit."""
    body: bytes = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise body_too_large()
    return body


class JSONBody(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(BytesIO(whole_body(stream)), media_type, parser_context)
        except RecursionError:
            raise BadRequest(messages.BODY_TOO_DEEP()) from None


class FormBody(FormParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return super().parse(BytesIO(whole_body(stream)), media_type, parser_context)
