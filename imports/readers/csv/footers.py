"""Notes and totals at the end of a CSV file are no records; when in doubt a line stays one."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from itertools import islice

from imports.readers.csv.physical_lines import PhysicalLine, Seen
from imports.readers.table_detection.cells import (
    Cells,
    is_amount,
    kind_of,
    kinds_of,
    mostly_text,
)
from imports.readers.table_detection.footer_words import NOTE, TOTAL
from imports.text_batches import TextBatch

WINDOW = 40  # records at the end of the file among which notes are looked for
USUAL = 2  # blank lines among those records from which one more tells nothing
MIN_SUMMED = 2  # records of which a total is surely the sum
NARROW = 2  # columns of which one that is empty tells nothing
PROSE = 4  # words from which the only value of a line is a note


class Notes:
    """Once the batches were read, `first` and `last`: the lines of the notes, 0 where there are none, and `count`: how
    many; `above`: the line of the last record."""

    def __init__(self, width: int) -> None:
        self._width = width
        self.first = self.last = self.above = self.count = 0

    def left_out(self, pieces: Iterator[Seen]) -> Iterator[TextBatch]:
        """Yield the records before the notes."""
        window: deque[Seen] = deque()
        records = 0
        for piece in pieces:
            window.append(piece)
            records += piece.batch.rows
            while sum(later.batch.rows for later in islice(window, 1, None)) >= WINDOW:
                yield window.popleft().batch
        lines = [line for piece in window for line in piece.lines(max(0, piece.batch.rows - WINDOW))][-WINDOW:]
        border = self._border(lines)
        if 0 < records == len(lines) and _sums_up(lines[border - 1], lines[: border - 1]):
            border -= 1
        if border < len(lines):
            self.first, self.last = lines[border].number, lines[-1].number
            self.count = sum(line.lines for line in lines[border:])
        self.above = lines[border - 1].number if lines else 0
        yield from _first_records(window, sum(piece.batch.rows for piece in window) - len(lines) + border)

    def _border(self, lines: list[PhysicalLine]) -> int:
        """Return the position of the first note; behind the last line where there is none, or nothing else."""
        first_note = border = min(self._short_end(lines), self._whole_end(lines))
        while border > 0:
            line = lines[border - 1]
            if _is_note(line, lines[: border - 1], self._width):
                first_note = border - 1
            elif line.filled or self._is_whole(line):
                break
            border -= 1
        while 1 < first_note < len(lines) and not (
            lines[first_note - 1].filled or self._is_whole(lines[first_note - 1])
        ):
            first_note -= 1
        return first_note or len(lines)

    def _short_end(self, lines: list[PhysicalLine]) -> int:
        """Return where the lines begin, after a blank one, that all have fewer fields than the table."""
        start = len(lines)
        for i in range(len(lines) - 1, 0, -1):
            if self._is_whole(lines[i]):
                break
            if lines[i].apart:
                start = i
        return start

    def _whole_end(self, lines: list[PhysicalLine]) -> int:
        """Return where the empty records begin, after which only first fields are filled, with a note among them.

        No record above may be so.
        """
        end = len(lines)
        begin = max((i for i, line in enumerate(lines) if not line.filled), default=end - 1) + 1
        gap = begin
        while gap and not lines[gap - 1].filled and self._is_whole(lines[gap - 1]):
            gap -= 1
        block, table = lines[begin:], lines[:gap]
        alone = all(_is_alone(line) for line in block) and not any(map(_is_alone, table))
        has_note = any(NOTE.match(line.filled[0]) or _is_prose(line.filled[0], table) for line in block if alone)
        return gap if 0 < gap < begin and self._width > NARROW and has_note else end

    def _is_whole(self, line: PhysicalLine) -> bool:
        """Return whether a line has all fields, be they empty: a record, unless its first value says that it is
        none."""
        return len(line.cells) >= self._width


def _is_alone(line: PhysicalLine) -> bool:
    """Return whether only the first field is filled."""
    return line.reach == 1


def _first_records(window: deque[Seen], rows: int) -> Iterator[TextBatch]:
    for piece in window:
        if rows > 0:
            yield piece.first(rows).batch
        rows -= piece.batch.rows


def _is_note(line: PhysicalLine, above: list[PhysicalLine], width: int) -> bool:
    """Return whether a line is a total or a note: it has too few fields, or a blank line and then a word for it.

    A total has that word in its first value, and amounts; a note is the first field alone. Where all fields are there
    and no blank line tells, only a total with amounts is left out, whose word is below numbers, dates or times.
    """
    filled = line.filled
    table = [other for other in above if len(other.filled) > 1]
    if not filled or not table:
        return False
    position = line.cells.index(filled[0])
    short, apart = len(line.cells) < width, line.apart and sum(other.apart for other in table) < USUAL
    unlike = _unlike(filled[0], [other.cells for other in table], position)
    if TOTAL.fullmatch(filled[0].strip()) and all(map(is_amount, filled[1:])):
        return apart or short or (unlike and len(filled) > 1)
    if len(filled) > 1 or position:
        return False
    noted = bool(NOTE.match(filled[0])) and not any(NOTE.match(other.cells[0] or "") for other in table)
    return (noted and (short or apart)) or (short and (unlike or _is_prose(filled[0], table)))


def _sums_up(line: PhysicalLine, table: list[PhysicalLine]) -> bool:
    """Return whether a line is a total, whatever is above its word: each of its amounts is the sum of its
    column."""
    if len(table) < MIN_SUMMED or len(line.filled) < 2 or not TOTAL.fullmatch(line.filled[0].strip()):
        return False
    positions = [i for i, cell in enumerate(line.cells) if cell][1:]
    columns = [[row.cells[i] if i < len(row.cells) else None for row in [*table, line]] for i in positions]
    return any(all(_ends_with_its_sum(column, point) for column in columns) for point in ".,")


def _ends_with_its_sum(column: Cells, point: str) -> bool:
    separator = "," if point == "." else "."
    try:
        *values, total = [Decimal((cell or "0").replace(separator, "").replace(point, ".")) for cell in column]
    except InvalidOperation:
        return False
    return sum(values) == total


def _unlike(cell: str, rows: list[Cells], position: int) -> bool:
    """Return whether a cell is text below numbers, dates or times."""
    kinds = kinds_of(row[position] for row in rows if len(row) > position)
    return not mostly_text(kinds) and kind_of(cell) is None


def _is_prose(text: str, table: list[PhysicalLine]) -> bool:
    """Return whether a text has several words, and more than any value of the first column."""
    words = len(text.split())
    return words >= PROSE and all(words > len((line.cells[0] or "").split()) for line in table)
