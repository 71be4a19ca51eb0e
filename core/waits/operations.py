"""Operations that may wait: of a request, an import, an undo. One at a time in a thread, watched by `watch.py`."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections

from core.errors import AtlasError, ClientGone
from core.waits import messages
from core.waits.holders import APPLICATION, Holder

RECENT_SECONDS = 1.0  # in which a wait in tries is seen at least once


class Operation:
    """Something that may wait for locks, with the database session of the thread that made it."""

    def __init__(self, client_has_gone: Callable[[], bool] | None = None) -> None:
        """client_has_gone: tells whether the client that waits for the answer has closed its connection."""
        self.started = time.monotonic()
        self.holders: tuple[Holder, ...] = ()  # that it waits for, or waited for last
        self.stop_reason: AtlasError | None = None  # why it has to stop
        self._asked: Exception | None = None  # why it has to stop where it looks next
        self._client_has_gone = client_has_gone
        self._connection = connections[DEFAULT_DB_ALIAS]
        self._is_unwinding = False  # its code knows that it has to stop
        self._seen_waiting = -math.inf  # when
        self._lock = threading.Lock()  # a session is cancelled only while it is this operation's

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self.started

    @property
    def pid(self) -> int | None:
        """The process of the database session; None before there is one."""
        session: Any = self._connection.connection
        return None if session is None or session.closed else session.info.backend_pid

    def waits_for(self, holders: Sequence[Holder]) -> None:
        """Note who holds the lock that it waits for now; none: it does not wait."""
        if holders:
            self.holders, self._seen_waiting = tuple(holders), time.monotonic()

    @property
    def is_waiting(self) -> bool:
        """Whether it waited for a lock just now."""
        return time.monotonic() - self._seen_waiting < RECENT_SECONDS

    def look_at_client(self) -> None:
        """Stop if the client has closed its connection."""
        if self.stop_reason is None and self._client_has_gone is not None and self._client_has_gone():
            self.stop_reason = ClientGone(messages.CLIENT_GONE())
        if self.stop_reason:
            self.stop(self.stop_reason)

    def stop(self, reason: AtlasError) -> None:
        """Cancel what the database does for it, and let it raise this error."""
        self.stop_reason = reason
        self._cancel()

    def ask_to_stop(self, reason: Exception) -> None:
        """Let it raise this error where it looks next, between two batches or while it waits for another process."""
        self._asked = reason

    def _cancel(self) -> None:
        with self._lock:
            session: Any = self._connection.connection
            if session is None or self._is_unwinding:
                return
            with suppress(psycopg.Error):
                session.cancel_safe(timeout=2)

    def unwind(self) -> None:
        """Let its database session work again, to record what became of it."""
        with self._lock:
            self._is_unwinding = True

    def stop_if_asked(self) -> None:
        """Raise the reason why it has to stop."""
        if self.stop_reason:
            self.unwind()
            raise self.stop_reason
        if self._asked:
            raise self._asked


_current: ContextVar[Operation | None] = ContextVar("operation", default=None)


def current_operation() -> Operation | None:
    return _current.get()


@contextmanager
def as_current(operation: Operation) -> Iterator[None]:
    """Make it the operation of this thread for the length of the block."""
    token = _current.set(operation)
    try:
        yield
    finally:
        operation.unwind()
        _current.reset(token)
        if operation.stop_reason:
            connection.close()  # a cancellation that is on its way would meet the next request


def stop_if_asked() -> None:
    """Raise why the current operation has to stop, if it has to: ClientGone, or ImportCancelled."""
    operation = _current.get()
    if operation:
        operation.stop_if_asked()


@contextmanager
def named(kind: str, import_id: Any) -> Iterator[None]:
    """Show in pg_stat_activity what the database session does. kind: import, undo or redo."""
    _name_session(f"{APPLICATION}: {kind} {import_id}")
    try:
        yield
    finally:
        if connection.is_usable():
            _name_session(APPLICATION)


def _name_session(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, false)", [name])
