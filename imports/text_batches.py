"""What travels from a reader to the conversion: records as columns of texts, with the problems found in them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

from core.messages import Message
from imports.errors import ErrorCode
from imports.not_read import Unread


@dataclass(frozen=True)
class RowProblem:
    """What was wrong with a record, or with one cell of it, found while reading."""

    index: int  # position in its batch, from 0
    code: ErrorCode
    message: Message  # what is wrong and where; no advice, no row data
    rejected: bool  # True: the record cannot be loaded; False: it can, as the columns show it
    original: tuple[str | None, ...] | None = None  # the cells as read, where the columns show others or more
    column: int | None = None  # position in the header of the one cell that is meant; None: the whole record
    value: str | None = None  # the content of that cell, where the columns cannot show it

    @property
    def filtered(self) -> bool:
        """Whether the record is filtered out without being an error."""
        return self.code in (ErrorCode.REPEATED_HEADER, ErrorCode.TOTAL)


@dataclass(frozen=True)
class TextBatch:
    """Some consecutive records. Borders between batches mean nothing."""

    columns: list[pa.Array]  # string arrays of equal length, in header order; may be fewer than the final header
    first_record: int  # number of the first record, from 1
    source_positions: pa.Array  # int64, as long as the columns: where each record is; `Reader.location` words it
    problems: tuple[RowProblem, ...] = ()
    rule_effects: RuleEffects | None = None  # what the mapping's rules did to it; a reader leaves it out

    @property
    def as_read(self) -> list[pa.Array]:
        """The file's own columns, as they were before any rule."""
        return self.rule_effects.as_read if self.rule_effects else self.columns

    @property
    def rows(self) -> int:
        return len(self.source_positions)

    def with_columns(self, count: int) -> TextBatch:
        """Return the batch with so many columns: what it did not know of yet is null."""
        missing = [pa.nulls(self.rows, pa.string())] * (count - len(self.columns))
        return replace(self, columns=[*self.columns[:count], *missing])


def sliced(batch: TextBatch, batch_rows: int | None) -> Iterator[TextBatch]:
    """Yield the same records in batches of at most `batch_rows`, as a reader gives them: before any rule."""
    if batch_rows is None or batch.rows <= batch_rows:
        yield batch
        return
    problems: dict[int, list[RowProblem]] = {}
    for problem in batch.problems:
        problems.setdefault(problem.index // batch_rows, []).append(problem)
    for part, start in enumerate(range(0, batch.rows, batch_rows)):
        columns = [column.slice(start, batch_rows) for column in batch.columns]
        source_positions = batch.source_positions.slice(start, batch_rows)
        moved = tuple(moved_problem(problem, -start) for problem in problems.get(part, []))
        yield TextBatch(columns, batch.first_record + start, source_positions, moved)


def moved_problem(problem: RowProblem, rows: int) -> RowProblem:
    """Return the problem of a record so many rows further on.

    `dataclasses.replace` takes three times as long.
    """
    return RowProblem(
        problem.index + rows,
        problem.code,
        problem.message,
        problem.rejected,
        problem.original,
        problem.column,
        problem.value,
    )


@dataclass
class FileInfo:
    """What a reader made of a file; complete when `batches()` has been read to its end."""

    file_type: str  # csv, excel, json, xml
    header: list[str] = field(default_factory=list)  # as the file spells it; grows while JSON and XML are read
    native_text: set[int] = field(default_factory=set)  # columns in which the format itself says "this is text"
    options: dict[str, Any] = field(default_factory=dict)  # dialect, encoding, sheet, record_path: as source_options
    choices: dict[str, list[Any]] = field(default_factory=dict)  # what else there was: sheets, record paths
    warnings: list[Message] = field(default_factory=list)  # decisions that a user should see
    not_read: Unread = field(default_factory=Unread)  # what of the file is no record
    native_numbers: set[int] = field(default_factory=set)  # columns in which the format itself says "this is a number"

    @property
    def is_typed(self) -> bool:
        """Whether the format itself tells numbers from texts, and writes them in a notation of its own."""
        return self.file_type in ("json", "excel")

    @property
    def has_formulas(self) -> bool:
        """Return whether its texts may be formulas that keep a spreadsheet from reading them as numbers."""
        return self.file_type == "csv"


@dataclass(frozen=True)
class Places:
    """The words for places of a file: «line 6», «sheet Jan, row 7», «/data/5», «/people/person[5]»."""

    before: str  # the number of the place
    behind: str = ""
    names: tuple[str, ...] = ()  # of the places, from 0, in place of their numbers
    is_one: bool = False  # whether there is but one place, without a number

    def __call__(self, place: int) -> str:
        number = "" if self.is_one else self.names[place] if self.names else place
        return f"{self.before}{number}{self.behind}"


class Reader(Protocol):
    """One file, opened. `batches()` may be called once."""

    file_info: FileInfo

    @property
    def places(self) -> Places:
        """Return the words for its places, complete when `batches()` has been read to its end."""
        ...

    @property
    def share_read(self) -> float:
        """Of the file, 0 to 1: up to the end of the last batch, about."""
        ...

    def batches(self) -> Iterator[TextBatch]: ...

    def location(self, place: int) -> str:
        """Return a place in the words of its format, as `places` has them."""
        ...


@runtime_checkable
class LineReader(Protocol):
    """A reader that can show again what it left out, by line or row."""

    def source_lines(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yield number and text of each line that is not blank, from the first to the last."""
        ...


class Records(Protocol):
    """All records of a file, as often as they are needed: a Spool, or one with rules over it."""

    def batches(self, columns: int) -> Iterator[TextBatch]:
        """Return each batch with so many columns."""
        ...

    def column(self, position: int) -> Iterator[pa.Array]: ...


@dataclass(frozen=True)
class RuleFailures:
    """The records of a batch on which one rule failed. Arrays of equal length."""

    rows: pa.Array  # int64 positions in the batch, from 0, rising
    values: pa.Array  # texts of the field
    source_field: str
    targets: tuple[int, ...]  # positions of the columns that stay empty
    message: Message  # without its parameter `value`


@dataclass(frozen=True)
class FilteredRows:
    """The records of a batch that a filter leaves out. Arrays of equal length."""

    rows: pa.Array  # int64 positions in the batch, from 0, in any order
    codes: pa.Array  # the filter: filter_rows[0]
    reasons: pa.Array  # in a sentence


@dataclass(frozen=True)
class RuleEffects:
    """What the rules did to a batch, in addition to its columns."""

    as_read: list[pa.Array]  # the file's own columns, untouched
    failures: tuple[RuleFailures, ...]  # of records that stay
    left_out: FilteredRows | None
