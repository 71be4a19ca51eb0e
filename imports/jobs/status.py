"""The status of a queued import: from its record, and from the progress that its worker reports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import TextChoices
from django.utils import timezone

from core.messages import Message
from core.waits.holders import holder_of
from imports.errors import ImportCancelled
from imports.history.labels import result
from imports.history.stored_messages import failure_of
from imports.jobs import messages
from imports.jobs.progress import MAX_PERCENT
from imports.jobs.tasks import is_worker_running
from imports.jobs.turns import imports_before, job_before_into_table
from imports.models import ImportHistory, ImportStatus, ImportTask

SILENT_SECONDS = 15.0  # without a progress report, after which a worker may have stopped
MIN_ESTIMATE_PERCENT = 2  # from which on the remaining time is estimated


class TaskStatus(TextChoices):
    """`status` of /tasks/{task_id}."""

    PENDING = "pending"  #: waits for a worker
    PROCESSING = "processing"  #: a worker runs it
    COMPLETED = "completed"  #: rows imported, or duplicates
    FAILED = "failed"  #: nothing was imported
    CANCELLED = "cancelled"  #: a user cancelled it


@dataclass(frozen=True)
class TaskState:
    """The status of a queued import at one moment."""

    task: ImportTask
    status: TaskStatus
    percent: int
    message: Message
    phase: str
    records: int  # read or loaded so far, depending on the phase
    bytes_done: int
    bytes_total: int | None
    records_per_second: int | None
    seconds_left: int | None
    waiting_for: dict[str, Any] | None  # who holds what it waits for: core.waits.holders.Holder
    imports_before: int | None = None  # waiting imports that are served before it; None: it does not wait, or unknown

    @property
    def is_done(self) -> bool:
        return self.status not in (TaskStatus.PENDING, TaskStatus.PROCESSING)


def describe(task: ImportTask) -> TaskState:
    return TaskState(
        task, status_of(task), percent_of(task), message_of(task), task.phase, task.records_done, task.bytes_done,
        task.import_record.file_size_bytes, rate_of(task), seconds_left(task),
        task.waiting_for if status_of(task) == TaskStatus.PROCESSING else None,
    )  # fmt: skip


def describe_in_detail(task: ImportTask) -> TaskState:
    """Describe a task, with what it waits for. This reads the queue: use it for one import, not for lists."""
    state = describe(task)
    if state.status != TaskStatus.PENDING or task.cancelled_by:
        return state
    return replace(state, message=_what_it_waits_for(task), imports_before=imports_before(task.job_id))


def state_of(record: ImportHistory, describe_task: Callable[[ImportTask], TaskState] = describe) -> TaskState | None:
    """Return the status of an import that was queued; None if it was not."""
    task = getattr(record, "task", None)
    return describe_task(task) if task else None


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
    record, status = task.import_record, status_of(task)
    if status == TaskStatus.COMPLETED:
        return result(record)
    if status in (TaskStatus.FAILED, TaskStatus.CANCELLED):
        return failure_of(record) or messages.FAILED_WITHOUT_REASON()
    if task.cancelled_by:
        sentence = messages.BEING_CANCELLED_WORKER_SILENT if _is_silent(task) else messages.BEING_CANCELLED
        return sentence(cancelled_by=task.cancelled_by)
    if status == TaskStatus.PENDING:
        return messages.WAITS_IN_QUEUE()
    if _is_silent(task):
        return messages.WORKER_SILENT()
    if task.waiting_for:
        return messages.WAITS_FOR_HOLDER(holder=holder_of(task.waiting_for).as_message().as_json())
    return _PHASES.get(task.phase, messages.TAKEN_UP)()


def _what_it_waits_for(task: ImportTask) -> Message:
    record = task.import_record
    if not is_worker_running():
        return messages.NO_WORKER_RUNS()
    first = _import_before(task)
    if first:
        return messages.WAITS_FOR_IMPORT_INTO_TABLE(
            import_id=str(first.pk), file_name=first.file_name, table=record.table_name
        )
    if record.file_hash is None:
        return messages.WAITS_FOR_WORKER_WITH_B2()
    return messages.WAITS_FOR_WORKER()


def _import_before(task: ImportTask) -> ImportHistory | None:
    """Return the import that runs into the same table, or the first that is served before; None if there is none."""
    before = ImportTask.objects.filter(job_id=job_before_into_table(task.job_id))
    first = before.exclude(job_id=None).exclude(pk=task.pk).select_related("import_record").first()
    return first.import_record if first else None


_PHASES = {
    "downloading": messages.DOWNLOADING,
    "reading": messages.READING,
    "loading": messages.LOADING,
    "waiting": messages.WAITS_FOR_TABLE,
    "finishing": messages.FINISHING,
}


def rate_of(task: ImportTask) -> int | None:
    """Return rows per second since a worker started the import; None before its first report."""
    seconds = _seconds_so_far(task)
    return round(task.records_done / seconds) if seconds and task.records_done else None


def seconds_left(task: ImportTask) -> int | None:
    seconds = _seconds_so_far(task)
    can_estimate = MIN_ESTIMATE_PERCENT <= task.percent < MAX_PERCENT
    if status_of(task) != TaskStatus.PROCESSING or task.waiting_for or not seconds or not can_estimate:
        return None
    return round(seconds * (100 - task.percent) / task.percent)


def _seconds_so_far(task: ImportTask) -> float:
    """Return the seconds from the start to the worker's last report."""
    if not (task.started_at and task.told_at):
        return 0.0
    return max(0.0, (task.told_at - task.started_at).total_seconds())


def _is_silent(task: ImportTask) -> bool:
    last_report: datetime | None = task.told_at or task.started_at
    return last_report is not None and timezone.now() - last_report > timedelta(seconds=SILENT_SECONDS)
