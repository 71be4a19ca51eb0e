"""The careful reader of CSV: its reading of a text is what the text says; csv_syntax.py says what a field is.

A record ends at LF, CRLF or CR outside quotes; a delimiter, a line end or the end of the file must follow the quote
that closes a value. Nothing is trimmed. Where that fails, the record is one physical line, and csv_salvage.py says
what can be read of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from imports.readers.csv.broken_lines import cells_of_broken_line, cells_with_quotes_inside, other_delimiter
from imports.readers.csv.syntax import Dialect, record_syntax_of, syntax_of
from imports.readers.limits import MAX_CELL
from imports.readers.table_detection.cells import Cells

LINE_END = re.compile(r"\r\n|\n|\r")


def line_ends(text: str, start: int, stop: int) -> int:
    """Return how many are in this part of a text."""
    return text.count("\n", start, stop) + text.count("\r", start, stop) - text.count("\r\n", start, stop)


class Quoting(Enum):
    """How the quotes of a record were."""

    REGULAR = 0
    UNDOUBLED = 1  # quotes are inside a value or open none; read as text
    UNCLOSED = 2  # no end of a quoted value on the line; the one cell is the whole line


class Record(NamedTuple):
    cells: Cells
    line: int  # physical line on which it begins, from 1
    quoting: Quoting = Quoting.REGULAR
    delimiter: str = ""  # the line's own, where it is not the file's


class CarefulReader:
    """Takes records out of a text. `position` (characters) and `line` say how far it has come.

    `width`: how many fields a record should have, where that is known; it decides how a broken line is read.
    """

    def __init__(
        self, dialect: Dialect, text: str = "", *, line: int = 1, final: bool = True, width: int | None = None
    ) -> None:
        self._syntax = syntax_of(dialect)
        self._delimiter = dialect.delimiter
        self._quote = dialect.quote
        self._text = text
        self._final = final  # whether the file ends with this text
        self._width = width
        self._whole = record_syntax_of(dialect, width) if width else None
        self.position = 0
        self.line = line

    def records(self) -> Iterator[Record]:
        """Yield every record that ends in the text; the same as `next_record` again and again, but faster."""
        size = len(self._text)
        special = self._syntax.special
        while self.position < size:
            match = special.search(self._text, self.position) if special else None
            end = self._last_line_end(match.start() if match else -1)
            if end > self.position:
                yield from self._plain_records(end)
            else:
                record = self._whole_record() or self.next_record()
                if record is None:
                    return
                yield record

    def _last_line_end(self, before: int) -> int:
        """Return where the last complete line before a special character ends; -1: before the end of the text."""
        text, start = self._text, self.position
        if before >= 0:
            return max(text.rfind("\n", start, before), text.rfind("\r", start, before)) + 1
        if self._final:
            return len(text)
        stop = len(text) - 1 if text.endswith("\r") else len(text)  # its LF may still come
        return max(text.rfind("\n", start, stop), text.rfind("\r", start, stop)) + 1

    def _plain_records(self, end: int) -> Iterator[Record]:
        """Yield records of lines without a quote or an escape."""
        chunk = self._text[self.position : end]
        if "\r" in chunk:
            chunk = chunk.replace("\r\n", "\n").replace("\r", "\n")
        lines = chunk.split("\n")
        if not lines[-1]:
            lines.pop()
        delimiter, width, first = self._delimiter, self._width, self.line
        self.position = end
        self.line += chunk.count("\n")
        for number, line in enumerate(lines, first):
            cells: Cells = [cell or None for cell in line.split(delimiter)]
            yield Record(cells, number) if len(cells) == width else self._fitting(Record(cells, number), line)

    def _whole_record(self) -> Record | None:
        """Return the record at `position` if it is as it should be and surely ends here.

        The same as `next_record` then.
        """
        match = self._whole.regular.match(self._text, self.position) if self._whole else None
        if match is None or (match.end() == len(self._text) and not self._final and not match[0].endswith("\n")):
            return None
        record = self._taken(self._syntax.cells(match.groups()[:-1]), match.end())
        return self._with_quotes_inside(record, match.start(), match.end(len(match.groups()) - 1)) or record

    def next_record(self) -> Record | None:
        """Return the record at `position`; None where the text ends before it does."""
        text, start = self._text, self.position
        if start >= len(text):
            return None
        match = self._syntax.record.match(text, start)
        if match is None:
            return self._salvaged()
        if not self._final and match.end() == len(text) and not match[2].endswith("\n"):
            return None  # more of it, or the LF of a CRLF, may still come
        stop = match.end(1)
        record = self._taken(self._syntax.cells_within(text, start, stop), match.end())
        return self._with_quotes_inside(record, start, stop) or self._fitting(record, text[start:stop])

    def _taken(self, cells: Cells, end: int) -> Record:
        record = Record(cells, self.line)
        self.line += line_ends(self._text, self.position, end)
        self.position = end
        return record

    def _with_quotes_inside(self, record: Record, start: int, stop: int) -> Record | None:
        """Return the record there, read otherwise because quotes that open within a text hold a
        delimiter."""
        if self._width is None or not self._quote or not self._syntax.inside.search(self._text, start, stop):
            return None
        cells = cells_with_quotes_inside(self._text[start:stop], self._syntax.dialect, self._width)
        return Record(cells, record.line, Quoting.UNDOUBLED) if cells else None

    def _fitting(self, record: Record, line: str) -> Record:
        """Return the record.

        Where it has not the fields that it should and another delimiter gives them, by that one.
        """
        if self._width is None or len(record.cells) == self._width or record.cells == [None]:
            return record
        division = other_delimiter(line, self._syntax.dialect, self._width, len(record.cells))
        return Record(division[1], record.line, Quoting.REGULAR, division[0]) if division else record

    def _salvaged(self) -> Record | None:
        """Return the line at `position`, of which a field opens a quote that does not close as it should."""
        text = self._text
        if not self._final and self._is_open(self._syntax.fields.match(text, self.position)):
            return None
        line_end = LINE_END.search(text, self.position)
        if not self._final and (line_end is None or line_end.end() == len(text)):
            return None
        line = text[self.position : line_end.start() if line_end else len(text)]
        whole = self._whole.broken.match(line) if self._whole else None
        if whole:
            cells: Cells | None = self._syntax.cells(whole.groups())
        else:
            cells = cells_of_broken_line(line, self._syntax.dialect, self._width)
        quoting = Quoting.UNCLOSED if cells is None else Quoting.UNDOUBLED
        record = Record([line] if cells is None else cells, self.line, quoting)
        self.position = line_end.end() if line_end else len(text)
        self.line += 1 if line_end else 0
        return record

    def _is_open(self, before: re.Match[str] | None) -> bool:
        """Return whether the text ends within the value after these fields, and it may still be closed."""
        at = before.end() if before else self.position
        return len(self._text) - at < MAX_CELL and self._syntax.closed.match(self._text, at) is None
