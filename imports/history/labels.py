"""Labels for the status of an import and for its user."""

from __future__ import annotations

from core.formatting import counted
from core.messages import Message
from imports.errors import ImportCancelled
from imports.history import messages
from imports.models import ImportHistory, ImportStatus

UNDONE, WAITING, CANCELLED, WITH_ERRORS, NOTHING_NEW = "undone", "waiting", "cancelled", "with_errors", "nothing_new"
#: Labels by status; those that are no status of an import are more specific than the stored one.
OUTCOMES = {
    **{status.value: str(status.label) for status in ImportStatus},
    WAITING: "Queued",
    CANCELLED: "Cancelled",
    WITH_ERRORS: "Imported with errors",
    NOTHING_NEW: "Nothing new",
    UNDONE: "Undone",
}


def outcome(record: ImportHistory) -> str:
    """Return the key of OUTCOMES for an import."""
    if record.undone_at:
        return UNDONE
    if record.status == ImportStatus.FAILED and record.error_code == ImportCancelled.code:
        return CANCELLED
    if record.status == ImportStatus.SUCCESS:
        return _outcome_of_success(record)
    return WAITING if _waits(record) else record.status


def _outcome_of_success(record: ImportHistory) -> str:
    if record.rows_inserted == 0 and not record.rows_updated:
        return NOTHING_NEW
    return WITH_ERRORS if record.mapping_errors_count else ImportStatus.SUCCESS


def outcome_label(record: ImportHistory) -> str:
    """Return the status in words, with the numbers that make it more than “Imported”."""
    key = outcome(record)
    if key == WITH_ERRORS:
        return f"Imported with {counted(record.mapping_errors_count or 0, 'error')}"
    if key == NOTHING_NEW:
        return f"Nothing new: {skipped_in_words(*_skipped(record)) or 'no rows in the file'}"
    if key == ImportStatus.SUCCESS and record.rows_updated:
        return "Imported, updated" if record.rows_inserted else "Updated"
    return OUTCOMES[key]


def result(record: ImportHistory) -> Message:
    """Return the result of a finished import in numbers."""
    duplicates, rejected, filtered = _skipped(record)
    numbers = {
        "table": record.table_name, "duplicates": duplicates, "rejected": rejected, "filtered": filtered,
        "errors": record.mapping_errors_count or 0,
    }  # fmt: skip
    if record.rows_updated:
        loaded = {"inserted": record.rows_inserted or 0, "updated": record.rows_updated}
        return messages.RECORDS_UPDATED(**loaded, records=record.total_rows_in_file, **numbers)
    if not record.rows_inserted:
        return messages.NOTHING_NEW(**numbers)
    return messages.RECORDS_IMPORTED(inserted=record.rows_inserted, records=record.total_rows_in_file, **numbers)


def _skipped(record: ImportHistory) -> tuple[int, int, int]:
    """Return the numbers of duplicates, rejected and filtered rows; other programs may record only their sum."""
    duplicates, filtered = record.duplicates_found or 0, record.rows_filtered or 0
    return duplicates, (record.rows_skipped or 0) - duplicates - filtered, filtered


def skipped_in_words(duplicates: int, rejected: int, filtered: int) -> str:
    """Return the skipped rows by outcome: “3 duplicates, 1 rejected”; empty for none."""
    parts = (counted(duplicates, "duplicate"), f"{rejected:,} rejected", f"{filtered:,} filtered")
    numbers = (duplicates, rejected, filtered)
    return ", ".join(part for number, part in zip(numbers, parts, strict=True) if number)


def _waits(record: ImportHistory) -> bool:
    """Return whether the import waits for a worker; False if its task was not read together with the record."""
    if record.status != ImportStatus.IN_PROGRESS or not ImportHistory.task.related.is_cached(record):
        return False
    task = getattr(record, "task", None)
    return task is not None and task.started_at is None


def actor(record: ImportHistory) -> str:
    """Return the user of an import: email address, user name, id or “unknown”."""
    return record.user_email or getattr(record, "user_name", None) or record.user_id or "unknown"
