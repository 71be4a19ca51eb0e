"""gunicorn's worker process: its ASGI worker, with connections that have limits."""

from __future__ import annotations

import asyncio
import os
from collections import Counter

from gunicorn.workers.gasgi import ASGIWorker

from atlas.web.connection import Connection

BACKLOG = 2048  # connections that wait to be accepted


class WebWorker(ASGIWorker):
    """Serve until a signal. An idle connection does not delay the stop; a running request has graceful_timeout."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.connections: set[Connection] = set()
        self.connections_of: Counter[str] = Counter()  # by address

    async def _serve(self) -> None:
        for listener in self.sockets:
            self.servers.append(
                await self.loop.create_server(lambda: Connection(self), sock=listener.sock, backlog=BACKLOG)
            )
        while self.alive and self.ppid == os.getppid():
            self.notify()
            await asyncio.sleep(1)
        for connection in list(self.connections):
            connection.close_if_idle()
        await self._shutdown()
