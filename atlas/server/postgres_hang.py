"""Notice a running database that does nothing any more: no attempt to connect gets a byte, and its server is idle.

A server that is busy, recovers, stops or has no connection left answers, if only with an error. One that is too slow
even for that uses the processor meanwhile. What counts is the time between the looks, each at most LONGEST_STEP: after
a pause of the whole machine nothing is known.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from pathlib import Path

import psutil

from atlas.server import postgres_connection

HANG_SECONDS = 60.0  # without a sign of life
PROBE_SECONDS = 5.0  # from an answer to the next attempt
LONGEST_STEP = 2.0
#: PostgreSQL answers it with one byte, before it asks who the client is ("Message Formats", SSLRequest).
SSL_REQUEST = struct.pack("!ii", 8, 80877103)


class HangWatch:
    """The signs of life of one database."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._probe: socket.socket | None = None  # whose answer is waited for
        self._silent = 0.0  # seconds
        self._looked = self._next = time.monotonic()
        self._processor = 0.0  # seconds that the server had used

    def is_hanging(self, pid: str) -> bool:
        """Tell whether the database has shown no sign of life for HANG_SECONDS. Call it often; it never waits.

        pid: of the server, which runs.
        """
        now = time.monotonic()
        step, self._looked = min(now - self._looked, LONGEST_STEP), now
        used = _processor_seconds(pid)
        if self._is_answered(now) or used != self._processor:
            self._silent = 0.0
        else:
            self._silent += step
        self._processor = used
        return self._silent >= HANG_SECONDS

    def reset(self) -> None:
        """Begin anew, with another server."""
        self._silent = 0.0
        self._end_probe()

    def _end_probe(self) -> None:
        if self._probe:
            self._probe.close()
        self._probe = None

    def _is_answered(self, now: float) -> bool:
        """Look for the answer to the last attempt; make the next one when it is due. An answer counts until then."""
        if now < self._next:
            return True
        if self._probe is None:
            self._probe = self._sent()
        with contextlib.suppress(BlockingIOError):  # there is none yet
            is_answered = self._probe is not None and _received(self._probe)
            self._end_probe()
            if is_answered:
                self._next = now + PROBE_SECONDS
            return is_answered
        return False

    def _sent(self) -> socket.socket | None:
        """Return a connection with the request; None where the server takes none."""
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(str(postgres_connection.socket_path(self._directory)))
            client.send(SSL_REQUEST)
        except OSError:
            client.close()
            return None
        return client


def _received(client: socket.socket) -> bool:
    """Tell whether a byte has come. Raises BlockingIOError where neither that nor the end has."""
    try:
        return bool(client.recv(1))
    except ConnectionError:
        return False


def _processor_seconds(pid: str) -> float:
    try:
        used = psutil.Process(int(pid)).cpu_times()
    except (psutil.Error, ValueError):  # it has just ended
        return 0.0
    return float(used.user + used.system)
