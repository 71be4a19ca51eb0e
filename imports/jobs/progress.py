"""Report the progress of an import while its transaction is open; stop it if it is cancelled or its worker stops."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.utils import InterfaceError, OperationalError
from django.utils import timezone

from core.waits.operations import Operation
from imports.errors import ImportCancelled
from imports.jobs import messages
from imports.loading.progress_hook import COMMITTING
from imports.models import ImportTask

INTERVAL_SECONDS = 0.5
DOWNLOAD_PERCENT = 30  # of an import whose file has to be downloaded first
MAX_PERCENT = 99  # before the commit


class Interrupted(Exception):
    """The worker has to stop; another one restarts the import."""


class ProgressReporter:
    """Use in a `with` block: a thread with a connection of its own writes the reported progress to the task.

    So the import does not wait for a lock on the task's row, and the progress is visible before the import's commit.
    """

    def __init__(self, task_id: UUID, size: int, operation: Operation, interrupted: Callable[[], bool]) -> None:
        """size: bytes of the file. operation: the import, which may wait for locks.

        interrupted: returns whether the worker has to stop.
        """
        self._task_id = task_id
        self._size = size
        self._operation = operation
        self._interrupted = interrupted
        self._start = 0.0  # percent when the current phase started
        self._phase = ""
        self._percent = 0.0
        self._records = self._bytes = 0
        self._cancelled_by = ""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write_regularly, name="progress", daemon=True)

    def __enter__(self) -> ProgressReporter:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def bytes_received(self, size: int) -> None:
        """Report the bytes downloaded so far. Raises ImportCancelled, Interrupted."""
        self._stop_if_interrupted()
        self._stop_if_cancelled()
        self._enter("downloading")
        self._bytes = size
        self._advance(size / max(self._size, 1), DOWNLOAD_PERCENT)

    def report(self, phase: str, records: int, total: int) -> None:
        """Report progress: imports.loading.progress_hook.Progress. Raises ImportCancelled, Interrupted."""
        self._stop_if_interrupted()
        if phase == COMMITTING:
            self._check_last_time()
            return
        self._stop_if_cancelled()
        self._enter(phase)
        if phase == "waiting":
            return
        self._records = records
        share = records / total if total else 0.0
        self._bytes = max(self._bytes, round(share * self._size))  # a long file is loaded while it is read
        self._advance(share, (100 + self._start) / 2 if phase == "reading" else MAX_PERCENT)

    def _stop_if_interrupted(self) -> None:
        if self._interrupted():
            raise Interrupted

    def _enter(self, phase: str) -> None:
        if phase != self._phase:
            self._phase, self._start = phase, self._percent

    def _advance(self, share: float, end: float) -> None:
        """Set the percentage. share: of the phase, 0 to 1; end: percent at its end. The percentage never decreases."""
        self._percent = max(self._percent, self._start + min(share, 1.0) * (end - self._start))

    def _stop_if_cancelled(self) -> None:
        if self._cancelled_by:
            raise cancelled_by(self._cancelled_by)

    def _check_last_time(self) -> None:
        """Check for a cancellation before the commit. The row lock makes later ones wait until the import is done."""
        task = ImportTask.objects.select_for_update().filter(pk=self._task_id)
        self._cancelled_by = task.values_list("cancelled_by", flat=True).get()
        self._stop_if_cancelled()

    def _write_regularly(self) -> None:
        try:
            while not self._is_over.wait(INTERVAL_SECONDS):
                if self._interrupted():  # no report comes while the process that reads the file is long at a batch
                    self._operation.ask_to_stop(Interrupted())
                self._write()
        finally:
            connection.close()

    def _write(self) -> None:
        try:
            task = ImportTask.objects.filter(pk=self._task_id)
            task.update(
                phase=self._phase, percent=int(self._percent), records_done=self._records, bytes_done=self._bytes,
                told_at=timezone.now(), waiting_for=self._waiting_for(),
            )  # fmt: skip
            self._cancelled_by = task.values_list("cancelled_by", flat=True).first() or ""
            if self._cancelled_by:
                is_waiting = self._operation.is_waiting
                stop = self._operation.stop if is_waiting else self._operation.ask_to_stop
                stop(cancelled_by(self._cancelled_by))
        except (OperationalError, InterfaceError):  # the server restarts: the import itself fails too
            connection.close()

    def _waiting_for(self) -> dict[str, Any] | None:
        """Return who holds the lock that the import waits for now: core.waits.holders.Holder."""
        return self._operation.holders[0].as_json() if self._operation.is_waiting else None


def cancelled_by(name: str) -> ImportCancelled:
    return ImportCancelled(messages.CANCELLED(cancelled_by=name))
