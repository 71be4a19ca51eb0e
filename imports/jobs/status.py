"""What is to be said of a queued import: from what its worker told, and from its record, which has the last word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import TextChoices
from django.utils import timezone

from core.messages import Message
from imports.errors import ImportCancelled
from imports.history.stored_messages import failure_of
from imports.jobs import messages
from imports.jobs.progress import DONE_BUT_COMMIT
from imports.jobs.tasks import a_worker_runs
from imports.models import ImportHistory, ImportStatus, ImportTask

SILENT_SECONDS = 15.0  # after which a worker that says nothing may be gone
TELLING_PERCENT = 2  # from which on the time that is left can be told


class TaskStatus(TextChoices):
    """`status` of /tasks/{task_id}."""

    PENDING = "pending"  #: waits for a worker
    PROCESSING = "processing"  #: a worker has it
    COMPLETED = "completed"  #: rows loaded, or duplicates
    FAILED = "failed"  #: nothing was loaded
    CANCELLED = "cancelled"  #: somebody stopped it


@dataclass(frozen=True)
class TaskState:
    """All that is to be said of a queued import at one moment."""

    task: ImportTask
    status: TaskStatus
    percent: int
    message: Message
    phase: str
    records: int  # that were read or loaded so far, whichever the phase is about
    bytes_done: int
    bytes_total: int | None
    records_per_second: int | None
    seconds_left: int | None

    @property
    def is_done(self) -> bool:
        return self.status not in (TaskStatus.PENDING, TaskStatus.PROCESSING)


def describe(task: ImportTask) -> TaskState:
    return TaskState(
        task, status_of(task), percent_of(task), message_of(task), task.phase, task.records_done, task.bytes_done,
        task.import_record.file_size_bytes, rate_of(task), seconds_left(task),
    )  # fmt: skip


def describe_closely(task: ImportTask) -> TaskState:
    """As describe, with a look at the queue for what it waits for: of one import, not of each in a list."""
    state = describe(task)
    if state.status != TaskStatus.PENDING or task.cancelled_by:
        return state
    return replace(state, message=_what_it_waits_for(task))


def state_of(record: ImportHistory, look: Callable[[ImportTask], TaskState] = describe) -> TaskState | None:
    """How far an import is that a worker has or is still to have; None where none ever was to have it."""
    task = getattr(record, "task", None)
    return look(task) if task else None


def status_of(task: ImportTask) -> TaskStatus:
    status = task.import_record.status
    if status == ImportStatus.IN_PROGRESS:
        return TaskStatus.PROCESSING if task.started_at else TaskStatus.PENDING
    if status == ImportStatus.FAILED:
        was_stopped = task.import_record.error_code == ImportCancelled.code
        return TaskStatus.CANCELLED if was_stopped else TaskStatus.FAILED
    return TaskStatus.COMPLETED


def percent_of(task: ImportTask) -> int:
    return 100 if status_of(task) == TaskStatus.COMPLETED else task.percent


def message_of(task: ImportTask) -> Message:
    found, status = task.import_record, status_of(task)
    if status == TaskStatus.COMPLETED:
        return messages.RECORDS_IN_TABLE(
            inserted=found.rows_inserted, records=found.total_rows_in_file, table=found.table_name
        )
    if status in (TaskStatus.FAILED, TaskStatus.CANCELLED):
        return failure_of(found) or messages.FAILED_WITHOUT_REASON()
    if task.cancelled_by:
        sentence = messages.BEING_CANCELLED_WORKER_SILENT if _is_silent(task) else messages.BEING_CANCELLED
        return sentence(cancelled_by=task.cancelled_by)
    if status == TaskStatus.PENDING:
        return messages.WAITS_IN_QUEUE()
    if _is_silent(task):
        return messages.WORKER_SILENT()
    return _PHASES.get(task.phase, messages.TAKEN_UP)()


def _what_it_waits_for(task: ImportTask) -> Message:
    found = task.import_record
    if not a_worker_runs():
        return messages.NO_WORKER_RUNS()
    if _is_behind_another(task):
        return messages.WAITS_FOR_IMPORT_INTO_TABLE(table=found.table_name)
    if found.file_hash is None:
        return messages.WAITS_FOR_WORKER_WITH_B2()
    return messages.WAITS_FOR_WORKER()


def _is_behind_another(task: ImportTask) -> bool:
    return ImportTask.objects.filter(
        queued_at__lt=task.queued_at,
        import_record__table_name=task.import_record.table_name,
        import_record__status=ImportStatus.IN_PROGRESS,
    ).exists()


_PHASES = {
    "downloading": messages.DOWNLOADING,
    "reading": messages.READING,
    "loading": messages.LOADING,
    "waiting": messages.WAITS_FOR_TABLE,
    "finishing": messages.FINISHING,
}


def rate_of(task: ImportTask) -> int | None:
    """Records a second since a worker took it up; None where nothing was told yet."""
    seconds = _seconds_so_far(task)
    return round(task.records_done / seconds) if seconds and task.records_done else None


def seconds_left(task: ImportTask) -> int | None:
    seconds = _seconds_so_far(task)
    is_telling = TELLING_PERCENT <= task.percent < DONE_BUT_COMMIT
    if status_of(task) != TaskStatus.PROCESSING or not seconds or not is_telling:
        return None
    return round(seconds * (100 - task.percent) / task.percent)


def _seconds_so_far(task: ImportTask) -> float:
    """Up to when the worker last told."""
    if not (task.started_at and task.told_at):
        return 0.0
    return max(0.0, (task.told_at - task.started_at).total_seconds())


def _is_silent(task: ImportTask) -> bool:
    last: datetime | None = task.told_at or task.started_at
    return last is not None and timezone.now() - last > timedelta(seconds=SILENT_SECONDS)
