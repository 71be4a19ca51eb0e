"""What can be read of a line of CSV that is not as it should be: quotes that do not match up, another delimiter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from imports.readers.csv.syntax import MAX_FIELDS, Dialect, syntax_of
from imports.readers.table_detection.cells import Cells

OTHER_DELIMITERS = (",", ";", "\t", "|", " ", ", ", "; ")
SURE_OF_ANY = 4  # fields from which another delimiter that gives as many is no accident
MAX_LINE_LENGTH = 20_000  # characters of a line that is worth a search

#: A cell, where the next one begins, and whether there is a next one.
Field = tuple[str | None, int, bool]


def other_delimiter(line: str, dialect: Dialect, width: int, count: int) -> tuple[str, Cells] | None:
    """Return the one other delimiter that gives the line `width` fields, and them; None where none or several do.

    count: how many fields the file's own delimiter gives.
    """
    if width < SURE_OF_ANY and (count > 1 or width < 2):
        return None
    possible = [delimiter for delimiter in _others(dialect, width) if line.count(delimiter) >= width - 1]
    if not possible or "\n" in line or "\r" in line:
        return None
    readings = []
    for delimiter in possible:
        cells = _Line(line, replace(dialect, delimiter=delimiter)).closing_early()
        if cells is not None and len(cells) == width and not _leaves(dialect.delimiter, cells):
            readings.append((delimiter, cells))
    return readings[0] if len(readings) == 1 else None


@lru_cache(200)
def _others(dialect: Dialect, width: int) -> list[str]:
    """Return delimiters that other files use."""
    sure = (
        OTHER_DELIMITERS if width >= SURE_OF_ANY else [delimiter for delimiter in OTHER_DELIMITERS if delimiter != " "]
    )
    return [delimiter for delimiter in sure if delimiter not in (dialect.delimiter, dialect.quote)]


def _leaves(delimiter: str, cells: Cells) -> bool:
    """Return whether most of the cells end with the file's own delimiter, or begin with it."""
    return sum(cell is not None and cell.strip(delimiter) != cell for cell in cells) > len(cells) / 2


def cells_of_broken_line(line: str, dialect: Dialect, width: int | None) -> Cells | None:
    """Return the cells of a line in which a quote opens that does not close as it should; None where it cannot be read.

    A quote closes a value where a delimiter or the line's end follows it. Where that does not give as many fields as
    there should be, quotes further on may close it, or the one that opens it may be text: the first such reading with
    `width` fields is taken.
    """
    broken = _Line(line, dialect)
    cells = broken.closing_early()
    if width is None or not _is_searchable(line, width) or (cells is not None and len(cells) == width):
        return cells
    return broken.with_fields(width) or cells


def cells_with_quotes_inside(line: str, dialect: Dialect, width: int) -> Cells | None:
    """Return the `width` cells of a line in which quotes open within a text and hold a delimiter; None where there
    are others.

    They are part of the text, or the delimiter before them is missing.
    """
    return _Line(line, dialect).with_fields(width) if _is_searchable(line, width) else None


def _is_searchable(line: str, width: int) -> bool:
    return width <= MAX_FIELDS and len(line) <= MAX_LINE_LENGTH


class _Line:
    def __init__(self, line: str, dialect: Dialect) -> None:
        self._line = line
        self._delimiter = dialect.delimiter
        self._quote = dialect.quote
        self._syntax = syntax_of(dialect)
        self._hopeless: set[tuple[int, int]] = set()

    def closing_early(self) -> Cells | None:
        """Return every quote that can close a value does; None where one that opens is never closed."""
        cells: Cells = []
        position, more = 0, True
        while more:
            field = self._regular(position) or next(self._closed(position), None)
            if field is None:
                return None
            cell, position, more = field
            cells.append(cell)
        return cells

    def with_fields(self, width: int, position: int = 0) -> Cells | None:
        """Return the first reading from a position on that has so many fields."""
        if width == 0 or (position, width) in self._hopeless:
            return None
        for cell, end, more in self._fields(position):
            if not more and width == 1:
                return [cell]
            rest = self.with_fields(width - 1, end) if more else None
            if rest is not None:
                return [cell, *rest]
        self._hopeless.add((position, width))
        return None

    def _fields(self, position: int) -> Iterator[Field]:
        """Yield the ways to read the field at a position, the likelier first."""
        yield from self._quoted_inside(position)
        regular = self._regular(position)
        if regular:
            yield regular
        yield from self._closed(position)
        text = self._syntax.plain_field.match(self._line, position)
        if text:
            yield self._syntax.plain(text[1]), text.end(), bool(text[2])

    def _regular(self, position: int) -> Field | None:
        """Return as it should be."""
        match = self._syntax.field.match(self._line, position)
        if match is None:
            return None
        quoted, plain, end = match.groups()
        cell = self._syntax.plain(plain) if quoted is None else self._syntax.quoted(quoted)
        return cell, match.end(), bool(end)

    def _quoted_inside(self, position: int) -> Iterator[Field]:
        """Yield the field with the quotes that open within it as a part of it, or ending before them."""
        text = self._syntax.plain_field.match(self._line, position) if self._quote else None
        inner = self._syntax.inside.search(self._line, position) if text else None
        if inner and text and position < inner.start() < text.end(1):
            after = inner.end() + len(self._delimiter)
            yield self._syntax.plain(self._line[position : inner.end()]), after, after <= len(self._line)
            yield self._syntax.plain(self._line[position : inner.start()]), inner.start(), True

    def _closed(self, position: int) -> Iterator[Field]:
        """Closed by one of the quotes that follow, where one opens."""
        if self._quote and self._line.startswith(self._quote, position):
            for match in self._syntax.closing.finditer(self._line, position + 1):
                yield self._syntax.quoted(self._line[position + 1 : match.start()]), match.end(), bool(match[1])
