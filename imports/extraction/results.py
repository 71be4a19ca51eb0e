"""What an extraction gives in addition to plans and file information: plain data, all of it."""

from __future__ import annotations

from dataclasses import dataclass

from imports.conversion.convert import TypedBatch

Cells = list[str | None]


@dataclass(frozen=True)
class ReadingProgress:
    """How far a file was read."""

    records: int  # so far
    expected: int  # of the whole file, by the part of it that was read; 0: not known yet


@dataclass(frozen=True)
class ExtractedBatch:
    """A typed batch whose problems and skipped records have a `location` in words in place of `place`."""

    typed: TypedBatch
    seconds: float  # that the conversion took
    expected: int  # records of the whole file, as in ReadingProgress


@dataclass(frozen=True)
class SourceRecord:
    """A row of the file."""

    location: str
    cells: Cells


@dataclass(frozen=True)
class FirstRecords:
    """The beginning of a file as it is read with some options, also rows with errors."""

    header: list[str]
    records: list[Cells]
