"""The failed rows of an import: rejected rows, and rows imported with invalid values."""

from __future__ import annotations

import heapq
import json
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, Func, IntegerField, OuterRef, Q, QuerySet

from core.streamed_rows import streamed
from imports.errors import WHOLE_RECORD, ErrorCode
from imports.extraction.extraction import Extraction
from imports.extraction.results import Cells, SourceRecord
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS, refuse_purged
from imports.models import ImportHistory, KeptRecord, MappingError, Outcome, Repair, RepairResult
from imports.proposals.column import read_columns
from imports.proposals.expected import fits_in_words
from lineage.provenance.source_records import header_of, source_extraction, under_header

READ_AT_ONCE = 100  # rows of the file
FETCH_SIZE = 5_000  # kept rows fetched at a time
FETCH_BYTES = 16_000_000  # of kept rows fetched, or read, at a time; a single one may be larger

#: Errors of rejected rows that may have values without a header.
_BEYOND_HEADER = (
    ErrorCode.TOO_MANY_FIELDS, ErrorCode.BAD_QUOTING, ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY,
)  # fmt: skip
#: Errors of cells whose text is only in the error.
TEXT_IN_ERROR = (
    ErrorCode.EXCEL_ERROR_CELL, ErrorCode.FORMULA_WITHOUT_RESULT, ErrorCode.BAD_ENCODING, ErrorCode.UNSTORABLE_TEXT,
)  # fmt: skip


Entry = KeptRecord | MappingError


@dataclass(frozen=True)
class Problem:
    """One error of a row."""

    code: str
    message: str  # begins with the column, unless it is about the whole row
    column: int | None  # position in the header; None: the whole row


@dataclass(frozen=True)
class FailedRecord:
    """A row with its errors."""

    number: int
    location: str
    cells: Cells  # values with a header, as texts of the file
    extra: Cells  # values without a header
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class FailedCounts:
    """Numbers of failed rows and errors."""

    rejected: int  # rows
    inserted_with_errors: int  # rows
    errors: int  # of both
    beyond_header: int  # rejected rows that may have values without a header

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class FailedRecords:
    """The failed rows of an import by number. `records()` reads them one by one, in bounded memory."""

    def __init__(self, record: ImportHistory) -> None:
        """Raises Forgotten if retention deleted any of them, because the list would be incomplete."""
        refuse_purged(record, KEPT_RECORDS, MAPPING_ERRORS)
        self._record = record
        self.import_id = str(record.pk)
        self.header = header_of(record)
        self.columns: list[dict[str, Any]] = (record.mapping_config or {}).get("columns") or []
        self._read_columns = read_columns(record.mapping_config)
        self._by_header = {name: position for position, name in reversed(list(enumerate(self.header)))}
        # Only of columns in the file; rules generated the others.
        self._positions = {
            column["name"]: column["source"] for column in self.columns if column["source"] < len(self.header)
        }
        self.counts = self._count()

    def records(self) -> Iterator[FailedRecord]:
        """Return the rows. Raises SourceUnavailable at the first if imported rows must be read from the file."""
        with (
            closing(self._by_number()) as by_number,
            source_extraction(self._record) if self.counts.inserted_with_errors else nullcontext() as extraction,
        ):
            numbered = ((number, list(entries)) for number, entries in by_number)
            for some in _in_groups(numbered):
                sources = _sources(some, extraction)
                repairs = self._repairs([number for number, _ in some]) if self._is_repaired else {}
                for number, entries in some:
                    yield self._failed_record(number, entries, sources.get(number), repairs.get(number, {}))

    @cached_property
    def _is_repaired(self) -> bool:
        """Return whether any row was repaired in part."""
        return Repair.objects.filter(import_record=self._record).exists()

    def _repairs(self, numbers: Sequence[int]) -> dict[int, dict[int, str | None]]:
        """Return number → position → the text of a cell, of cells that were repaired."""
        repairs = Repair.objects.filter(import_record=self._record, record_number__in=numbers, undone_at=None)
        taken = repairs.exclude(result=RepairResult.FAILED).order_by("record_number", "attempt")
        found: dict[int, dict[int, str | None]] = {}
        for number, texts, values in taken.values_list("record_number", "texts", "values"):
            cells = found.setdefault(number, {})
            cells |= {int(position): text for position, text in (texts or {}).items()}
            of_columns = {self._positions.get(name): text for name, text in (values or {}).items()}
            cells |= {position: text for position, text in of_columns.items() if position is not None}
        return found

    def _by_number(self) -> Generator[tuple[int, Iterator[Entry]]]:
        """Yield for each row number the kept record of a rejected row, if any, and then the errors."""
        by_number = attrgetter("record_number")
        with (
            closing(self._kept_records()) as kept,
            streamed(self._errors().order_by("record_number", "id")) as errors,
        ):
            yield from groupby(heapq.merge(kept, errors, key=by_number), key=by_number)

    def _kept_records(self) -> Generator[KeptRecord]:
        """Yield the rejected rows in their order."""
        rejected = self._rejected().order_by("record_number")
        length = Func("original", function="octet_length", output_field=IntegerField())
        with streamed(rejected.values_list("record_number", length)) as lengths:
            for first, last in _ranges(lengths):
                yield from rejected.filter(record_number__range=(first, last))

    def _rejected(self) -> QuerySet[KeptRecord]:
        return KeptRecord.objects.filter(import_record=self._record, fate=Outcome.REJECTED)

    def _errors(self) -> QuerySet[MappingError]:
        """Return the errors of imported and rejected rows, without those of duplicates and filtered rows."""
        not_imported = KeptRecord.objects.filter(
            import_record=self._record, record_number=OuterRef("record_number")
        ).exclude(fate=Outcome.REJECTED)
        errors = MappingError.objects.filter(import_record=self._record, record_number__isnull=False)
        return errors.filter(~Exists(not_imported))

    def _count(self) -> FailedCounts:
        rejected = self._rejected().aggregate(
            rejected=Count("pk"), beyond_header=Count("pk", filter=Q(reason_code__in=_BEYOND_HEADER))
        )
        kept = self._rejected().filter(record_number=OuterRef("record_number"))
        inserted = Count("record_number", distinct=True, filter=~Exists(kept))
        return FailedCounts(**rejected, **self._errors().aggregate(inserted_with_errors=inserted, errors=Count("pk")))

    def _failed_record(
        self, number: int, entries: Sequence[Entry], source: SourceRecord | None, repaired: Mapping[int, str | None]
    ) -> FailedRecord:
        kept = entries[0] if isinstance(entries[0], KeptRecord) else None
        errors = [entry for entry in entries if isinstance(entry, MappingError)]
        original = _kept(kept) if kept else source
        cells, extra = under_header(self.header, original.cells if original else [], kept.reason_code if kept else None)
        cells = [repaired.get(position, text) for position, text in enumerate(cells)]
        problems = tuple(self._problem(error) for error in errors)
        if kept and not problems:
            problems = (Problem(kept.reason_code, kept.reason, None),)
        location = original.location if original else errors[0].location
        return FailedRecord(number, location or "", _with_error_texts(cells, errors, problems), extra, problems)

    def _problem(self, error: MappingError) -> Problem:
        is_whole_row = error.source_field in (None, WHOLE_RECORD)
        message = error.error_message if is_whole_row else f"{error.source_field}: {error.error_message}"
        if read_column := self._read_columns.get(error.target_field or ""):
            message = f"{message}. {fits_in_words(error.source_value, read_column)}"
        column = self._positions.get(error.target_field or "", self._by_header.get(error.source_field or ""))
        return Problem(error.error_type or "", message, None if is_whole_row else column)


def _sources(numbered: Sequence[tuple[int, Sequence[Entry]]], extraction: Extraction | None) -> dict[int, SourceRecord]:
    """Return the rows of the file by number, of those that were imported."""
    numbers = [number for number, entries in numbered if not isinstance(entries[0], KeptRecord)]
    return dict(extraction.source_records(numbers)) if extraction and numbers else {}


def _kept(record: KeptRecord) -> SourceRecord:
    return SourceRecord(record.location, json.loads(bytes(record.original)))


def _with_error_texts(cells: Cells, errors: Sequence[MappingError], problems: Sequence[Problem]) -> Cells:
    """Return the cells with the texts that only their errors have: formulas, Excel errors, invalid characters."""
    for error, problem in zip(errors, problems, strict=False):
        if problem.code in TEXT_IN_ERROR and problem.column is not None and cells[problem.column] is None:
            cells[problem.column] = error.source_value
    return cells


def _ranges(lengths: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yield the first and the last number of rows that are fetched together. lengths: number and bytes of each row."""
    size = 0
    together: list[int] = []
    for number, length in lengths:
        if together and (size + length > FETCH_BYTES or len(together) == FETCH_SIZE):
            yield together[0], together[-1]
            together, size = [], 0
        together.append(number)
        size += length
    if together:
        yield together[0], together[-1]


def _in_groups(numbered: Iterable[tuple[int, list[Entry]]]) -> Iterator[list[tuple[int, list[Entry]]]]:
    """Yield rows with their entries in groups for which the file is read once."""
    size = 0
    group: list[tuple[int, list[Entry]]] = []
    for number, entries in numbered:
        group.append((number, entries))
        size += sum(len(entry.original) for entry in entries if isinstance(entry, KeptRecord))
        if len(group) == READ_AT_ONCE or size >= FETCH_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group
