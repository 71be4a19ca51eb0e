"""What became of an import and who imported it, as a person reads it."""

from __future__ import annotations

from imports.errors import ImportCancelled
from imports.models import ImportHistory, ImportStatus

UNDONE, WAITING, CANCELLED = "undone", "waiting", "cancelled"
#: What became of an import: its status, or what else there is to say of it.
OUTCOMES = {
    **{status.value: str(status.label) for status in ImportStatus},
    WAITING: "Queued",
    CANCELLED: "Cancelled",
    UNDONE: "Undone",
}


def outcome(record: ImportHistory) -> str:
    """One of OUTCOMES."""
    if record.undone_at:
        return UNDONE
    if record.status == ImportStatus.FAILED and record.error_code == ImportCancelled.code:
        return CANCELLED
    return WAITING if _waits(record) else record.status


def _waits(record: ImportHistory) -> bool:
    """For a worker, where the task was read together with the record."""
    if record.status != ImportStatus.IN_PROGRESS or not ImportHistory.task.related.is_cached(record):
        return False
    task = getattr(record, "task", None)
    return task is not None and task.started_at is None


def actor(record: ImportHistory) -> str:
    """The user of an import, as well as it is known."""
    return record.user_email or getattr(record, "user_name", None) or record.user_id or "unknown"
