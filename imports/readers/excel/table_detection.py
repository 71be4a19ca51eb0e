"""Where the table is in a sheet: below a title, above notes and totals.

Rows are (number as Excel shows it, texts of the cells); those that hold nothing are left out before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from imports.readers.excel.merged_titles import MergedTitles
from imports.readers.table_detection.cells import Cells, is_amount, kind_of
from imports.readers.table_detection.footer_words import NOTE, TOTAL
from imports.readers.table_detection.header import MAX_ROWS, has_header, header_rows, is_lone_record

Row = tuple[int, Cells]

SAMPLE_ROWS = 200
MAX_TITLES = 30  # rows above the table, and one more
MIN_GROUPS = 2  # titles side by side: one alone may be that of the table
LAST_ROWS = 6  # among which notes and totals are looked for
PROSE = 4  # words from which a text that is apart is a note
WIDE_ENOUGH = 0.6  # of the usual number of values of a row: a title has fewer


@dataclass(frozen=True)
class Table:
    """Rows of a sheet as Excel numbers them."""

    header: tuple[int, ...]  # rows that name the columns; empty where none does
    first_record: int  # no row before it is a record
    usual: int  # how many values a row has
    above: tuple[int, ...] = ()  # rows of a title

    @property
    def first_row(self) -> int:
        return self.header[0] if self.header else self.first_record


def asked_table(rows: Sequence[Row], count: int, first_record: int) -> Table:
    """With the header that was asked for. rows: from its first row on; count: how many it has, 0 where none;
    first_record: no row before it is a record, though it is below the header."""
    header = tuple(number for number, _ in rows[:count])
    return Table(header, max(header[-1] + 1, first_record) if header else rows[0][0], _usual(rows))


def found_table(rows: Sequence[Row], merged: MergedTitles, *, headless: bool) -> Table:
    """By the first rows of a sheet that hold anything.

    Rows above the table are a title where its first row has more values than any of them, and two of three are true:
    it is apart, it is a row of names, they are much narrower than the table is. A cell over all columns is a title too.
    """
    usual = _usual(rows)
    start = _start(rows, usual)
    if start and merged.has_groups(rows[start - 1][0]) and rows[start - 1][0] == rows[start][0] - 1:
        start -= 1
    while start < min(len(rows) - 1, MAX_TITLES) and merged.is_title(rows[start][0]):
        start += 1
    above = tuple(number for number, _ in rows[:start])
    texts = [row for _, row in rows[start:]]
    is_alone = len(texts) == 1 and is_lone_record(texts[0])
    if headless or is_alone or not (start or len(texts) == 1 or has_header(texts)):
        return Table((), rows[start][0], usual, above)
    together = _together(rows[start:])
    count = header_rows(texts[:together]) if together > 1 else 1
    if count == 1 and together > MIN_GROUPS and merged.name_groups(rows[start][0], *texts[:MIN_GROUPS]):
        count = 2
    header = tuple(number for number, _ in rows[start : start + count])
    return Table(header, header[-1] + 1, usual, above)


def _usual(rows: Sequence[Row]) -> int:
    """Return how many values the wider rows have; not the widest, which may be the only one."""
    counts = sorted((len(_values(row)) for _, row in rows), reverse=True)
    return counts[len(counts) // 4]


def _values(row: Cells) -> list[str]:
    return [text for text in row if text]


def _start(rows: Sequence[Row], usual: int) -> int:
    """Return the position of the table's first row."""
    widest = 0  # of the rows before
    for i, (number, row) in enumerate(rows[:MAX_TITLES]):
        width = len(_values(row))
        if i and width > widest and width >= max(2, WIDE_ENOUGH * usual):
            signs = (
                number - rows[i - 1][0] > 1,
                _are_names(row, [cells for _, cells in rows[i + 1 :]], usual),
                widest < WIDE_ENOUGH * usual,
            )
            if sum(signs) > 1:
                return i
            if groups := _groups_over(rows, i):
                return i - groups
        widest = max(widest, width)
    return 0


def _groups_over(rows: Sequence[Row], position: int) -> int:
    """Return how many rows right above a row of names tell equal ones of them apart: titles over several columns."""
    names = _values(rows[position][1])
    if any(map(kind_of, names)) or len(set(names)) == len(names):
        return 0
    for count in range(MAX_ROWS - 1, 0, -1):
        first = position - count
        if first < 0 or rows[position][0] - rows[first][0] != count or len(_values(rows[first][1])) < MIN_GROUPS:
            continue
        if header_rows([cells for _, cells in rows[first:]]) > count:
            return count
    return 0


def _are_names(row: Cells, below: Sequence[Cells], usual: int) -> bool:
    """Return whether a row names columns: different words, and where there are two only, above something that is no
    word."""
    names = _values(row)
    if any(map(kind_of, names)) or len(set(names)) < len(names):
        return False
    return usual > 2 or any(_typed(below, i) for i, name in enumerate(row) if name)


def _typed(rows: Sequence[Cells], column: int) -> bool:
    """Return whether most values of a column are numbers, dates or times."""
    values = [text for row in rows if (text := row[column])]
    return sum(kind_of(text) is not None for text in values) > 0.5 * len(values)


def _together(rows: Sequence[Row]) -> int:
    """Return how many rows follow one another without a gap, as far as a header may reach."""
    gap = next((i for i, (row, following) in enumerate(pairwise(rows), 1) if following[0] - row[0] > 1), len(rows))
    return gap if gap <= MAX_ROWS else len(rows)


def rows_below(last: Sequence[Row], totals: Counter[str], usual: int, column: int) -> tuple[int, ...]:
    """Return which of the last rows are no records: notes and totals, where that is clear.

    A total with all values is one if its word is below numbers, dates or times; else its sums have to prove it.

    last: of the records. totals: how often a row begins with each text that looks like one. column: the table's first,
    from 0.
    """
    footer: list[int] = []
    for i in range(len(last) - 1, 0, -1):
        number, row = last[i]
        above = [cells for _, cells in last[:i]]
        apart = number - last[i - 1][0] > 1
        is_total = _is_total(row, totals) and (len(_values(row)) < usual or _is_unlike(row, above))
        if not (_is_note(row, above, column, apart=apart) and usual > 1 or is_total):
            break
        footer.insert(0, number)
    return tuple(footer)


def _is_note(row: Cells, above: Sequence[Cells], column: int, *, apart: bool) -> bool:
    """Return a single text in the first column that reads like a note, or unlike what is above it."""
    text = row[column]
    if not text or len(_values(row)) > 1 or kind_of(text):
        return False
    return bool(NOTE.match(text)) or _typed(above, column) or (apart and len(text.split()) >= PROSE)


def _is_unlike(row: Cells, above: Sequence[Cells]) -> bool:
    """Return whether the first value of a row is below numbers, dates or times."""
    return _typed(above, next(i for i, text in enumerate(row) if text))


def _is_total(row: Cells, totals: Counter[str]) -> bool:
    """Return whether a row is “Total” and amounts only, and no other row begins so."""
    label, *amounts = _values(row) or [""]
    return bool(TOTAL.fullmatch(label.strip()) and amounts and totals[label] == 1 and all(map(is_amount, amounts)))
