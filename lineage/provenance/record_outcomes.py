"""The fate of every record of an import, with the record as it stood in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from core.messages import Message
from imports.errors import ReservedTable, UnknownTable, UntrackedTable
from imports.history.retention_marks import KEPT_RECORDS, purged_message
from imports.history.undo_notes import note_on_undone_import
from imports.models import ImportHistory, ImportStatus, Outcome
from imports.tables.catalog import describe
from imports.tables.queries.record_outcomes import RecordOutcome, RecordOutcomePages, row_ids
from lineage.provenance import messages
from lineage.provenance.source_records import (
    SourceRecord,
    as_object,
    header_of,
    source_records,
)


class RecordOutcomes:
    """One import's records by number, or those of one fate. Counts and slices as a list does."""

    def __init__(self, record: ImportHistory, fate: str | None = None, *, include_original: bool = False) -> None:
        """include_original: what inserted records were in the file too, which has to be read once more for that."""
        self._record = record
        self._table = _data_table(record.table_name)
        self._include_original = include_original
        numbered = "header" in (record.mapping_config or {})  # our own line numbers every record
        self._fates = RecordOutcomePages(
            record.pk,
            self._table if record.is_active else None,
            fate,
            last_number=record.total_rows_in_file if numbered else None,
        )

    def __len__(self) -> int:
        return self._fates.count()

    def count(self) -> int:
        return self._fates.count()

    def __getitem__(self, window: slice) -> list[dict[str, Any]]:
        found = self._fates[window]
        rows, sources = self._matched_rows(found), self._sources(found)
        header = header_of(self._record)
        return [_shown(one, header, rows, sources) for one in found]

    def _matched_rows(self, found: Sequence[RecordOutcome]) -> dict[tuple[UUID, int], dict[str, Any]]:
        """The rows that duplicates were equal to, where they stand."""
        matches = {_match(one) for one in found} - {None}
        if not matches or self._table is None:
            return {}
        ids = row_ids(self._table, [match for match in matches if match])
        return {match: {"table_name": self._table, "row_id": row_id} for match, row_id in ids.items()}

    def _sources(self, found: Sequence[RecordOutcome]) -> dict[int, SourceRecord]:
        """Inserted records by number, as they stand in the file. Raises SourceUnavailable."""
        numbers = [one.record_number for one in found if one.fate == Outcome.INSERTED and one.record_number]
        if not numbers or not self._include_original:
            return {}
        with source_records(self._record) as records:
            read = ((number, records.find(number)) for number in numbers)
            return {number: one for number, one in read if one}


def _data_table(name: str) -> str | None:
    try:
        return describe(name).name
    except (UnknownTable, ReservedTable, UntrackedTable):
        return None


def _match(one: RecordOutcome) -> tuple[UUID, int] | None:
    if one.matched_import_id is None or one.matched_record_number is None:
        return None
    return one.matched_import_id, one.matched_record_number


def _shown(
    one: RecordOutcome,
    header: list[str],
    rows: dict[tuple[UUID, int], dict[str, Any]],
    sources: dict[int, SourceRecord],
) -> dict[str, Any]:
    source = sources.get(one.record_number or 0)
    kept = None if one.original is None else json.loads(bytes(one.original))
    cells = source.cells if source else kept
    match = _match(one)
    return {
        "record_number": one.record_number,
        "outcome": one.fate,
        "fate": one.fate,  # the earlier name, for programs that read it
        "location": one.location or (source and source.location),
        "reason_code": one.reason_code,
        "reason": one.reason,
        "original": None if cells is None else as_object(header, cells, one.reason_code),
        "row_id": one.row_id,
        "matched_import_id": one.matched_import_id,
        "matched_record_number": one.matched_record_number,
        "matched_row": rows.get(match) if match else None,
    }


def note_on(record: ImportHistory) -> str | None:
    """Why there are no inserted records, or no others, where somebody may look for them."""
    return " ".join(str(said) for said in (_without_rows(record), purged_message(record, KEPT_RECORDS)) if said) or None


def _without_rows(record: ImportHistory) -> Message | None:
    if record.status == ImportStatus.FAILED:
        return messages.NOTHING_INSERTED()
    if record.status == ImportStatus.IN_PROGRESS:
        return messages.RECORDS_OF_RUNNING()
    return note_on_undone_import(record)
