"""The ASGI application that gunicorn serves: receive the whole body, wait for a thread, call Django, send its answer.

Only the call needs a thread. So clients that send or read slowly, and requests that wait, take none from others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import close_old_connections

from atlas.web.lanes import Lane, Places
from atlas.web.request_body import Body, BodyReader, Disconnected, Receive
from atlas.web.response_stream import ResponseStream
from atlas.web.wsgi_call import Environment, call
from core.errors import AtlasError
from core.faults.service_fault import faults_translated
from core.web.environment import CLIENT_GONE, REFUSAL
from core.web.lanes import LaneName, lane_of
from imports.body_limits import allowance
from imports.sources.disk_space import refuse_if_short

Send = Callable[[dict[str, Any]], Awaitable[None]]

FILE_THREADS = 4  # that write bodies to the disk, and read answers from it


class Application:
    """One for each process of the web server."""

    def __init__(self, django: WSGIHandler) -> None:
        self._django = django
        self._room: Room | None = None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._room = self._room or Room()  # at the first request: a process forks before it has its loop
            with contextlib.suppress(Disconnected):
                await Exchange(self._django, self._room, scope, receive, send).run()


class Room:
    """What requests share, and wait for."""

    def __init__(self) -> None:
        self.lanes = {
            LaneName.QUICK: Lane(LaneName.QUICK, settings.ATLAS_QUICK_THREADS, limited=False),
            LaneName.PROBE: Lane(LaneName.PROBE, 1),
            LaneName.READ: Lane(LaneName.READ, settings.ATLAS_READ_THREADS),
            LaneName.WORK: Lane(LaneName.WORK, settings.ATLAS_WORK_THREADS),
        }
        self.uploads = Places(settings.ATLAS_UPLOADS_AT_ONCE)  # bodies in files
        self._file_threads = ThreadPoolExecutor(FILE_THREADS, thread_name_prefix="files")
        settings.ATLAS_SPOOL_DIR.mkdir(parents=True, exist_ok=True)

    async def in_file(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Run a call that uses the disk outside of the loop."""
        return await asyncio.get_running_loop().run_in_executor(self._file_threads, call, *arguments)


class Exchange:
    """One request and its answer."""

    def __init__(self, django: WSGIHandler, room: Room, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self._django, self._room = django, room
        self._scope, self._receive, self._send = scope, receive, send
        self._environ = Environment(scope).build(BytesIO())
        self._stream = ResponseStream(asyncio.get_running_loop(), room.in_file)
        self._environ[CLIENT_GONE] = self._stream.client_gone

    async def run(self) -> None:
        """Raises Disconnected."""
        watch = None
        try:
            try:
                body = await self._body()
                if body.is_whole:
                    watch = asyncio.create_task(self._watch())
                self._environ |= {"wsgi.input": body.file, "CONTENT_LENGTH": str(body.length)}
                await self._start_in(lane_of(self._environ["PATH_INFO"], self._environ["REQUEST_METHOD"]))
            except AtlasError as refusal:
                self._environ["wsgi.input"].close()
                self._environ |= {"wsgi.input": BytesIO(), REFUSAL: refusal}
                await self._start_in(LaneName.QUICK)
            await self._send_answer()
        finally:
            if watch:
                watch.cancel()
            self._stream.close()

    async def _start_in(self, name: LaneName) -> None:
        await self._room.lanes[name].start(call, self._django, self._environ, self._stream)

    # --- the body ---

    async def _body(self) -> Body:
        is_chunked = self._environ.pop("HTTP_TRANSFER_ENCODING", None) is not None
        length = None if is_chunked else int(self._environ.get("CONTENT_LENGTH") or 0)
        reader = BodyReader(
            self._receive,
            length=length,
            most_bytes=self._most_bytes,
            uploads=self._room.uploads,
            in_file=self._room.in_file,
        )
        return await reader.read()

    async def _most_bytes(self) -> int:
        """Ask in a thread who sends the request, and what its view takes."""
        future = await self._room.lanes[LaneName.READ].start(_most_bytes, dict(self._environ))
        return await asyncio.wrap_future(future)

    async def _watch(self) -> None:
        """Tell the stream when the client closes the connection."""
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._stream.close()

    # --- the answer ---

    async def _send_answer(self) -> None:
        """Send it, as slowly as ATLAS_SILENT_SECONDS and ATLAS_LEAST_BYTES_PER_SECOND allow."""
        stream = self._stream
        data, has_more = await stream.next()
        if stream.status:
            await self._send({"type": "http.response.start", "status": stream.status, "headers": stream.headers})
        while stream.status and (has_more or not stream.has_failed):
            try:
                async with asyncio.timeout(_longest_send(data)):
                    await self._send({"type": "http.response.body", "body": data, "more_body": has_more})
            except TimeoutError:
                break
            if not has_more:
                return
            data, has_more = await stream.next()
        self._scope["atlas.abort"]()
        await asyncio.sleep(0)  # until gunicorn knows, or it would log an answer without an end


def _longest_send(data: bytes) -> float:
    seconds: float = settings.ATLAS_SILENT_SECONDS + len(data) / settings.ATLAS_LEAST_BYTES_PER_SECOND
    return seconds


def _most_bytes(environ: dict[str, Any]) -> int:
    """Return how many bytes the body may have. Raises DiskFull where there is no room for it."""
    close_old_connections()
    try:
        with faults_translated():
            most_bytes = allowance(WSGIRequest(environ)).most_bytes
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length <= most_bytes:
                refuse_if_short(length)
            return most_bytes
    finally:
        close_old_connections()
