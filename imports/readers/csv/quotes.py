"""Which quotes a text has: some are around values, some are part of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from imports.readers.csv.careful_parser import Record
from imports.readers.table_detection.cells import Cells, kind_of

UNPAIRED = 3  # cells that begin with a quote that nothing closes, from which quotes are ordinary text
SINGLY_QUOTED = 3  # cells in single quotes, from which these are no part of the values
LINE_ENDS = frozenset("\r\n")


def possible_quotes(text: str) -> list[str]:
    quotes = ['"']
    if text.count("'") > 1:
        quotes.append("'")
    return [*quotes, ""] if '"' in text else quotes


def double_quotes_are_text(records: list[Record]) -> bool:
    """Return whether several cells begin with a double quote, and neither most of them nor a later one end with it."""
    closed = [is_closed for record in records for is_closed in _closed_quotes(record.cells)]
    return closed.count(False) >= UNPAIRED and closed.count(True) < len(closed) / 2


def _closed_quotes(cells: Cells) -> Iterator[bool]:
    """Return, for each cell that begins with a double quote, whether a closing one precedes the next opening one."""
    opened = False
    for cell in filter(None, cells):
        if cell.startswith('"'):
            if opened:
                yield False
            opened = True
        if opened and cell.endswith('"') and cell != '"':
            yield True
            opened = False
    if opened:
        yield False


def single_quotes_tell(text: str, delimiter: str) -> bool:
    """Return whether they hold something that needs them, or are around most of the texts."""
    if needs_single_quotes(text, delimiter):
        return True
    texts = [cell for line in text.splitlines() for cell in line.split(delimiter) if cell and kind_of(cell) is None]
    return len(_singly_quoted(text, delimiter)) >= max(SINGLY_QUOTED, len(texts) / 2)


def needs_single_quotes(text: str, delimiter: str) -> bool:
    """Return whether a value in them holds the delimiter, a line end or a doubled quote."""
    quoted = _singly_quoted(text, delimiter)
    return any(delimiter in value or "''" in value or not LINE_ENDS.isdisjoint(value) for value in quoted)


def _singly_quoted(text: str, delimiter: str) -> list[str]:
    divided = re.escape(delimiter)
    return re.findall(rf"(?:^|(?<={divided}))'((?:[^']|'')*)'(?={divided}|\r?$)", text, re.MULTILINE)
