"""Rows of source files: their values by header, and reading them again from the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from imports.column_types.base import rules_version_of
from imports.errors import ErrorCode
from imports.history.retention_marks import kept_source_of
from imports.models import ImportHistory
from imports.readers import open_reader
from imports.readers.batch_builder import SURROGATE
from imports.sources.kept_files import fetched
from imports.text_batches import Reader, TextBatch

EXTRA = "_extra"  # the key of values without a header

WITH_FOOTERS = ("csv", "excel")  # types of files that can have notes and totals below a table

#: Rows that readers store as raw text, because they have no fields.
_RAW = (ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY)

Cells = list[str | None]


@dataclass(frozen=True)
class SourceRecord:
    """A row of the file."""

    location: str
    cells: Cells


class SourceRecords:
    """The rows of a file, to be requested in ascending order; the file is read only up to the last one requested."""

    def __init__(self, reader: Reader) -> None:
        self._location = reader.location
        self._batches = reader.batches()
        self._batch: TextBatch | None = None

    def find(self, number: int) -> SourceRecord | None:
        """Return a row by its number; None if the file ends before."""
        while self._batch is None or number >= self._batch.first_record + self._batch.rows:
            self._batch = next(self._batches, None)
            if self._batch is None:
                return None
        index = number - self._batch.first_record
        cells = [texts[index].as_py() for texts in self._batch.columns]
        return SourceRecord(self._location(self._batch.source_positions[index].as_py()), cells)


@contextmanager
def source_records(record: ImportHistory) -> Iterator[SourceRecords]:
    """Return the rows of the import's file, read as the import read it. Raises SourceUnavailable."""
    with source_reader(record) as reader:
        yield SourceRecords(reader)


@contextmanager
def source_reader(record: ImportHistory) -> Iterator[Reader]:
    """Return a reader of the import's file with the options of the import. Raises SourceUnavailable."""
    config = record.mapping_config or {}
    options = config.get("source_options") or {}
    if rules_version_of(config) < 2 and record.file_type in WITH_FOOTERS:
        # Where these rules left nothing out below a table, they filtered no total either.
        options = {"last_row": 0, **options}
    with fetched(kept_source_of(record), record.file_name or "unnamed") as source:
        yield open_reader(source, options)


def header_of(record: ImportHistory) -> list[str]:
    """Return the header as in the file; empty if the import failed before reading it."""
    return list((record.mapping_config or {}).get("header") or [])


def under_header(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> tuple[Cells, Cells]:
    """Return the values with a header, and those without. code: why the row was rejected, if it was."""
    texts = [text and SURROGATE.sub("\ufffd", text) for text in cells]
    if code in _RAW:
        return [None] * len(header), texts
    under = texts[: len(header)]
    return under + [None] * (len(header) - len(under)), texts[len(header) :]


def as_object(header: Sequence[str], cells: Sequence[str | None], code: str | None) -> dict[str, str | None | Cells]:
    """Return header → text. Values without a header are a list in `_extra`; a repeated header gets a number: a (2)."""
    under, extra = under_header(header, cells, code)
    *names, extra_name = _unique_names([*header, EXTRA])
    values: dict[str, str | None | Cells] = dict(zip(names, under, strict=True))
    return {**values, extra_name: extra} if extra else values


def _unique_names(names: Sequence[str]) -> list[str]:
    """Return the names, equal ones with a number that no other has: a, a (2)."""
    names_seen: dict[str, None] = {}
    times: dict[str, int] = {}  # each name was tried, whose numbers are all taken
    for name in names:
        unique_name = name
        while unique_name in names_seen:
            times[name] = times.get(name, 1) + 1
            unique_name = f"{name} ({times[name]})"
        names_seen[unique_name] = None
    return list(names_seen)
