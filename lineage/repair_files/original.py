"""One record as the download of failed rows has it, and what differs from that in a row that is sent back."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.csv_writer import FORMULAS
from imports.errors import WHOLE_RECORD, ErrorCode
from imports.extraction.results import Cells
from imports.models import Outcome
from lineage.exports.failed_rows import TEXT_IN_ERROR
from lineage.exports.table import text_in_sheet
from lineage.provenance.source_records import under_header
from lineage.repair_files.rewrites import LOSSY, OF_PROGRAMS, Rewrite, rewritten
from lineage.repair_files.sent_file import SentRow
from lineage.repairs import RecordChange
from lineage.repairs.asked import before
from lineage.repairs.known import Known

#: Errors of records of which nothing under the header could be read, and of those that have values without a header.
RAW = (ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY)
_BEYOND = (*RAW, ErrorCode.BAD_QUOTING, ErrorCode.TOO_MANY_FIELDS)

LONG = 30_000  # characters, from which a sheet may cut a text


@dataclass(frozen=True)
class ImportColumns:
    """What is known of the import's columns."""

    header: Sequence[str]
    sources: Mapping[int, Sequence[str]]  # position -> columns of the table that are filled from it
    source_of: Mapping[str, int]  # column of the table -> position


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell that is not as it was."""

    text: str | None
    before: str | None
    rewrite: Rewrite | None  # how a program may have made one text of the other
    has_error: bool

    def is_repair(self, *, is_resaved: bool) -> bool:
        """Return whether a person changed it.

        What a program may have written is a repair only where the cell has an error, and no program has changed cells
        without an error in the file (is_resaved).
        """
        if self.rewrite is None:
            return True
        if not self.has_error or self.rewrite in LOSSY:
            return False
        return not (is_resaved and self.rewrite in OF_PROGRAMS)


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in one row."""

    cells: dict[int, Cell]
    is_whole: bool  # whether all cells count: values without a header were removed
    extra_edited: bool  # whether values without a header are still there, and others


class Original:
    """A record. errors: the columns of the table with an error, as mapping_errors names them."""

    def __init__(self, known: Known, columns: ImportColumns, errors: set[str]) -> None:
        self._known = known
        self._columns = columns
        self._errors = errors
        whole = (error["code"] for error in known.read_errors if error["field"] == WHOLE_RECORD)
        code = next(whole, None)
        cells, extra = under_header(columns.header, json.loads(known.original), code)
        self._is_raw = code in RAW
        self._extra = json.dumps(extra, ensure_ascii=False) if extra and code in _BEYOND else None
        self.cells: Cells = [cell or None for cell in self._with_error_texts(cells)]

    def difference(self, row: SentRow) -> Difference:
        own = self.cells
        differing = {position: text for position, text in row.texts.items() if text != own[position]}
        cells = {position: cell for position, text in differing.items() if (cell := self._cell(position, text))}
        if self._extra is None or not row.has_extra:
            return Difference(cells, is_whole=False, extra_edited=False)
        # The text of a record that could not be read is replaced by the cells that were written for it.
        is_whole = row.extra is None or (self._is_raw and bool(cells))
        is_edited = not is_whole and not _is_same(_plain(row.extra, self._extra), self._extra)
        return Difference(cells, is_whole, is_edited)

    def change(self, difference: Difference, number: int, *, is_resaved: bool) -> RecordChange | None:
        """Return the repair; None where nothing of the row is one."""
        repaired = {
            position: cell.text for position, cell in difference.cells.items() if cell.is_repair(is_resaved=is_resaved)
        }
        if not repaired and not difference.is_whole:
            return None
        texts = repaired
        if difference.is_whole:
            texts = {position: repaired.get(position, text) for position, text in enumerate(self.cells)}
        return RecordChange(number, texts=texts, expected_before=dict(self._expected(repaired)))

    def _cell(self, position: int, text: str | None) -> Cell | None:
        """Return the cell; None where it is as the file has it, or as it is now."""
        had = self.cells[position]
        plain = _plain(text, had)
        earlier = [had, self._now(position)] if self._is_repaired(position) else [had]
        if any(_is_same(plain, one) for one in earlier):
            return None
        rewrites = (rewritten(one, plain) for one in earlier if one and plain)
        return Cell(plain, had, next(filter(None, rewrites), None), self._has_error(position))

    def _has_error(self, position: int) -> bool:
        """Return whether the cell has an error, or had one that was repaired."""
        if WHOLE_RECORD in self._errors or self._is_repaired(position):
            return True
        if self._known.outcome == Outcome.REJECTED and not self._errors:
            return True
        named = {*self._columns.sources.get(position, ()), self._columns.header[position]}
        return bool(named & self._errors) or any(error["field"] in named for error in self._known.read_errors)

    def _is_repaired(self, position: int) -> bool:
        own = self._columns.sources.get(position, ())
        return position in self._known.texts or any(name in self._known.values for name in own)

    def _now(self, position: int) -> str | None:
        return before(self._known, self._key(position), self._columns.source_of) or None

    def _key(self, position: int) -> str | int:
        """Return the column that is filled from a position, a repaired one first; the position where none is."""
        own = self._columns.sources.get(position, ())
        return next((name for name in own if name in self._known.values), own[0] if own else position)

    def _expected(self, positions: Mapping[int, str | None]) -> Iterator[tuple[str | int, str | None]]:
        """Yield what the sender saw in the cells that change.

        A cell that was repaired, and has no error now, is not changed by a file that shows neither.
        """
        for position in positions:
            own = self._columns.sources.get(position, ())
            is_done = self._is_repaired(position) and not self._errors & {*own}
            yield self._key(position), self.cells[position] if is_done else self._now(position)

    def _with_error_texts(self, cells: Cells) -> Cells:
        """Return the cells with the texts that only the errors of their reader have, as the download shows them."""
        for error in self._known.read_errors:
            if error["code"] not in TEXT_IN_ERROR or error["field"] == WHOLE_RECORD:
                continue
            position = self._columns.source_of.get(error["column"] or "")
            if position is None and error["field"] in self._columns.header:
                position = list(self._columns.header).index(error["field"])
            if position is not None and position < len(cells) and cells[position] is None:
                cells[position] = error["value"]
        return cells


def _plain(text: str | None, had: str | None) -> str | None:
    """Return a text without the apostrophe that keeps a spreadsheet from running it as a formula."""
    if text and text != had and text[0] == "'" and text[1:].startswith(FORMULAS):
        return text[1:]
    return text


def _is_same(text: str | None, had: str | None) -> bool:
    """Return whether a cell has a text, as the formats and programs show it."""
    if text == had:
        return True
    if not text or not had:
        return False
    if text == f"'{had}":
        return True
    return (len(had) > LONG or bool(ILLEGAL_CHARACTERS_RE.search(had))) and text == text_in_sheet(had)
