"""Where the table is in a text, by its first records.

The table is the one with the most records and columns in the sample. Lines before it that have fewer fields, or nothing
but a title, comments or a name and its value in the first fields, are no part of it.
"""

from __future__ import annotations

from imports.readers.csv.careful_parser import Record
from imports.readers.csv.dialect_score import COMMENT, regular_width
from imports.readers.table_detection.cells import Cells
from imports.readers.table_detection.header import has_header, is_surely_header

SMALLEST = 3  # records, its header among them, of a table that is read though another is as large
LOOK_AHEAD = 20  # records below a title in which its table must begin
MAX_NAME_LENGTH = 100  # characters of a cell in a record that is wider than the table and yet its header
NAME_AND_VALUE = 2


def table_of(records: list[Record]) -> list[Record]:
    """Return all records, or those up to the end of the first table where the largest is not longer."""
    first = first_table(records)
    width = regular_width([record.cells for record in records])
    largest = sum(len(record.cells) == width for record in records[len(first) :])
    return first if sum(len(record.cells) > 1 for record in first) >= largest else records


def first_table(records: list[Record]) -> list[Record]:
    """Return the records up to another table, which has another number of fields; all where there is none."""
    begin, end = _run(records, 0)
    following = records[slice(*_run(records, end))]
    tables = [[record.cells for record in table] for table in (records[begin:end], following)]
    return records[:end] if all(len(table) >= SMALLEST and is_surely_header(table) for table in tables) else records


def _run(records: list[Record], start: int) -> tuple[int, int]:
    """Return begin and end of the next records with the same number of fields, more than one."""
    lengths = [len(record.cells) for record in records]
    begin = next((i for i in range(start, len(lengths)) if lengths[i] > 1), len(lengths))
    return begin, next((i for i in range(begin, len(lengths)) if lengths[i] != lengths[begin]), len(lengths))


def start_of_table(records: list[Record], width: int, *, hinted: bool) -> int:
    """Return the position of the table's first record. hinted: whether the first one names the delimiter."""
    for i in range(_comments(records, width), len(records)):
        wide = len(records[i].cells) >= width and not (hinted and i == 0)
        if wide and not _is_title(records[i].cells, records[i + 1 :], width):
            return i
    return 0


def start_of_values(records: list[Record], start: int, width: int) -> int:
    """Return where a table without a header starts: what is empty before the first value, or looks like those below,
    is its
    own."""
    rows = [record.cells for record in records[start:]]
    while start and _is_own(records[start - 1].cells, rows, width):
        start -= 1
    return start


def _is_own(cells: Cells, rows: list[Cells], width: int) -> bool:
    return len(cells) == width if not any(cells) else len(cells) > 1 and not has_header([cells, *rows])


def short_header(records: list[Record], start: int, rows: list[Cells]) -> Record | None:
    """Return the record above the first of full width that names most of the columns, where the table does not do so
    itself.

    rows: the records of full width.
    """
    if start and _is_short_header(records[start - 1], records[start], rows):
        return records[start - 1]
    if is_surely_header(rows):
        return None
    for i, record in enumerate(records[:start]):
        below = [other.cells for other in records[i + 1 :] if len(other.cells) > 1]
        if _names_most(record.cells, len(rows[0])) and is_surely_header([record.cells, *below]):
            return record
    return None


def _is_short_header(record: Record, first: Record, rows: list[Cells]) -> bool:
    cells, width = record.cells, len(rows[0])
    if first.line != record.line + 1 or not _names_most(cells, width):
        return False
    if not (has_header([cells, *rows]) and has_header([[None, *cells], *rows])):
        return False
    return not any(values_behind(rows, len(cells))) or (len(cells) == width - 1 and not is_surely_header(rows))


def _names_most(cells: Cells, width: int) -> bool:
    return max(2, width / 2) <= len(cells) < width and all(cells)


def values_behind(rows: list[Cells], position: int) -> list[bool]:
    """Return, for each record, whether it has a value from a position on."""
    return [any(cell is not None for cell in row[position:]) for row in rows]


def _comments(records: list[Record], width: int) -> int:
    """Return how many comments precede the table: where what comes after them are names, and no comment."""
    count = next((i for i, record in enumerate(records) if not (record.cells[0] or "").startswith(COMMENT)), 0)
    table = [record.cells for record in records[count:] if len(record.cells) == width]
    return count if table and is_surely_header(table) else 0


def _is_title(cells: Cells, below: list[Record], width: int) -> bool:
    """Return whether a record is above the table.

    Only its first field is filled, or none, or it is a name and its value above a header; or it has more fields than
    the table, because it is prose with signs in it or the header comes after it.
    """
    following = [record.cells for record in below[:LOOK_AHEAD]]
    table = [row for row in following if len(row) == width]
    if len(cells) > width > 1:
        prose = any(cell and (cell.startswith(" ") or len(cell) > MAX_NAME_LENGTH) for cell in cells[1:])
        return bool(table) and (prose or is_surely_header(table))
    filled = [cell for cell in cells if cell]
    apart = bool(table) and following[0] == table[0] and not any(table[0])
    if width <= NAME_AND_VALUE or len(filled) > NAME_AND_VALUE or (filled and not cells[0] and not apart):
        return False
    if len(filled) < NAME_AND_VALUE:
        return any(sum(map(bool, row)) > 1 for row in following)
    together = apart or bool(cells[1]) or any(":" in cell for cell in filled)
    return together and width > NAME_AND_VALUE + 1 and _has_header_within(table)


def _has_header_within(table: list[Cells]) -> bool:
    return any(all(row) and is_surely_header(table[i:]) for i, row in enumerate(table))
