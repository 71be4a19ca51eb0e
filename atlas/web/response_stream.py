"""The answer on its way from the thread that makes it to the loop that sends it.

What a slow client has not taken yet is in memory, then in a file, so that the thread is done when the answer is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Awaitable, Callable
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings

from atlas.web.request_body import Disconnected

MEMORY_BYTES = 1 << 20  # of one answer; what is more goes to the file
BLOCK_BYTES = 1 << 17  # sent at once

Headers = list[tuple[bytes, bytes]]


class Spilled:
    """Bytes of all answers in files, in this process: they have one limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0

    def take(self, size: int) -> bool:
        """Return whether so many bytes have room; then they are counted."""
        with self._lock:
            fits = not self._bytes or self._bytes + size <= settings.ATLAS_RESPONSE_SPOOL_BYTES
            self._bytes += size if fits else 0
            return fits

    def give_back(self, size: int) -> None:
        with self._lock:
            self._bytes -= size


SPILLED = Spilled()


class ResponseStream:
    """Written by one thread, read by the loop.

    in_file: runs a call that uses the disk in another thread than the loop's.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, in_file: Callable[..., Awaitable[Any]]) -> None:
        self.client_gone = threading.Event()
        self.status = 0
        self.headers: Headers = []
        self.has_failed = False
        self._loop = loop
        self._in_file = in_file
        self._news = asyncio.Event()
        self._lock = threading.Lock()
        self._is_taken = threading.Condition(self._lock)
        self._blocks: deque[memoryview] = deque()
        self._in_memory = 0  # bytes
        self._file: IO[bytes] | None = None
        self._written = self._read = 0  # positions in the file
        self._has_ended = False

    # --- the thread ---

    def start(self, status: str, headers: list[tuple[str, str]], _: Any = None) -> Any:
        """WSGI's start_response."""
        self.status = int(status.split(" ", 1)[0])
        self.headers = [(name.lower().encode("latin-1"), value.strip().encode("latin-1")) for name, value in headers]
        return self.write

    def write(self, data: bytes) -> None:
        """Raises Disconnected."""
        with self._lock:
            if self.client_gone.is_set():
                raise Disconnected
            if self._file is not None or (self._blocks and self._in_memory + len(data) > MEMORY_BYTES):
                self._write_to_file(data)
            else:
                self._blocks.append(memoryview(data))
                self._in_memory += len(data)
        self._tell()

    def _write_to_file(self, data: bytes) -> None:
        while not SPILLED.take(len(data)):
            self._is_taken.wait(1)
            if self.client_gone.is_set():
                raise Disconnected
        self._file = self._file or TemporaryFile(dir=settings.ATLAS_SPOOL_DIR)
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)

    def end(self, *, failed: bool = False) -> None:
        with self._lock:
            self._has_ended, self.has_failed = True, failed
        self._tell()

    def _tell(self) -> None:
        with contextlib.suppress(RuntimeError):  # at a stop the loop may have ended before the thread
            self._loop.call_soon_threadsafe(self._news.set)

    # --- the loop ---

    async def next(self) -> tuple[bytes, bool]:
        """Wait for the next bytes; return them, and whether more may follow."""
        while True:
            self._news.clear()
            data, has_ended = await self._in_file(self._take) if self._file is not None else self._take()
            if data or has_ended:
                return data, not has_ended
            await self._news.wait()

    def _take(self) -> tuple[bytes, bool]:
        with self._lock:
            data = self._from_memory() or self._from_file()
            return data, self._has_ended and not self._blocks and self._file is None

    def _from_memory(self) -> bytes:
        taken = bytearray()
        while self._blocks and len(taken) < BLOCK_BYTES:
            block, room = self._blocks.popleft(), BLOCK_BYTES - len(taken)
            taken += block[:room]
            if block[room:]:
                self._blocks.appendleft(block[room:])
        self._in_memory -= len(taken)
        return bytes(taken)

    def _from_file(self) -> bytes:
        if self._file is None:
            return b""
        self._file.seek(self._read)
        data = self._file.read(BLOCK_BYTES)
        self._read += len(data)
        if self._read == self._written:
            self._drop_file()
        return data

    def _drop_file(self) -> None:
        if self._file is not None:
            self._file.close()
            SPILLED.give_back(self._written)
            self._file, self._written, self._read = None, 0, 0
            self._is_taken.notify_all()

    def close(self) -> None:
        """Drop what was not sent. A thread that still writes ends with Disconnected."""
        self.client_gone.set()
        with self._lock:
            self._blocks.clear()
            self._drop_file()
            self._is_taken.notify_all()
