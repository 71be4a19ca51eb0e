"""The careful reader of CSV: its reading of a text is what the text says.

A record ends at LF, CRLF or CR outside quotes. A field that begins with the quote character runs to the next quote that
is not doubled, and a delimiter, a line end or the end of the file must follow it; a quote inside an unquoted field
is an ordinary character. An unquoted empty field is None, a quoted one "". Nothing is trimmed.

Where quotes do not match up, the record is one physical line: what can be read by taking undoubled quotes as text is
read, and the rest is given as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from imports.readers.limits import MAX_CELL

LINE_END = re.compile(r"\r\n|\n|\r")


class Quoting(Enum):
    """How the quotes of a record were."""

    REGULAR = 0
    UNDOUBLED = 1  # quotes stand inside a quoted value; read as text
    UNCLOSED = 2  # no end of a quoted value on the line; the one cell is the whole line


class Record(NamedTuple):
    cells: list[str | None]
    line: int  # physical line on which it begins, from 1
    quoting: Quoting = Quoting.REGULAR


@dataclass(frozen=True)
class Dialect:
    delimiter: str  # one character or more
    quote: str = '"'  # one character; "" where quotes are ordinary text


class CarefulReader:
    """Takes records out of a text. `position` (characters) and `line` say how far it has come."""

    def __init__(self, dialect: Dialect, text: str = "", *, line: int = 1, final: bool = True) -> None:
        self._delimiter = dialect.delimiter
        self._quote = dialect.quote
        self._text = text
        self._final = final  # whether the file ends with this text
        self.position = 0
        self.line = line
        self._compile(re.escape(dialect.delimiter), re.escape(dialect.quote))

    def _compile(self, delimiter: str, quote: str) -> None:
        end = rf"({delimiter}|\r\n|\n|\r|\Z)"
        plain = rf"((?:(?!{delimiter})[^\r\n])*+)" if len(self._delimiter) > 1 else rf"([^{delimiter}\r\n]*+)"
        if not quote:
            self._field = re.compile(rf"(\Z.)?{plain}{end}")
            return
        body = rf"[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+"
        self._field = re.compile(rf"(?:{quote}({body}){quote}|(?!{quote}){plain}){end}")
        self._closed = re.compile(rf"{quote}{body}{quote}")
        self._lenient = re.compile(rf"(?:{quote}(.*?){quote}|(?!{quote}){plain})({delimiter}|\Z)", re.DOTALL)

    def records(self) -> Iterator[Record]:
        """Every record that ends in the text; the same as `next_record` again and again, but faster."""
        size = len(self._text)
        while self.position < size:
            quote_at = self._text.find(self._quote, self.position) if self._quote else -1
            end = self._last_line_end(quote_at)
            if end > self.position:
                yield from self._plain_records(end)
            else:
                record = self.next_record()
                if record is None:
                    return
                yield record

    def _last_line_end(self, before: int) -> int:
        """Where the last complete line before a quote ends; -1 for `before`: before the end of the text."""
        text, start = self._text, self.position
        if before >= 0:
            return max(text.rfind("\n", start, before), text.rfind("\r", start, before)) + 1
        if self._final:
            return len(text)
        stop = len(text) - 1 if text.endswith("\r") else len(text)  # its LF may still come
        return max(text.rfind("\n", start, stop), text.rfind("\r", start, stop)) + 1

    def _plain_records(self, end: int) -> Iterator[Record]:
        """Records of lines without a quote."""
        chunk = self._text[self.position : end]
        if "\r" in chunk:
            chunk = chunk.replace("\r\n", "\n").replace("\r", "\n")
        lines = chunk.split("\n")
        if not lines[-1]:
            lines.pop()
        delimiter, first = self._delimiter, self.line
        self.position = end
        self.line += chunk.count("\n")
        for number, line in enumerate(lines, first):
            yield Record([cell or None for cell in line.split(delimiter)], number)

    def next_record(self) -> Record | None:
        """The record at `position`; None where the text ends before it does."""
        text, position, cells = self._text, self.position, []
        if position >= len(text):
            return None
        while True:
            match = self._field.match(text, position)
            if match is None:
                return self._salvaged(position)
            quoted, plain, end = match.groups()
            cells.append(plain or None if quoted is None else self._undoubled(quoted))
            position = match.end()
            if end != self._delimiter:
                break
        if not self._final and position == len(text) and end != "\n" and end != "\r\n":
            return None  # more of it, or the LF of a CRLF, may still come
        return self._taken(cells, position, Quoting.REGULAR)

    def _undoubled(self, quoted: str) -> str:
        return quoted.replace(self._quote * 2, self._quote)

    def _taken(self, cells: list[str | None], end: int, quoting: Quoting) -> Record:
        record = Record(cells, self.line, quoting)
        self.line += len(LINE_END.findall(self._text, self.position, end)) if end > self.position else 0
        self.position = end
        return record

    def _salvaged(self, field_at: int) -> Record | None:
        """The line at `position`, of which the field at `field_at` opens a quote that does not close as it should."""
        text = self._text
        more_may_come = not self._final and len(text) - field_at < MAX_CELL
        if more_may_come and self._closed.match(text, field_at) is None:
            return None
        line_end = LINE_END.search(text, self.position)
        if not self._final and (line_end is None or line_end.end() == len(text)):
            return None
        line = text[self.position : line_end.start() if line_end else len(text)]
        cells = self._lenient_cells(line)
        end = line_end.end() if line_end else len(text)
        if cells is None:
            return self._taken([line], end, Quoting.UNCLOSED)
        return self._taken(cells, end, Quoting.UNDOUBLED)

    def _lenient_cells(self, line: str) -> list[str | None] | None:
        """The cells of one line where undoubled quotes are text; None where a quote does not close at all."""
        cells: list[str | None] = []
        position = 0
        while True:
            match = self._lenient.match(line, position)
            if match is None:
                return None
            quoted, plain, end = match.groups()
            cells.append(plain or None if quoted is None else self._undoubled(quoted))
            position = match.end()
            if not end:
                return cells
