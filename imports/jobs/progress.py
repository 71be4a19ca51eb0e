"""How far an import is, told to whoever watches while its transaction is not yet to be seen, and asked to stop."""

from __future__ import annotations

import threading
from types import TracebackType
from uuid import UUID

from django.db import connection
from django.db.utils import InterfaceError, OperationalError
from django.utils import timezone

from imports.errors import ImportCancelled
from imports.jobs import messages
from imports.loading.progress_hook import COMMITTING
from imports.models import ImportTask

EVERY_SECONDS = 0.5
DOWNLOAD_PERCENT = 30  # of an import whose file has to be downloaded first
DONE_BUT_COMMIT = 99


class ProgressReporter:
    """In a `with` block: writes to the task, from a thread and connection of its own, what `tell` and `received` say.

    So nobody waits: neither the import for the row, nor the row for the import's commit.
    """

    def __init__(self, task_id: UUID, size: int) -> None:
        """size: bytes of the file."""
        self._task_id = task_id
        self._size = size
        self._begin = 0.0  # percent that the phases before took
        self._phase = ""
        self._percent = 0.0
        self._records = self._bytes = 0
        self._cancelled_by = ""
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="progress", daemon=True)

    def __enter__(self) -> ProgressReporter:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._is_over.set()
        self._thread.join()

    def received(self, size: int) -> None:
        """Bytes of the file so far. Raises ImportCancelled."""
        self._stop_where_cancelled()
        self._enter("downloading")
        self._bytes = size
        self._advance(size / max(self._size, 1), DOWNLOAD_PERCENT)

    def tell(self, phase: str, records: int, total: int) -> None:
        """imports.loading.progress_hook.Progress. Raises ImportCancelled."""
        if phase == COMMITTING:
            self._decide()
            return
        self._stop_where_cancelled()
        self._enter(phase)
        if phase == "waiting":
            return
        self._records = records
        share = records / total if total else 0.0
        self._bytes = max(self._bytes, round(share * self._size))  # a long file is loaded while it is read
        self._advance(share, (100 + self._begin) / 2 if phase == "reading" else DONE_BUT_COMMIT)

    def _enter(self, phase: str) -> None:
        if phase != self._phase:
            self._phase, self._begin = phase, self._percent

    def _advance(self, share: float, end: float) -> None:
        """share: of the phase, 0 to 1; it ends at so many percent. What begins anew does not go back."""
        self._percent = max(self._percent, self._begin + min(share, 1.0) * (end - self._begin))

    def _stop_where_cancelled(self) -> None:
        if self._cancelled_by:
            raise cancelled_by(self._cancelled_by)

    def _decide(self) -> None:
        """In the import's transaction: who cancels from now on waits for its end, and finds it done."""
        task = ImportTask.objects.select_for_update().filter(pk=self._task_id)
        self._cancelled_by = task.values_list("cancelled_by", flat=True).get()
        self._stop_where_cancelled()

    def _write_on(self) -> None:
        try:
            while not self._is_over.wait(EVERY_SECONDS):
                self._write()
        finally:
            connection.close()

    def _write(self) -> None:
        try:
            task = ImportTask.objects.filter(pk=self._task_id)
            task.update(
                phase=self._phase, percent=int(self._percent), records_done=self._records, bytes_done=self._bytes,
                told_at=timezone.now(),
            )  # fmt: skip
            self._cancelled_by = task.values_list("cancelled_by", flat=True).first() or ""
        except (OperationalError, InterfaceError):  # the server restarts: the import itself will notice
            connection.close()


def cancelled_by(name: str) -> ImportCancelled:
    return ImportCancelled(messages.CANCELLED(cancelled_by=name))
