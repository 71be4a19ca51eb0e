"""The thread that watches the running operations of this process: what they wait for, and whether their client is gone.

It opens a database session only while an operation takes longer than usual.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection

from core.waits.holders import holders_of
from core.waits.operations import Operation, as_current, current_operation

TICK_SECONDS = 0.25
IDLE_SECONDS = 5.0  # without an operation, after which the database session is closed


class Watch:
    """The running operations of a process, and the thread that looks at them."""

    def __init__(self) -> None:
        self._running: set[Operation] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_over = False

    def add(self, operation: Operation) -> None:
        with self._changed:
            self._running.add(operation)
            self._changed.notify()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="watch of operations", daemon=True)
                self._thread.start()

    def remove(self, operation: Operation) -> None:
        with self._changed:
            self._running.discard(operation)

    def stop(self) -> None:
        """End the thread."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
            thread = self._thread
        if thread:
            thread.join()

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._wait_and_look()
        finally:
            connection.close()

    def _wait_and_look(self) -> None:
        with self._changed:
            has_operations = self._changed.wait_for(lambda: self._is_over or bool(self._running), IDLE_SECONDS)
        if not has_operations:
            connection.close()
            return
        time.sleep(TICK_SECONDS)
        operations = self._slow_ones()
        if operations:
            _look_at(operations)

    def _slow_ones(self) -> list[Operation]:
        with self._changed:
            return [operation for operation in self._running if operation.seconds >= TICK_SECONDS]


_watch = Watch()


def _begin_anew() -> None:
    global _watch
    _watch = Watch()


os.register_at_fork(after_in_child=_begin_anew)  # threads end with a fork


def stop_watch() -> None:
    """End the thread and its database session."""
    _watch.stop()
    _begin_anew()


@contextmanager
def watched(client_has_gone: Callable[[], bool] | None = None) -> Iterator[Operation]:
    """Watch what the block does as one operation; within another one, it is part of that.

    client_has_gone: tells whether the client that waits for the answer has closed its connection.
    """
    outer = current_operation()
    if outer:
        yield outer
        return
    operation, watch = Operation(client_has_gone), _watch
    with as_current(operation):
        watch.add(operation)
        try:
            yield operation
        finally:
            watch.remove(operation)


def _look_at(operations: list[Operation]) -> None:
    for operation in operations:
        operation.look_at_client()
    try:
        found = holders_of([pid for operation in operations if (pid := operation.pid)])
    except (DatabaseError, InterfaceError):  # it restarts, or has no connection left: then nothing is known
        connection.close()
        found = {}
    for operation in operations:
        operation.waits_for(found.get(operation.pid or 0, []))
