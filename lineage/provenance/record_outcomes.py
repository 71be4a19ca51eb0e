"""The outcome of every row of an import, with its original values."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from core.messages import Message
from imports.errors import ReservedTable, UnknownTable, UntrackedTable
from imports.extraction.results import SourceRecord
from imports.history.retention_marks import KEPT_RECORDS, purged_message
from imports.history.undo_notes import note_on_undone_import
from imports.loading.duplicate_differences import MatchedRow, key_of, matched_rows
from imports.models import ImportHistory, ImportStatus, Outcome
from imports.tables.catalog import describe
from imports.tables.queries.record_outcomes import RecordOutcome, RecordOutcomePages
from lineage.provenance import messages
from lineage.provenance.source_records import (
    as_object,
    header_of,
    source_extraction,
)


class RecordOutcomes:
    """The rows of an import by number, optionally of one outcome. Supports len, count and slices."""

    def __init__(self, record: ImportHistory, fate: str | None = None, *, include_original: bool = False) -> None:
        """include_original: also the originals of imported rows, which are read from the source file."""
        self._record = record
        self._table = _data_table(record.table_name)
        self._include_original = include_original
        numbered = "header" in (record.mapping_config or {})  # only imports by Content Atlas number every row
        self._pages = RecordOutcomePages(
            record.pk,
            self._table if record.is_active else None,
            fate,
            last_number=record.total_rows_in_file if numbered else None,
        )

    def __len__(self) -> int:
        return self._pages.count()

    def count(self) -> int:
        return self._pages.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        records = self._pages[window]
        matched, sources = self._matched(records), self._sources(records)
        header = header_of(self._record)
        return [
            _row_json(record, header, sources) | self._match_json(record, matched.get(record.record_number or 0))
            for record in records
        ]

    def _match_json(self, record: RecordOutcome, matched: MatchedRow | None) -> dict[str, Any]:
        differences = matched.differences if matched else None
        return {
            "matched_key": key_of(self._record) if record.fate == Outcome.DUPLICATE else None,
            "differs": None if differences is None else [one.column for one in differences],
            "matched_row": {"table_name": self._table, "row_id": matched.row_id} if matched else None,
        }

    def _matched(self, records: Sequence[RecordOutcome]) -> dict[int, MatchedRow]:
        """Return the existing row of each duplicate, by number."""
        return matched_rows(self._record, self._table, records) if self._table else {}

    def _sources(self, records: Sequence[RecordOutcome]) -> dict[int, SourceRecord]:
        """Return the originals of imported rows, and of those that updated one, by number. Raises SourceUnavailable."""
        loaded = (Outcome.INSERTED, Outcome.UPDATED)
        numbers = [record.record_number for record in records if record.fate in loaded and record.record_number]
        if not numbers or not self._include_original:
            return {}
        with source_extraction(self._record) as extraction:
            return dict(extraction.source_records(numbers))


def _data_table(name: str) -> str | None:
    try:
        return describe(name).name
    except (UnknownTable, ReservedTable, UntrackedTable):
        return None


def _row_json(record: RecordOutcome, header: list[str], sources: dict[int, SourceRecord]) -> dict[str, Any]:
    source = sources.get(record.record_number or 0)
    kept = None if record.original is None else json.loads(bytes(record.original))
    cells = source.cells if source else kept
    return {
        "record_number": record.record_number,
        "outcome": record.fate,
        "fate": record.fate,  # the earlier name, for programs that read it
        "location": record.location or (source and source.location),
        "reason_code": record.reason_code,
        "reason": record.reason,
        "original": None if cells is None else as_object(header, cells, record.reason_code),
        "row_id": record.row_id,
        "matched_import_id": record.matched_import_id,
        "matched_record_number": record.matched_record_number,
        "changes": record.changes(),
    }


def note_on(record: ImportHistory) -> str | None:
    """Return why there are no imported rows, or no skipped ones; None if all are listed."""
    return " ".join(str(note) for note in (_without_rows(record), purged_message(record, KEPT_RECORDS)) if note) or None


def _without_rows(record: ImportHistory) -> Message | None:
    if record.status == ImportStatus.FAILED:
        return messages.NOTHING_INSERTED()
    if record.status == ImportStatus.IN_PROGRESS:
        return messages.RECORDS_OF_RUNNING()
    return note_on_undone_import(record)
