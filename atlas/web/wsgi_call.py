"""Call Django, in a thread."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterable, Iterator
from typing import IO, Any
from urllib.parse import unquote_to_bytes
from wsgiref.util import FileWrapper

from asgiref.wsgi import WsgiToAsgiInstance
from django.core.handlers.wsgi import WSGIHandler

from atlas.web.request_body import Disconnected
from atlas.web.response_stream import ResponseStream

log = logging.getLogger(__name__)

BLOCK_BYTES = 1 << 16


class Environment(WsgiToAsgiInstance):
    """asgiref's translation of an ASGI scope."""

    def __init__(self, scope: dict[str, Any]) -> None:
        super().__init__(None)
        self.scope = scope

    def build(self, body: IO[bytes]) -> dict[str, Any]:
        environ: dict[str, Any] = self.build_environ(self.scope, body)
        # The bytes as they are, which need not be UTF-8.
        environ["PATH_INFO"] = unquote_to_bytes(self.scope["raw_path"].partition(b"?")[0]).decode("latin-1")
        environ["wsgi.file_wrapper"] = _in_large_blocks
        return environ


def _in_large_blocks(file: Any, _: int) -> FileWrapper:
    return FileWrapper(file, BLOCK_BYTES)


def _joined(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Join small parts: an export has one for each row, and passing one on takes six times as long as making it."""
    block = bytearray()
    for part in parts:
        block += part
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


def call(application: WSGIHandler, environ: dict[str, Any], stream: ResponseStream) -> None:
    """Write the answer of Django into the stream, whatever happens."""
    failed = True
    try:
        answer = application(environ, stream.start)
        try:
            for block in _joined(answer):
                stream.write(block)
        finally:
            answer.close()
        failed = False
    except Disconnected:
        pass
    except Exception as error:
        # Without its message: messages of the database can quote rows.
        trace = "".join(traceback.format_tb(error.__traceback__))
        log.error("%s while answering %s\n%s", type(error).__name__, environ["PATH_INFO"], trace)
    finally:
        environ["wsgi.input"].close()
        stream.end(failed=failed)
