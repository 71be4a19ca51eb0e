"""Receive the body of a request before a thread is needed for it: in memory while it is small, then in a file.

A body over ATLAS_MAX_FORM_BYTES is taken only from who may send it, and where it may go to: `allowance` says so.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings

from atlas.web import messages
from atlas.web.errors import RequestTooSlow
from atlas.web.lanes import Places
from core.faults.service_fault import faults_translated
from imports.sources.disk_space import CHECK_EVERY, refuse_if_short

WRITE_BYTES = 1 << 20  # of one write to the file

Receive = Callable[[], Awaitable[dict[str, Any]]]


class Disconnected(Exception):
    """The client closed the connection."""


@dataclass(frozen=True)
class Body:
    """The whole body, or nothing of one that is too large."""

    file: IO[bytes]
    length: int  # bytes; of a body that is too large, more than is allowed
    is_whole: bool = True


class Pace:
    """How slowly a client may send: no pause of ATLAS_SILENT_SECONDS, and beyond those the least rate on average."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin again: until now the client waited, not the server."""
        self._start, self._bytes = time.monotonic(), 0

    def count(self, size: int) -> None:
        self._bytes += size

    def seconds_left(self) -> float:
        silent: float = settings.ATLAS_SILENT_SECONDS
        end = self._start + silent + self._bytes / settings.ATLAS_LEAST_BYTES_PER_SECOND
        return min(silent, end - time.monotonic())


def _write(file: IO[bytes], block: bytes) -> None:
    """Raises DiskFull, also where only the space is reached that must stay free."""
    file.write(block)
    if file.tell() % CHECK_EVERY < len(block):
        refuse_if_short()


class BodyReader:
    """Reads the body of one request.

    most_bytes: asks how many bytes the request may have; called only for a body over ATLAS_MAX_FORM_BYTES.
    uploads: places for bodies in files. in_file: runs a call that uses the disk in another thread.
    """

    def __init__(
        self,
        receive: Receive,
        *,
        length: int | None,
        most_bytes: Callable[[], Awaitable[int]],
        uploads: Places,
        in_file: Callable[..., Awaitable[Any]],
    ) -> None:
        self._receive = receive
        self._declared = length  # None: it comes in chunks
        self._most_bytes = most_bytes
        self._uploads = uploads
        self._in_file = in_file
        self._pace = Pace()
        self._received = 0
        self._has_more = length != 0

    async def read(self) -> Body:
        """Raises RequestTooSlow, ServerBusy, DiskFull, Disconnected."""
        form_bytes: int = settings.ATLAS_MAX_FORM_BYTES
        beginning = bytearray()
        if (self._declared or 0) <= form_bytes:
            while self._has_more and len(beginning) <= form_bytes:
                beginning += await self._next()
            if len(beginning) <= form_bytes:
                return Body(BytesIO(beginning), len(beginning))
        most_bytes = await self._most_bytes()
        if max(self._declared or 0, self._received) > most_bytes:
            return self._too_large()
        async with self._uploads.place():
            self._pace.start()
            return await self._read_into_file(beginning, most_bytes)

    def _too_large(self) -> Body:
        return Body(BytesIO(), max(self._declared or 0, self._received), is_whole=False)

    async def _read_into_file(self, block: bytearray, most_bytes: int) -> Body:
        with faults_translated():
            file = TemporaryFile(dir=settings.ATLAS_SPOOL_DIR)
            try:
                while self._has_more:
                    block += await self._next()
                    if self._received > most_bytes:
                        file.close()
                        return self._too_large()
                    if len(block) >= WRITE_BYTES:
                        await self._in_file(_write, file, bytes(block))
                        block.clear()
                await self._in_file(file.write, bytes(block))
                file.seek(0)
            except BaseException:
                file.close()
                raise
        return Body(file, self._received)

    async def _next(self) -> bytes:
        try:
            async with asyncio.timeout(self._pace.seconds_left()):
                message = await self._receive()
        except TimeoutError:
            rate, seconds = settings.ATLAS_LEAST_BYTES_PER_SECOND, settings.ATLAS_SILENT_SECONDS
            raise RequestTooSlow(messages.BODY_TOO_SLOW(bytes_per_second=rate, seconds=seconds)) from None
        if message["type"] != "http.request":
            raise Disconnected
        data: bytes = message.get("body", b"")
        self._has_more = message.get("more_body", False)
        self._received += len(data)
        self._pace.count(len(data))
        return data
