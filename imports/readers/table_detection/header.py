"""Whether the first record of a table names its columns, and how many records do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from itertools import pairwise

from imports.readers.table_detection.cells import (
    Cells,
    is_amount,
    is_value,
    kind_of,
    kinds_of,
    mostly_text,
)
from imports.readers.table_detection.units import is_unit

MAX_ROWS = 3  # records of a header
UNITS = 0.5  # of the texts of a record, from which it holds the units of the columns
#: Values that no column is named by: addresses of mail and web, UUIDs, telephone numbers, truth values.
VALUE = re.compile(
    r"[^@\s]+@[^@\s]+\.\w+|https?://\S+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\+\d[\d ()/.-]{5,}|true|false",
    re.IGNORECASE,
)
RULED = re.compile(r"\s*:?[-=+]{2,}:?\s*")


class Vote(Enum):
    """What a cell of the first record says."""

    HEADER = 1
    RECORD = 2
    NOTHING = 3


def has_header(rows: list[Cells]) -> bool:
    """Return whether the first record names the columns: not where it looks like the records below it.

    Only columns of numbers, dates or times tell. One name above them is enough; where all cells are of the kind of
    those below, it is a record, unless they count the columns.
    """
    first, *rest = rows
    votes = _votes(first, rest)
    alike = [i for i, vote in enumerate(votes) if vote is Vote.RECORD]
    return not alike or Vote.HEADER in votes or _count_columns(first, rest, alike)


def is_lone_record(cells: Cells) -> bool:
    """Return whether the only record of a file holds values: amounts, dates, addresses and the like, which are no names
    and do not count columns."""
    positions = [i for i, cell in enumerate(cells) if cell and _is_no_name(cell)]
    counts = len(positions) < len(cells) and _step(cells, positions) is not None
    return bool(positions) and not counts


def _is_no_name(cell: str) -> bool:
    kind = kind_of(cell)
    return kind != "year" if kind else is_amount(cell) or VALUE.fullmatch(cell.strip()) is not None


def is_surely_header(rows: list[Cells]) -> bool:
    """Return whether the first record is above numbers, dates or times as names do, and nowhere as a value does."""
    votes = _votes(rows[0], rows[1:])
    return Vote.HEADER in votes and Vote.RECORD not in votes


def is_mostly_nameless(header: Sequence[str]) -> bool:
    """Return whether at least half of the columns have no name: it may be a title above the names. The first may be
    that of the names of rows."""
    return 0 < len(header) <= 2 * sum(not name for name in header[1:])


def header_rows(rows: list[Cells]) -> int:
    """Return how many records name the columns, where the first does.

    A further one does so if it has texts above at least two columns of numbers, dates or times and values above none,
    or above one such column while the record over it leaves names out, as titles over several columns do. And its texts
    must be names: units, or the names below titles over several columns. Any other may be a record with misfits.
    """
    for count in range(min(MAX_ROWS, len(rows) - 1), 1, -1):
        if all(_names_further(rows[:count], i, rows[count:]) for i in range(1, count)):
            return count
    return 1


def is_ruled(cells: Cells) -> bool:
    """Return whether a record is a line drawn under the header, as in «----+----»."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(RULED.fullmatch(cell) for cell in filled)


def joined_names(rows: list[Cells]) -> list[str]:
    """Return the names in records of equal length, those of a column joined by a space.

    A title over several columns is each one's, up to the next title.
    """
    *titles, names = [row for row in rows if not is_ruled(row)] or rows
    spread = [_spread(row) for row in titles]
    return [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*spread, names, strict=True)]


def _spread(titles: Cells) -> Cells:
    if all(titles):
        return titles
    spread: Cells = []
    for title in titles:
        spread.append(title or (spread[-1] if spread else None))
    return spread


def _names_further(header: list[Cells], position: int, below: list[Cells]) -> bool:
    """Return whether the record at a position of the header names columns further.

    below: the records under the header.
    """
    above, row = header[position - 1], header[position]
    if row == above:
        return False
    votes = _votes(row, below)
    needed = 1 if not all(above) else 2
    texts_only = votes.count(Vote.HEADER) >= needed and Vote.RECORD not in votes
    return texts_only and (_are_units(row) or _tell_apart(header, position)) and not _has_value(above, row, below)


def _are_units(row: Cells) -> bool:
    """Return whether a record holds units: only, or at least half of it and more than single letters, which may be
    codes."""
    filled = [cell for cell in row if cell]
    units = [cell for cell in filled if is_unit(cell)]
    clear = [cell for cell in units if len(cell) > 1 or not cell.isalpha()]
    only = len(units) == len(filled) and len(set(units)) > 1
    return only or len(clear) >= UNITS * len(filled)


def _tell_apart(header: list[Cells], position: int) -> bool:
    """Return whether a record has texts below one title of columns side by side, and all columns have different
    names in the
    end."""
    names = [name for name in joined_names(header) if name]
    columns = zip(_spread(header[position - 1]), header[position], strict=True)
    shared = any(title and title == other and a and b for (title, a), (other, b) in pairwise(columns))
    return shared and len(set(names)) == len(names)


def _has_value(above: Cells, row: Cells, below: list[Cells]) -> bool:
    """Return whether a record has a text that is a value of its column: it occurs there again, or looks like
    those there.

    Below no name only a text with digits does: «S1» above «S2», but not «Region» above «North».
    """
    for i, (name, cell) in enumerate(zip(above, row, strict=True)):
        values = _below(below, i)
        if not cell or cell == name or is_unit(cell) or not mostly_text(kinds_of(values)):
            continue
        alike = _look(cell) in map(_look, values) and (bool(name) or _look(cell)[0])
        if cell in values or alike:
            return True
    return False


def _look(cell: str) -> tuple[bool, bool, bool]:
    """Return whether a text has digits, and whether its letters are all large, or all small."""
    return any(map(str.isdigit, cell)), cell.isupper(), cell.islower()


def _votes(first: Cells, rest: list[Cells]) -> list[Vote]:
    return [_vote(cell, [row[i] for row in rest if len(row) > i]) for i, cell in enumerate(first)]


def _vote(cell: str | None, below: Cells) -> Vote:
    kinds = kinds_of(below)
    if not cell or not is_value(cell) or mostly_text(kinds):
        return Vote.NOTHING
    kind = kind_of(cell)
    alike = kinds[kind] + (kinds["year"] if kind == "number" else 0)
    if kind and alike > 0.2 * kinds.total():
        return Vote.RECORD
    # A year above numbers may be a name or one of them, a number above percentages too.
    return Vote.NOTHING if kind in ("year", "number") else Vote.HEADER


def _count_columns(first: Cells, rest: list[Cells], columns: list[int]) -> bool:
    """Return whether the first record has equal steps in these columns, as in «region, 1, 2, 3», and the others have
    not.

    And whether it has something like a name next to them.
    """
    step = _step(first, columns)
    others = [i for i in range(len(first)) if i not in columns]
    beside = any(first[i] not in below for i in others if (below := _below(rest, i)))
    return step is not None and beside and sum(_step(row, columns) == step for row in rest) <= 0.5 * len(rest)


def _below(rows: list[Cells], i: int) -> list[str]:
    """Return the content of a column, without what says that there is no value."""
    return [cell for row in rows if len(row) > i and (cell := row[i]) and is_value(cell)]


def _step(row: Cells, columns: list[int]) -> float | None:
    """Return the step by which the numbers in these columns rise; None where they do not rise in equal steps."""
    numbers = [_number(row[i]) if i < len(row) else None for i in columns]
    steps = {None if a is None or b is None else b - a for a, b in pairwise(numbers)}
    step = steps.pop() if len(steps) == 1 and len(numbers) > 2 else None
    return step if step and step > 0 else None


def _number(cell: str | None) -> float | None:
    try:
        return float((cell or "").rstrip("% ").replace(",", ""))
    except ValueError:
        return None
