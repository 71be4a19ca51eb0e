"""Labels for the status of an import and for its user."""

from __future__ import annotations

from imports.errors import ImportCancelled
from imports.models import ImportHistory, ImportStatus

UNDONE, WAITING, CANCELLED = "undone", "waiting", "cancelled"
#: Labels by status; `waiting`, `cancelled` and `undone` are more specific than the stored status.
OUTCOMES = {
    **{status.value: str(status.label) for status in ImportStatus},
    WAITING: "Queued",
    CANCELLED: "Cancelled",
    UNDONE: "Undone",
}


def outcome(record: ImportHistory) -> str:
    """Return the key of OUTCOMES for an import."""
    if record.undone_at:
        return UNDONE
    if record.status == ImportStatus.FAILED and record.error_code == ImportCancelled.code:
        return CANCELLED
    return WAITING if _waits(record) else record.status


def _waits(record: ImportHistory) -> bool:
    """Return whether the import waits for a worker; False if its task was not read together with the record."""
    if record.status != ImportStatus.IN_PROGRESS or not ImportHistory.task.related.is_cached(record):
        return False
    task = getattr(record, "task", None)
    return task is not None and task.started_at is None


def actor(record: ImportHistory) -> str:
    """Return the user of an import: email address, user name, id or “unknown”."""
    return record.user_email or getattr(record, "user_name", None) or record.user_id or "unknown"
