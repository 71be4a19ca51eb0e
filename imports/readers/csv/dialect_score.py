"""How well a dialect explains records of a text: by the table that they make."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from math import log2

from imports.readers.csv.careful_parser import Quoting, Record
from imports.readers.csv.syntax import Dialect
from imports.readers.table_detection.cells import Cells, is_amount, kind_of

COMMENT = "#"  # begins a line that a delimiter need not divide
MIN_ROWS = 2  # of a table between comments, its header among them
SAMPLE_LINES = 200  # of a text that nothing may divide
CONTROLS = "".join(map(chr, [*range(1, 9), *range(14, 26), *range(27, 32)]))  # not those of ends of lines and files
COMMON = {",": 1.0, ";": 1.0, "\t": 1.0, "|": 1.0}
#: Delimiters that also occur in ordinary values: they need a table that is unambiguous.
RARE = {" ": 0.8, ":": 0.7, "~": 0.8, "^": 0.8, "#": 0.6, "*": 0.6, "!": 0.6, "&": 0.6, "=": 0.6, "¦": 0.8, "§": 0.8,
        **dict.fromkeys(CONTROLS, 0.9)}  # fmt: skip


def score_of(records: list[Record], dialect: Dialect) -> float:
    """Return how well a dialect explains the records: by equal lengths, values that look like some, and tidy quotes."""
    rows = [record.cells for record in records]
    width = regular_width(rows)
    if width == 1:
        return 0.0
    rows = _without_comments(rows, width)
    fitting = [i for i, row in enumerate(rows) if len(row) == width]
    inside = len(fitting) / (fitting[-1] - fitting[0] + 1)
    agreeing = inside * (len(fitting) / len(rows)) ** 0.5
    display_text = sum(record.quoting is Quoting.REGULAR for record in records) / len(records)
    first = 1.0 if len(rows[0]) == width else 0.9
    prior = COMMON.get(dialect.delimiter) or RARE.get(dialect.delimiter, 1.0)
    table = [rows[i] for i in fitting]
    if dialect.delimiter not in COMMON and not _leaves_no_doubt(table, agreeing):
        return 0.0
    quoting = {'"': 1.0, "'": 0.98}.get(dialect.quote, 0.96)
    likely = _likelihood(table, dialect)
    return agreeing**2 * (0.1 + 0.9 * likely) * (0.5 + 0.5 * display_text) * first * (1 - 0.3 / width) * prior * quoting


def _without_comments(rows: list[Cells], width: int) -> list[Cells]:
    """Return the rows without comments of other lengths, where several rows that are no comments have this one."""
    table = [row for row in rows if not (row[0] or "").startswith(COMMENT)]
    if len(table) == len(rows) or sum(len(row) == width for row in table) < MIN_ROWS:
        return rows
    return [row for row in rows if len(row) == width or not (row[0] or "").startswith(COMMENT)]


def regular_width(rows: list[Cells]) -> int:
    """Return the length of the table's records: of those that are many and long."""
    lengths = Counter(map(len, rows))
    weights = {length: count * log2(length + 0.2) for length, count in lengths.items() if length > 1}
    if not weights or lengths[1] > 0.9 * len(rows):
        return 1
    return max(weights, key=lambda length: (weights[length], length))


def _leaves_no_doubt(table: list[Cells], agreeing: float) -> bool:
    """Return whether a table with a rare delimiter agrees, and has a column of numbers or dates or three of anything.

    Not where a common delimiter would divide its records further than it does.
    """
    if agreeing < 0.8 or any(_divides(delimiter, table) for delimiter in COMMON):
        return False
    columns = list(zip(*table, strict=True))
    empty = sum(not any(column) for column in columns)
    telling = any(_tells(column[1:] or column) for column in columns)
    return empty <= len(columns) / 3 and (telling or (len(columns) >= 3 and len(table) >= 3))


def _divides(delimiter: str, table: list[Cells]) -> bool:
    """Return whether a delimiter, no blank after it, is in most records in most cells, or as often as there are
    cells."""
    dense = re.compile(re.escape(delimiter) + r"(?=\S)")
    divided = 0
    for cells in table:
        counts = [len(dense.findall(cell)) for cell in cells if cell and kind_of(cell) is None]
        divided += sum(counts) >= len(cells) or sum(map(bool, counts)) > len(cells) / 2
    return divided > 0.5 * len(table)


def _tells(column: tuple[str | None, ...]) -> bool:
    values = [cell for cell in column if cell]
    return len(values) > 0.5 * len(column) and sum(kind_of(cell) is not None for cell in values) >= 0.8 * len(values)


def _likelihood(table: list[Cells], dialect: Dialect) -> float:
    """Return the mean of what the cells look like, from 0 to 1; a column without a letter or digit is hardly one."""
    columns = list(zip(*table, strict=True))
    worth = [
        sum(_worth(cell, dialect.delimiter) for cell in column) / len(column) if any(map(_says, column)) else 0.3
        for column in columns
    ]
    return sum(worth) / len(worth)


def _says(cell: str | None) -> bool:
    return cell is not None and any(map(str.isalnum, cell))


@lru_cache(20_000)
def _worth(cell: str | None, delimiter: str) -> float:
    """Return how much a cell looks like one value: less where other delimiters or quotes are left in it."""
    if not cell or kind_of(cell) is not None:
        return 1.0 if cell == (cell or "").strip() or cell is None else 0.9
    stripped = cell.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "\"'":
        return 0.0
    if stripped[:1] == '"' or stripped[-1:] == '"' and stripped.count('"') % 2:
        return 0.3
    if "\t" in cell and delimiter != "\t":
        return 0.0
    if any(other in cell for other in ";|" if other != delimiter) and "://" not in cell:
        return 0.2
    if "," in cell and "://" not in cell:
        return 0.7 if cell.count(", ") == cell.count(",") else 0.3
    return 1.0 if stripped == cell else 0.9


def score_undivided(text: str) -> float:
    """Return the score of one column: high where every line is one value of a kind."""
    lines = [line for line in text.splitlines() if line.strip()][:SAMPLE_LINES]
    if not lines:
        return 0.0
    rest = lines[1:] or lines
    strict = sum(is_amount(line) or kind_of(line) is not None for line in rest) / len(rest)
    named = not any(delimiter in lines[0] for delimiter in COMMON)
    loose = sum(_worth(line, "") for line in lines) / len(lines)
    if not named:
        return 0.15 * loose
    return 0.9 * strict if strict > 0.9 else 0.3 * loose
