"""Whether lines go on with the table above them: they hold values of the same kinds in its columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from imports.readers.table_detection.cells import (
    Cells,
    is_value,
    kind_of,
    kinds_of,
    mostly_text,
)

LINES = 40  # lines that the columns of a table are known by
LIKE_BEFORE = 0.5  # of the values of a column, to be of the kind of those above them
MIN_TEXTS = 3  # in a column of texts only, from which numbers only are another column
NUMBERS = ("year", "percentage")  # are numbers too

Kinds = Counter[str | None]


def continues(above: Sequence[Cells], first: Cells, below: Sequence[Cells]) -> bool:
    """Return whether a line and those below it are records of the table above, though the first one may have misfits.

    Text takes every value. Only where the first line does not fit as a record, numbers below nothing but texts are
    those of another table.
    """
    before = [_kinds(above, i) for i in range(len(first))]
    misfit = any(map(_is_misfit, first, before))
    return all(_fit(kinds, _kinds(below, i), strict=misfit) for i, kinds in enumerate(before))


def are_texts_below_numbers(above: Sequence[Cells], names: Cells, below: Sequence[Cells]) -> bool:
    """Return whether a line and those below it are names and texts, and the table above has numbers, dates or times in
    most columns. Words that occur again may be what a program writes in place of values."""
    if len(below) < MIN_TEXTS:
        return False
    before = [_kinds(above, i) for i in range(len(names))]
    typed = [i for i, kinds in enumerate(before) if not mostly_text(kinds)]
    after = [[row[i] for row in below if i < len(row)] for i in typed]
    only_texts = all(set(kinds_of(cells)) == {None} for cells in after)
    again = any(names[i] in cells for i, cells in zip(typed, after, strict=True))
    return len(typed) > max(1, len(names) / 2) and only_texts and not again


def _kinds(rows: Sequence[Cells], i: int) -> Kinds:
    kinds = kinds_of(row[i] for row in rows if i < len(row))
    for kind in NUMBERS:
        kinds["number"] += kinds.pop(kind, 0)
    return +kinds


def _is_misfit(cell: str | None, kinds: Kinds) -> bool:
    """Return whether a cell is text in a column of numbers, dates or times."""
    return bool(cell) and is_value(cell) and not mostly_text(kinds) and kind_of(cell or "") is None


def _fit(before: Kinds, after: Kinds, *, strict: bool) -> bool:
    if not before or not after:
        return True
    if mostly_text(before):
        return not (strict and before[None] == before.total() >= MIN_TEXTS and None not in after)
    usual = max(before, key=lambda kind: before[kind])
    return after[usual] >= LIKE_BEFORE * after.total()
