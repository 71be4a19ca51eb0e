"""Notes at the end of a CSV file are no records; when in doubt a line stays one.

A total that its columns prove is a record that is filtered out, whatever is above its word. One that they do not prove
is a note where it has too few fields or its word is below numbers, dates or times, and else a record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import dropwhile, islice, takewhile

from imports.errors import ErrorCode
from imports.readers import messages
from imports.readers.csv.physical_lines import LINES_IN_WORDS, PhysicalLine, Seen
from imports.readers.filtered_records import with_filtered
from imports.readers.table_detection.cells import (
    Cells,
    kind_of,
    kinds_of,
    mostly_text,
)
from imports.readers.table_detection.footer_words import NOTE, TOTAL
from imports.readers.table_detection.totals import MAX_TOTALS, is_total
from imports.text_batches import TextBatch

WINDOW = 40  # records at the end of the file among which notes are looked for
USUAL = 2  # blank lines among those records from which one more tells nothing
NARROW = 2  # columns of which one that is empty tells nothing
PROSE = 4  # words from which the only value of a line is a note


class Notes:
    """Once the batches were read, `first` and `last`: the lines of the notes, 0 where there are none, and `count`: how
    many; `above`: the line of the last record; `unproven`: the lines of records that look like totals.

    is_sum: whether a line is the total of the records above it.
    """

    def __init__(self, width: int, is_sum: Callable[[PhysicalLine], bool]) -> None:
        self._width = width
        self._is_sum = is_sum
        self.first = self.last = self.above = self.count = 0
        self.unproven: list[int] = []

    def left_out(self, pieces: Iterator[Seen], *, ended: bool = False) -> Iterator[TextBatch]:
        """Yield the records before the notes, totals among them filtered out. ended: there are no notes."""
        window: deque[Seen] = deque()
        records = 0
        for piece in pieces:
            window.append(piece)
            records += piece.batch.rows
            while sum(later.batch.rows for later in islice(window, 1, None)) >= WINDOW:
                yield window.popleft().batch
        lines = [line for piece in window for line in piece.lines(max(0, piece.batch.rows - WINDOW))][-WINDOW:]
        border = len(lines) if ended else self._border(lines)
        totals, border = self._totals(lines, border)
        if border < len(lines):
            self.first, self.last = lines[border].number, lines[-1].number
            self.count = sum(line.lines for line in lines[border:])
        self.above = lines[border - 1].number if lines else 0
        for batch in _first_records(window, sum(piece.batch.rows for piece in window) - len(lines) + border):
            rows = [i for i, line in enumerate(batch.source_positions.to_pylist()) if line in totals] if totals else []
            yield with_filtered(batch, rows, ErrorCode.TOTAL, messages.TOTAL_OF_ROWS, LINES_IN_WORDS)

    def _totals(self, lines: list[PhysicalLine], border: int) -> tuple[set[int], int]:
        """Return the lines of the totals that end the table, and the position of the first note, which is none."""
        while border < len(lines) and is_total(lines[border].cells) and self._is_sum(lines[border]):
            border += 1
        totals: set[int] = set()
        filled = [line for line in reversed(lines[:border]) if line.filled]
        above_remarks = dropwhile(self._is_remark, filled)
        for line in takewhile(lambda line: is_total(line.cells), islice(above_remarks, MAX_TOTALS)):
            if self._is_sum(line):
                totals.add(line.number)
            elif line.apart:
                self.unproven.append(line.number)
        return totals, border

    def _is_remark(self, line: PhysicalLine) -> bool:
        """Return whether a record may be a remark below a total: it has a text in its first field only."""
        return self._width > NARROW and _is_alone(line) and not is_total(line.cells) and kind_of(line.filled[0]) is None

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
        while begin < end and is_total(lines[begin].cells):
            begin = gap = begin + 1
        block, table = lines[begin:], lines[:gap]
        alone = all(_is_alone(line) for line in block) and not any(map(_is_alone, table))
        has_note = any(NOTE.match(line.filled[0]) or _is_prose(line.filled[0], table) for line in block if alone)
        return gap if 0 < gap <= begin < end and self._width > NARROW and has_note else end

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
    """Return whether a line is a note, or a total with too few fields or a word below numbers, dates or times.

    A note is the first field alone, and has too few fields, or a blank line and then a word for a note or a total.
    """
    filled = line.filled
    table = [other for other in above if len(other.filled) > 1]
    if not filled or not table:
        return False
    position = line.cells.index(filled[0])
    short, apart = len(line.cells) < width, line.apart and sum(other.apart for other in table) < USUAL
    unlike = _unlike(filled[0], [other.cells for other in table], position)
    if is_total(line.cells):
        return short or unlike
    if TOTAL.fullmatch(filled[0].strip()) and len(filled) == 1:
        return apart or short
    if len(filled) > 1 or position:
        return False
    noted = bool(NOTE.match(filled[0])) and not any(NOTE.match(other.cells[0] or "") for other in table)
    return (noted and (short or apart)) or (short and (unlike or _is_prose(filled[0], table)))


def _unlike(cell: str, rows: list[Cells], position: int) -> bool:
    """Return whether a cell is text below numbers, dates or times."""
    kinds = kinds_of(row[position] for row in rows if len(row) > position)
    return not mostly_text(kinds) and kind_of(cell) is None


def _is_prose(text: str, table: list[PhysicalLine]) -> bool:
    """Return whether a text has several words, and more than any value of the first column."""
    words = len(text.split())
    return words >= PROSE and all(words > len((line.cells[0] or "").split()) for line in table)
