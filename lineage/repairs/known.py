"""What is known of the records that are repaired: their texts in the file, what became of them, earlier repairs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa

from core.errors import BadRequest
from core.messages import Sentence
from imports.conversion.stored_plan import StoredPlan
from imports.errors import HistoryPurged, SourceUnavailable
from imports.extraction import Work
from imports.models import ImportHistory, Outcome
from imports.readers import messages as readers
from lineage.provenance.source_records import source_extraction
from lineage.repairs import messages, queries

#: Of the errors that a reader finds: those of texts are found again whenever they are typed.
READ_ERRORS = sorted(one.code for one in vars(readers).values() if isinstance(one, Sentence))

_FILTERED = str(Outcome.FILTERED)

Cells = list[str | None]


class Entry(NamedTuple):
    """One cell of a record as a repair has changed it."""

    text: str | None
    by: str
    reason: str | None


@dataclass(slots=True)
class Known:
    """One record."""

    number: int
    outcome: str  # of Outcome, as it is now
    original: bytes  # what its file has: a JSON list of texts and nulls, as KeptRecord keeps it
    mapped: bytes | None
    location: str
    cells: Cells  # the same, as the mapping saw it
    read_errors: list[dict[str, Any]] = field(default_factory=list)  # of its file alone
    values: dict[str, Entry] = field(default_factory=dict)  # final values by column, of earlier repairs
    texts: dict[int, Entry] = field(default_factory=dict)  # texts by position in the file, of earlier repairs
    attempts: int = 0
    is_repaired: bool = False  # whether it has a RepairedRecord

    def text_at(self, position: int) -> str | None:
        """Return the text of a position in the file, as a repair has changed it."""
        if position in self.texts:
            return self.texts[position].text
        return self.cells[position] if position < len(self.cells) else None

    def changed(
        self, values: Mapping[str, Entry], texts: Mapping[int, Entry], sources: Mapping[int, Sequence[str]]
    ) -> Known:
        """Return it with cells changed. A text takes the place of final values that were made of it before.

        sources: position → the columns that are filled from it.
        """
        if not self.values and not self.texts:
            return self.with_repairs(dict(values), dict(texts))
        replaced = {column for position in texts for column in sources.get(position, ())}
        remaining = {column: entry for column, entry in self.values.items() if column not in replaced}
        return self.with_repairs({**remaining, **values}, {**self.texts, **texts} if self.texts else dict(texts))

    def with_repairs(self, values: dict[str, Entry], texts: dict[int, Entry]) -> Known:
        """Return it with these repairs, and no others."""
        return Known(
            self.number, self.outcome, self.original, self.mapped, self.location, self.cells, self.read_errors,
            values, texts, self.attempts, self.is_repaired,
        )  # fmt: skip


def known_records(record: ImportHistory, stored: StoredPlan, numbers: Sequence[int]) -> dict[int, Known]:
    """Return the records by number, rising. numbers: rising.

    Raises BadRequest where a filter excluded one, HistoryPurged, and SourceUnavailable where one has to be read from
    the file, which is not kept.
    """
    import_id = record.pk
    found: dict[int, Known] = {}
    kept = queries.kept_records(import_id, numbers)
    texts = json.loads(b"[" + b",".join([bytes(mapped or original) for *_, original, mapped in kept]) + b"]")
    for (number, outcome, location, original, mapped), cells in zip(kept, texts, strict=True):
        if outcome == _FILTERED:
            raise BadRequest(messages.REPAIR_OF_FILTERED(record=number), record_number=number)
        found[number] = Known(number, outcome, bytes(original), mapped and bytes(mapped), location, cells)
    updated = queries.updating_records(import_id, numbers)
    repaired = queries.repaired_records(import_id, numbers)
    for number, location, original, mapped, read_errors in repaired:
        if original is None:
            raise HistoryPurged(
                messages.REPAIR_OF_PURGED(detail="the texts of repaired rows"), import_id=str(import_id)
            )
        one = found.get(number) or _known(
            number, Outcome.UPDATED if number in updated else Outcome.INSERTED, bytes(original),
            mapped and bytes(mapped), location,
        )  # fmt: skip
        one.is_repaired, one.read_errors = True, json.loads(read_errors) if read_errors else []
        found[number] = one
    absent = [number for number in numbers if number not in found]
    for number, original, mapped, location in _from_file(record, absent):
        outcome = Outcome.UPDATED if number in updated else Outcome.INSERTED
        found[number] = _known(number, outcome, original, mapped, location)
    for number, error in queries.errors_with_codes(import_id, numbers, READ_ERRORS):
        if not found[number].is_repaired:
            found[number].read_errors.append(error)
    _add_repairs(import_id, stored, found, numbers)
    return {number: found[number] for number in numbers}


def _known(number: int, outcome: str, original: bytes, mapped: bytes | None, location: str) -> Known:
    return Known(number, str(outcome), original, mapped, location, json.loads(mapped or original))


def _add_repairs(import_id: UUID, stored: StoredPlan, found: dict[int, Known], numbers: Sequence[int]) -> None:
    """Add what repairs that are not undone have changed, the last of each cell."""
    sources = columns_of_positions(stored)
    for number, attempts in queries.attempts(import_id, numbers):
        found[number].attempts = attempts
    for number, by, reason, values, texts in queries.taken_repairs(import_id, numbers):
        own_texts = {int(at): entry for at, entry in entries(json.loads(texts) if texts else {}, by, reason).items()}
        own_values = entries(json.loads(values) if values else {}, by, reason)
        found[number] = found[number].changed(own_values, own_texts, sources)


def entries(texts: Mapping[Any, str | None], by: str, reason: str | None) -> dict[Any, Entry]:
    return {key: Entry(text, by, reason) for key, text in texts.items()}


def columns_of_positions(stored: StoredPlan) -> dict[int, list[str]]:
    """Return position in the source → the columns of the table that are filled from it."""
    found: dict[int, list[str]] = {}
    for column in stored.plan.columns:
        found.setdefault(column.source, []).append(column.name)
    return found


def _from_file(record: ImportHistory, numbers: Sequence[int]) -> Iterable[tuple[int, bytes, bytes | None, str]]:
    """Yield number, original, mapped and location of records, read from the kept file up to the last of them."""
    if not numbers:
        return
    try:
        with source_extraction(record, work=Work.IMPORT) as extraction:
            with closing(extraction.read()) as reading:
                for so_far in reading:
                    if so_far.records >= numbers[-1]:
                        break
            columns = len((record.mapping_config or {}).get("header") or ())
            for first, last in extraction.record_ranges():
                of_range = [number for number in numbers if first <= number <= last]
                if of_range:
                    yield from _of_batch(extraction.duplicates(of_range, columns, ""))
    except SourceUnavailable as error:
        message = messages.REPAIR_WITHOUT_FILE(records=len(numbers))
        raise SourceUnavailable(message, import_id=str(record.pk)) from error


def _of_batch(texts: pa.RecordBatch) -> Iterable[tuple[int, bytes, bytes | None, str]]:
    columns = (texts.column(name).to_pylist() for name in ("record_number", "original", "mapped", "location"))
    for number, original, mapped, location in zip(*columns, strict=True):
        yield number, original.encode(), mapped.encode() if mapped else None, location
