"""Which delimiter a text has, and whether its first record is a header."""

from __future__ import annotations

import re
from collections import Counter
from enum import Enum
from itertools import pairwise

from imports.readers.csv_records import CarefulReader, Dialect, Quoting, Record
from imports.readers.null_tokens import DEFAULT_NULL_TOKENS

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 200

Cells = list[str | None]

NUMBER = re.compile(r"\s*[-+]?[\d.,]*\d%?(?:[eE][-+]?\d+)?\s*")
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].*)?")
YEAR = re.compile(r"(?:19|20)\d\d")


def choose_delimiter(sample: str, quote: str, *, final: bool) -> tuple[str, list[str]]:
    """The likeliest delimiter and the others that would give columns too, the likelier first.

    A comma where nothing divides the text: one column.
    """
    able = [delimiter for delimiter in DELIMITERS if delimiter != quote]
    scores = {delimiter: _score(sample_records(sample, Dialect(delimiter, quote), final=final), delimiter)
              for delimiter in able}  # fmt: skip
    possible = sorted((d for d in able if scores[d] > 0), key=lambda d: -scores[d])
    return (possible or able)[0], possible[1:]


def sample_records(sample: str, dialect: Dialect, *, final: bool) -> list[Record]:
    """The first records of a text, blank lines left out; the last even where the text ends within it."""
    reader = CarefulReader(dialect, sample, final=final)
    records: list[Record] = []
    while len(records) < SAMPLE_RECORDS and (record := reader.next_record()) is not None:
        if record.cells != [None]:
            records.append(record)
    if not records and not final:
        return sample_records(sample, dialect, final=True)
    return records


def _score(records: list[Record], delimiter: str) -> float:
    """How well a delimiter explains the records: the share of equal length, of tidy quotes and of undivided cells."""
    if not records:
        return 0.0
    lengths = Counter(len(record.cells) for record in records)
    length, agreeing = max(lengths.items(), key=lambda item: (item[1], item[0]))
    if length == 1:
        return 0.0
    cells = [cell for record in records for cell in record.cells if cell]
    others = [other for other in DELIMITERS if other != delimiter]
    undivided = sum(not any(other in cell for other in others) for cell in cells) / max(1, len(cells))
    tidy = sum(record.quoting is Quoting.REGULAR for record in records) / len(records)
    first = 1.0 if len(records[0].cells) == length else 0.8
    return (agreeing / len(records)) ** 2 * (0.2 + 0.8 * undivided) * tidy * first * (1 - 0.3 / length)


def has_header(records: list[Record]) -> bool:
    """Whether the first record names the columns: not where it looks like the records below it.

    Only columns of numbers or dates tell. One name above them is enough; where all cells are of the kind of those
    below, it is a record, unless they count the columns.
    """
    first, *rest = (record.cells for record in records)
    votes = {i: _vote(cell, _below(rest, i)) for i, cell in enumerate(first)}
    alike = [i for i, vote in votes.items() if vote is Vote.RECORD]
    return not alike or Vote.HEADER in votes.values() or _count_columns(first, rest, alike)


class Vote(Enum):
    """What a cell of the first record says."""

    HEADER = 1
    RECORD = 2
    NOTHING = 3


def _below(rows: list[Cells], i: int) -> list[str]:
    """What stands in a column, without what says that there is no value."""
    return [cell for row in rows if len(row) > i and (cell := row[i]) and cell not in DEFAULT_NULL_TOKENS]


def _vote(cell: str | None, below: list[str]) -> Vote:
    kinds = Counter(map(_kind, below))
    if not cell or cell in DEFAULT_NULL_TOKENS or len(below) - kinds[None] <= 0.8 * len(below):
        return Vote.NOTHING
    kind = _kind(cell)
    alike = kinds[kind] + (kinds["year"] if kind == "number" else 0)
    if kind and alike > 0.2 * len(below):
        return Vote.RECORD
    # A year above numbers may be a name or one of them, a number above percentages too.
    return Vote.NOTHING if kind in ("year", "number") else Vote.HEADER


def _kind(cell: str) -> str | None:
    """None: text."""
    if YEAR.fullmatch(cell):
        return "year"
    if NUMBER.fullmatch(cell):
        return "percentage" if "%" in cell else "number"
    return "date" if DATE.fullmatch(cell) else None


def _count_columns(first: Cells, rest: list[Cells], columns: list[int]) -> bool:
    """Whether the first record has equal steps in these columns, as in «region, 1, 2, 3», and the others have not.

    And whether it has something like a name beside them.
    """
    step = _step(first, columns)
    others = [i for i in range(len(first)) if i not in columns]
    beside = any(first[i] not in below for i in others if (below := _below(rest, i)))
    return step is not None and beside and sum(_step(row, columns) == step for row in rest) <= 0.5 * len(rest)


def _step(row: Cells, columns: list[int]) -> float | None:
    """By how much the numbers in these columns rise; None where they do not, or not all by as much."""
    numbers = [_number(row[i]) if i < len(row) else None for i in columns]
    steps = {None if a is None or b is None else b - a for a, b in pairwise(numbers)}
    step = steps.pop() if len(steps) == 1 and len(numbers) > 2 else None
    return step if step and step > 0 else None


def _number(cell: str | None) -> float | None:
    try:
        return float((cell or "").rstrip("% ").replace(",", ""))
    except ValueError:
        return None
