"""What retention took from an import, and when: a mark in its metadata, {"forgotten": {"source_file": "2026-…Z"}}.

The history stays, so whoever looks for the detail is told that it is gone, not that there was none.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from django.db import transaction

from imports.errors import Forgotten, SourceUnavailable
from imports.models import ImportHistory
from imports.sources.kept_files import GONE, is_kept

KEY = "forgotten"
SOURCE_FILE = "source_file"
KEPT_RECORDS = "kept_records"
MAPPING_ERRORS = "mapping_errors"

_WORDS = {
    SOURCE_FILE: "The source file was",
    KEPT_RECORDS: "The records that did not become rows were",
    MAPPING_ERRORS: "The mapping errors were",
}


def mark_forgotten(import_ids: Iterable[UUID], detail: str, at: datetime) -> None:
    """The first time counts: what is forgotten in several batches has one mark."""
    with transaction.atomic():
        found = ImportHistory.objects.select_for_update(no_key=True).filter(pk__in=import_ids)
        for record in found.only("pk", "metadata").order_by("pk"):
            marks = forgotten(record)
            if detail not in marks:
                marks[detail] = at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
                ImportHistory.objects.filter(pk=record.pk).update(metadata={**(record.metadata or {}), KEY: marks})


def forgotten(record: ImportHistory) -> dict[str, str]:
    """What of the import is forgotten → when, ISO 8601 with Z."""
    return dict((record.metadata or {}).get(KEY) or {})


def sentence(record: ImportHistory, *details: str) -> str | None:
    """That some of these details were forgotten and when; None where none was."""
    marks = forgotten(record)
    said = [_said(detail, marks[detail]) for detail in details if detail in marks]
    return " ".join(said) or None


def _said(detail: str, at: str) -> str:
    return f"{_WORDS[detail]} forgotten on {at[:10]} at {at[11:16]} UTC, as the settings of retention say."


def refuse_forgotten(record: ImportHistory, *details: str) -> None:
    """Raises Forgotten where any of these details is."""
    said = sentence(record, *details)
    if said:
        raise Forgotten(said, import_id=str(record.pk), forgotten=forgotten(record))


def kept_source_of(record: ImportHistory) -> str:
    """The SHA-256 of the import's kept file. Raises SourceUnavailable, which says why there is none."""
    if not record.file_hash:
        raise SourceUnavailable("This import kept no source file.")
    if not is_kept(record.file_hash):
        raise SourceUnavailable(sentence(record, SOURCE_FILE) or GONE)
    return record.file_hash
