"""What retention deleted of an import, and when: a mark in its metadata, {"forgotten": {"source_file": "2026-…Z"}}.

The history stays, so that a request for the detail can be answered with “deleted” instead of “never existed”.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from uuid import UUID

from django.db import transaction

from core.messages import Message
from imports.errors import Forgotten, SourceUnavailable
from imports.history import messages
from imports.models import ImportHistory
from imports.sources.kept_files import NOT_STORED, is_kept

KEY = "forgotten"
COUNTS = "forgotten_counts"  # how many records were deleted: {"kept_records": 5000}
SOURCE_FILE = "source_file"
KEPT_RECORDS = "kept_records"
MAPPING_ERRORS = "mapping_errors"
ROW_VERSIONS = "row_versions"

_SENTENCES = {
    SOURCE_FILE: messages.SOURCE_FILE_FORGOTTEN,
    KEPT_RECORDS: messages.KEPT_RECORDS_FORGOTTEN,
    MAPPING_ERRORS: messages.MAPPING_ERRORS_FORGOTTEN,
    ROW_VERSIONS: messages.ROW_VERSIONS_FORGOTTEN,
}


def mark_purged(import_ids: Iterable[UUID], detail: str, at: datetime, count: int | None = None) -> int:
    """Mark a detail of these imports as deleted; return of how many it was not marked yet.

    count: the number of records that are deleted with this mark. A deletion in several batches has the mark of its
    first and the sum of their counts; one that began without counts, in an earlier version, has none.
    """
    newly = 0
    with transaction.atomic():
        records = ImportHistory.objects.select_for_update(no_key=True).filter(pk__in=import_ids)
        for record in records.only("pk", "metadata").order_by("pk"):
            marks, counts = purged_at(record), dict((record.metadata or {}).get(COUNTS) or {})
            if detail not in marks:
                newly += 1
                marks[detail] = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                counts |= {} if count is None else {detail: 0}
            if detail in counts:
                counts[detail] += count or 0
            metadata = {**(record.metadata or {}), KEY: marks, **({COUNTS: counts} if counts else {})}
            ImportHistory.objects.filter(pk=record.pk).update(metadata=metadata)
    return newly


def purged_at(record: ImportHistory) -> dict[str, str]:
    """Return the deleted details of the import → when they were deleted, ISO 8601 with Z."""
    return dict((record.metadata or {}).get(KEY) or {})


def purged_message(record: ImportHistory, *details: str) -> Message | None:
    """Return the message that these details were deleted, and when; None if none was."""
    marks = purged_at(record)
    notes = [
        _SENTENCES[detail](day=marks[detail][:10], time=marks[detail][11:16]) for detail in details if detail in marks
    ]
    return reduce(_both, notes) if notes else None


def _both(first: Message, second: Message) -> Message:
    return messages.BOTH_FORGOTTEN(first=first.as_json(), second=second.as_json())


def refuse_purged(record: ImportHistory, *details: str) -> None:
    """Raises Forgotten if any of these details was deleted."""
    message = purged_message(record, *details)
    if message:
        raise Forgotten(message, import_id=str(record.pk), forgotten=purged_at(record))


def kept_source_of(record: ImportHistory) -> str:
    """Return the SHA-256 of the import's stored source file. Raises SourceUnavailable, with the reason."""
    if not record.file_hash:
        raise SourceUnavailable(messages.SOURCE_FILE_NOT_KEPT())
    if not is_kept(record.file_hash):
        raise SourceUnavailable(purged_message(record, SOURCE_FILE) or NOT_STORED)
    return record.file_hash
