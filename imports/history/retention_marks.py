"""What retention took from an import, and when: a mark in its metadata, {"forgotten": {"source_file": "2026-…Z"}}.

The history stays, so whoever looks for the detail is told that it is gone, not that there was none.
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
SOURCE_FILE = "source_file"
KEPT_RECORDS = "kept_records"
MAPPING_ERRORS = "mapping_errors"

_SENTENCES = {
    SOURCE_FILE: messages.SOURCE_FILE_FORGOTTEN,
    KEPT_RECORDS: messages.KEPT_RECORDS_FORGOTTEN,
    MAPPING_ERRORS: messages.MAPPING_ERRORS_FORGOTTEN,
}


def mark_purged(import_ids: Iterable[UUID], detail: str, at: datetime) -> None:
    """The first time counts: what is forgotten in several batches has one mark."""
    with transaction.atomic():
        found = ImportHistory.objects.select_for_update(no_key=True).filter(pk__in=import_ids)
        for record in found.only("pk", "metadata").order_by("pk"):
            marks = purged_at(record)
            if detail not in marks:
                marks[detail] = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                ImportHistory.objects.filter(pk=record.pk).update(metadata={**(record.metadata or {}), KEY: marks})


def purged_at(record: ImportHistory) -> dict[str, str]:
    """What of the import is forgotten → when, ISO 8601 with Z."""
    return dict((record.metadata or {}).get(KEY) or {})


def purged_message(record: ImportHistory, *details: str) -> Message | None:
    """Return that some of these details were deleted, and when; None where none was."""
    marks = purged_at(record)
    said = [
        _SENTENCES[detail](day=marks[detail][:10], time=marks[detail][11:16]) for detail in details if detail in marks
    ]
    return reduce(_both, said) if said else None


def _both(first: Message, second: Message) -> Message:
    return messages.BOTH_FORGOTTEN(first=first.as_json(), second=second.as_json())


def refuse_purged(record: ImportHistory, *details: str) -> None:
    """Raises Forgotten where any of these details is."""
    message = purged_message(record, *details)
    if message:
        raise Forgotten(message, import_id=str(record.pk), forgotten=purged_at(record))


def kept_source_of(record: ImportHistory) -> str:
    """The SHA-256 of the import's kept file. Raises SourceUnavailable, which says why there is none."""
    if not record.file_hash:
        raise SourceUnavailable(messages.SOURCE_FILE_NOT_KEPT())
    if not is_kept(record.file_hash):
        raise SourceUnavailable(purged_message(record, SOURCE_FILE) or NOT_STORED)
    return record.file_hash
