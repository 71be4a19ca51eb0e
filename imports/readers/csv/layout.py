"""What the table of a text looks like: its header, the width of its records, where its body begins.

What is empty behind the last named column is no column.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import islice, takewhile
from typing import Any

from core.messages import Message
from imports.errors import InvalidMapping, UnreadableFile
from imports.not_read import NotRead
from imports.readers import messages
from imports.readers.batch_builder import header_of
from imports.readers.csv.careful_parser import CarefulReader, Record
from imports.readers.csv.dialect import (
    MAX_BLANK,
    SAMPLE_RECORDS,
    delimiter_hint,
    is_too_wide,
    sample_records,
    too_wide,
)
from imports.readers.csv.dialect_score import regular_width
from imports.readers.csv.syntax import Dialect
from imports.readers.csv.table_start import (
    LOOK_AHEAD,
    first_table,
    short_header,
    start_of_table,
    start_of_values,
    table_of,
    values_behind,
)
from imports.readers.table_detection.cells import Cells
from imports.readers.table_detection.header import (
    MAX_ROWS,
    has_header,
    header_rows,
    is_lone_record,
    is_mostly_nameless,
    is_ruled,
    joined_names,
)
from imports.readers.table_detection.row_names import has_row_names


@dataclass(frozen=True)
class Layout:
    """Lines are physical, from 1."""

    header: list[str]  # names of the columns
    header_line: int  # of the header's first record; 0: there is none
    names: list[Cells]  # the records that the header is made of
    first_line: int  # of what comes after the header, or of the first record
    fields: int  # of a regular record: the columns, and what is always empty behind them
    warnings: list[Message] = field(default_factory=list)
    above: NotRead = NotRead.TITLE  # what the lines above it are
    skipped_to: int = 0  # the first line to read below the header, where one was asked for; else 0

    @property
    def start_line(self) -> int:
        """The line on which the table starts, with its header."""
        return self.header_line or self.first_line


def find_layout(sample: str, dialect: Dialect, options: Mapping[str, Any], *, final: bool) -> Layout:
    """Return the layout; `options` (header_row, header_rows, first_row) decide what they name.

    Raises UnreadableFile, InvalidMapping.
    """
    records = sample_records(sample, dialect, final=final)
    if not records and sample.strip(" \r\n"):
        raise UnreadableFile(messages.MANY_BLANK_LINES(limit=MAX_BLANK))
    if not records or not sample.strip(" \r\n"):
        raise UnreadableFile(messages.ONLY_BLANK_LINES())
    records = table_of(records)
    width = regular_width([record.cells for record in records])
    if is_too_wide(records):
        raise too_wide()
    again = sample_records(sample, dialect, final=final, width=width)  # broken lines are read by the width
    records = again[: len(records)]
    layout = _layout_of(records, width, sample, dialect, options, final=final)
    above = [record for record in records if record.line < layout.start_line]
    return replace(layout, above=NotRead.OTHER_TABLE if _is_tabular(above) else NotRead.TITLE)


def _layout_of(
    records: list[Record], width: int, sample: str, dialect: Dialect, options: Mapping[str, Any], *, final: bool
) -> Layout:
    header_row = options.get("header_row")
    if header_row:
        layout = _layout_at_line(sample, dialect, header_row, options.get("header_rows") or 1, final=final)
        asked = options.get("first_row") or 0
        return replace(layout, skipped_to=asked if asked > layout.first_line else 0)
    start = start_of_table(records, width, hinted=bool(delimiter_hint(sample)))
    if options.get("first_row"):
        start = next((i for i, record in enumerate(records) if record.line >= options["first_row"]), start)
    elif header_row == 0:
        start = start_of_values(records, start, width)
    if header_row == 0:
        return _without_header(records[start:], [] if options.get("first_row") else _left_out_before(records, start))
    return _found_layout(records, start, width)


def body_at(sample: str, dialect: Dialect, layout: Layout, *, final: bool) -> tuple[int, int]:
    """Return where the body begins: characters of the sample before it, and its physical line."""
    reader = CarefulReader(dialect, sample, final=final, width=layout.fields)
    if layout.header_line:
        return _after_header(reader, layout)
    while reader.line < layout.first_line and reader.next_record() is not None:
        pass
    return reader.position, reader.line


def _after_header(reader: CarefulReader, layout: Layout) -> tuple[int, int]:
    left = len(layout.names)
    while left and (record := reader.next_record()) is not None:
        left -= record.line >= layout.header_line and record.cells != [None]
    if left:
        raise UnreadableFile(messages.HEADER_TOO_LONG())
    while reader.line < layout.skipped_to:
        if reader.next_record() is None:
            raise InvalidMapping(messages.FIRST_ROW_TOO_FAR(line=layout.skipped_to))
    return reader.position, reader.line


def _layout_at_line(sample: str, dialect: Dialect, line: int, count: int, *, final: bool) -> Layout:
    records = first_table(_records_from(CarefulReader(dialect, sample, final=final), line))
    width = regular_width([record.cells for record in records])
    records = _records_from(CarefulReader(dialect, sample, final=final, width=width), line)[: len(records)]
    if len(records) < count:
        raise InvalidMapping(messages.NO_LINE_FOR_HEADER(line=line))
    return _layout(records[:count], [record.cells for record in records[count:]], [])


def _records_from(reader: CarefulReader, line: int) -> list[Record]:
    """Return the first records on a line or below it, blank lines left out."""
    there = (record for record in reader.records() if record.line >= line and record.cells != [None])
    return list(islice(there, SAMPLE_RECORDS))


def _without_header(records: list[Record], warnings: list[Message]) -> Layout:
    rows = [record.cells for record in records]
    width = max(regular_width(rows), len(rows[0]) if rows else 1)
    filled = _filled(rows, width)
    header = [f"column_{i + 1}" for i in range(filled or width)]
    return Layout(header, 0, [], records[0].line, width, warnings)


def _found_layout(records: list[Record], start: int, width: int) -> Layout:
    body = [record for record in records[start:] if len(record.cells) == width] or records[start:]
    rows = [record.cells for record in body]
    short = short_header(records, start, rows)
    first = short or records[start]
    is_last = first is records[-1]
    if (is_last and is_lone_record(first.cells)) or (short is None and not _has_header(records[start].cells, rows)):
        start = start_of_values(records, start, width)
        left_out = _left_out_before(records, start)
        return _without_header(records[start:], [*left_out, messages.NO_HEADER(file_type="csv")])
    names = [first]
    if short is None and len(first.cells) == width:
        names = _header_records(records[start:], width)
    below = [record for record in records if record.line > names[-1].line]
    warnings = _left_out_before(records, records.index(first))
    if is_last and not _are_identifiers(first.cells):
        warnings.append(messages.ONLY_A_HEADER(line=first.line))
    layout = _layout(names, [record.cells for record in below], warnings)
    if short is None and len(names) == 1 and below and is_mostly_nameless(layout.header):
        named = len(layout.header) - layout.header.count("")
        layout.warnings.append(
            messages.MOSTLY_WITHOUT_NAMES(named=named, columns=len(layout.header), next_row=below[0].line)
        )
    return layout


def _are_identifiers(cells: Cells) -> bool:
    """Return whether all are names as programs write them, which rows seldom consist of: `id`, `first_name`."""
    return all(cell is not None and cell.isidentifier() and cell.islower() for cell in cells)


def _left_out_before(records: list[Record], start: int) -> list[Message]:
    """Return a warning of the lines before the record at which the table starts; none where none are."""
    if not start:
        return []
    line = records[start].line
    if line == 2:
        return [messages.LINE_ABOVE_TABLE(line=1)]
    sentence = messages.SMALLER_TABLE_ABOVE if _is_tabular(records[:start]) else messages.LINES_ABOVE_TABLE
    return [sentence(first_line=1, last_line=line - 1)]


def _is_tabular(records: list[Record]) -> bool:
    """Return whether records above the table are a table too."""
    return sum(len(record.cells) > 1 for record in records) > 2


def _has_header(first: Cells, rows: list[Cells]) -> bool:
    return has_header(rows) if rows[0] is first else has_header([first, *rows])


def _header_records(records: list[Record], width: int) -> list[Record]:
    """Return the records that name the columns, and the line under them."""
    together = [records[0], *takewhile(lambda record: len(record.cells) == width, records[1 : MAX_ROWS + LOOK_AHEAD])]
    if len(records) > 1 and is_ruled(records[1].cells):
        return records[:2]
    return together[: header_rows([record.cells for record in together])]


def _layout(names: list[Record], below: list[Cells], warnings: list[Message]) -> Layout:
    """Return what these records of names and those below them come to."""
    width = max(len(record.cells) for record in names)
    cells = [_padded(record.cells, width) for record in names]
    header = [header_of(name) for name in joined_names(cells)]
    named = max((i + 1 for i, name in enumerate(header) if name), default=1)
    common = regular_width(below) if below else width
    filled = _filled(below, max(width, common)) if below else named
    columns = max(named, min(filled, width))
    if common > width and _mostly(values_behind(below, width)):
        header, warnings = _widened(header, common, below, warnings)
        columns = common
    fields = max(columns, common if common > columns else 0)
    rows = [row[:columns] for row in cells]
    return Layout(header[:columns], names[0].line, rows, names[-1].line + 1, fields, warnings)


def _padded(cells: Cells, width: int) -> Cells:
    return [*cells, *[None] * (width - len(cells))]


def _filled(rows: list[Cells], width: int) -> int:
    """Return how many columns there are up to the last with a value."""
    return max((i + 1 for row in rows for i, cell in enumerate(row[:width]) if cell is not None), default=0)


def _mostly(checks: list[bool]) -> bool:
    return sum(checks) > 0.5 * len(checks)


def _widened(
    header: list[str], width: int, below: list[Cells], warnings: list[Message]
) -> tuple[list[str], list[Message]]:
    """Return the header of records that have more fields: a column of row names before it, or columns without names
    after."""
    fits = any(len(row) == len(header) for row in below)
    if width == len(header) + 1 and not fits and has_row_names(header, below):
        return ["", *header], [*warnings, messages.FIRST_COLUMN_WITHOUT_NAME()]
    return [*header, *[""] * (width - len(header))], [*warnings, messages.LAST_COLUMNS_WITHOUT_NAMES()]
