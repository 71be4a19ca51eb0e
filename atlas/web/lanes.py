"""Threads for requests, in lanes: however many imports wait, short requests have threads of their own.

A request waits for a thread without one, so waiting costs only memory; how many may wait, and how long, has a limit.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from django.conf import settings

from atlas.web import messages
from atlas.web.errors import ServerBusy

Result = TypeVar("Result")


class Places:
    """So many places for something that requests do, and a limited number of requests that wait for one.

    limited: False where no request takes long, and none may be turned away.
    """

    def __init__(self, count: int, *, limited: bool = True) -> None:
        self._free = asyncio.Semaphore(count)
        self._most_waiting = settings.ATLAS_WAITING_REQUESTS if limited else math.inf
        self._seconds = settings.ATLAS_REQUEST_WAIT_SECONDS if limited else None
        self._waiting = 0

    async def take(self) -> None:
        """Wait for a place. Raises ServerBusy after ATLAS_REQUEST_WAIT_SECONDS, or at once if too many wait."""
        if self._free.locked() and self._waiting >= self._most_waiting:
            raise ServerBusy(messages.NO_TURN(count=self._waiting))
        self._waiting += 1
        try:
            async with asyncio.timeout(self._seconds):
                await self._free.acquire()
        except TimeoutError:
            raise ServerBusy(messages.NO_ROOM(seconds=self._seconds)) from None
        finally:
            self._waiting -= 1

    def give_back(self) -> None:
        self._free.release()

    @contextlib.asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Hold a place for the length of the block. Raises ServerBusy."""
        await self.take()
        try:
            yield
        finally:
            self.give_back()


class Lane:
    """Threads for one kind of request."""

    def __init__(self, name: str, threads: int, *, limited: bool = True) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = Places(threads, limited=limited)
        self._loop = asyncio.get_running_loop()

    async def start(self, call: Callable[..., Result], *arguments: Any) -> Future[Result]:
        """Wait for a thread, and run the call in it. Raises ServerBusy.

        The thread is free again when the call has ended, and not when its request has: its client may have gone.
        """
        await self._places.take()
        future = self._threads.submit(call, *arguments)
        future.add_done_callback(self._give_back_later)
        return future

    def _give_back_later(self, _: object) -> None:
        with contextlib.suppress(RuntimeError):  # at a stop the loop may have ended before the thread
            self._loop.call_soon_threadsafe(self._places.give_back)
