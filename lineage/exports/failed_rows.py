"""The records of an import that need a person: those rejected, and those inserted with a value that did not fit."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from imports.errors import WHOLE_RECORD, ErrorCode
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS, refuse_purged
from imports.models import ImportHistory, KeptRecord, MappingError, Outcome
from lineage.provenance.source_records import (
    Cells,
    SourceRecord,
    SourceRecords,
    header_of,
    source_records,
    under_header,
)

FETCHED = 5_000  # records or errors from the server at a time

#: Why a rejected record may hold more than the header has names for.
_BEYOND_HEADER = (
    ErrorCode.TOO_MANY_FIELDS, ErrorCode.BAD_QUOTING, ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY,
)  # fmt: skip
#: Cells that a reader gives no text for; their errors do.
_TOLD_BY_THE_ERROR = (ErrorCode.EXCEL_ERROR_CELL, ErrorCode.FORMULA_WITHOUT_RESULT)


@dataclass(frozen=True)
class Problem:
    """One thing that was wrong with a record."""

    code: str
    message: str  # begins with the field that is meant, unless it is the whole record
    column: int | None  # position in the header of the cell that is meant; None: the whole record


@dataclass(frozen=True)
class FailedRecord:
    """A record with what was wrong with it."""

    number: int
    location: str
    cells: Cells  # under the header, as texts of the file
    extra: Cells  # beyond it
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class FailedCounts:
    """How much there is of it."""

    rejected: int  # records
    inserted_with_errors: int  # records
    errors: int  # of both
    beyond_header: int  # rejected records that may hold more than the header has names for

    def as_dict(self) -> dict[str, int]:
        return asdict(self)


class FailedRecords:
    """Of one import, by number. `each()` reads them one by one, in bounded memory."""

    def __init__(self, record: ImportHistory) -> None:
        """Raises Forgotten: of a part of them nobody could tell what is missing."""
        refuse_purged(record, KEPT_RECORDS, MAPPING_ERRORS)
        self._record = record
        self.header = header_of(record)
        self.columns: list[dict[str, Any]] = (record.mapping_config or {}).get("columns") or []
        self._by_header = {name: position for position, name in reversed(list(enumerate(self.header)))}
        # Of the table's columns; those that a rule made stand nowhere in the file.
        self._positions = {
            column["name"]: column["source"] for column in self.columns if column["source"] < len(self.header)
        }
        self.counts = self._counted()

    def each(self) -> Iterator[FailedRecord]:
        """Raises SourceUnavailable at the first, where inserted records have to be read from the file once more."""
        with source_records(self._record) if self.counts.inserted_with_errors else nullcontext() as source:
            for number, found in self._by_number():
                yield self._failed(number, list(found), source)

    def _by_number(self) -> Iterator[tuple[int, Iterator[KeptRecord | MappingError]]]:
        """Of each number the kept record, if the record was rejected, and after it the errors."""
        kept = self._rejected().order_by("record_number").iterator(FETCHED)
        errors = self._errors().order_by("record_number", "id").iterator(FETCHED)
        number = attrgetter("record_number")
        return groupby(heapq.merge(kept, errors, key=number), key=number)

    def _rejected(self) -> QuerySet[KeptRecord]:
        return KeptRecord.objects.filter(import_record=self._record, fate=Outcome.REJECTED)

    def _errors(self) -> QuerySet[MappingError]:
        """Without those of records that became neither rows nor rejected ones."""
        left_out = KeptRecord.objects.filter(
            import_record=self._record, record_number=OuterRef("record_number")
        ).exclude(fate=Outcome.REJECTED)
        mine = MappingError.objects.filter(import_record=self._record, record_number__isnull=False)
        return mine.filter(~Exists(left_out))

    def _counted(self) -> FailedCounts:
        rejected = self._rejected().aggregate(
            rejected=Count("pk"), beyond_header=Count("pk", filter=Q(reason_code__in=_BEYOND_HEADER))
        )
        kept = self._rejected().filter(record_number=OuterRef("record_number"))
        inserted = Count("record_number", distinct=True, filter=~Exists(kept))
        return FailedCounts(**rejected, **self._errors().aggregate(inserted_with_errors=inserted, errors=Count("pk")))

    def _failed(
        self, number: int, found: Sequence[KeptRecord | MappingError], source: SourceRecords | None
    ) -> FailedRecord:
        kept = found[0] if isinstance(found[0], KeptRecord) else None
        errors = [one for one in found if isinstance(one, MappingError)]
        read = _kept(kept) if kept else source and source.find(number)
        cells, extra = under_header(self.header, read.cells if read else [], kept.reason_code if kept else None)
        problems = tuple(self._problem(error) for error in errors)
        if kept and not problems:
            problems = (Problem(kept.reason_code, kept.reason, None),)
        location = read.location if read else errors[0].location
        return FailedRecord(number, location or "", _restored(cells, errors, problems), extra, problems)

    def _problem(self, error: MappingError) -> Problem:
        whole = error.source_field in (None, WHOLE_RECORD)
        message = error.error_message if whole else f"{error.source_field}: {error.error_message}"
        column = self._positions.get(error.target_field or "", self._by_header.get(error.source_field or ""))
        return Problem(error.error_type or "", message, None if whole else column)


def _kept(record: KeptRecord) -> SourceRecord:
    return SourceRecord(record.location, json.loads(bytes(record.original)))


def _restored(cells: Cells, errors: Sequence[MappingError], problems: Sequence[Problem]) -> Cells:
    """With what only the error knows of a cell: the formula, or the name of a spreadsheet's error."""
    for error, problem in zip(errors, problems, strict=False):
        if problem.code in _TOLD_BY_THE_ERROR and problem.column is not None:
            cells[problem.column] = error.source_value
    return cells
