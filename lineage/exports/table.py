"""Exports of a table: CSV and JSON as a stream, Excel and Parquet from a file on disk, in bounded memory."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from core.csv_writer import escape_formula
from imports.column_types import TYPES
from imports.sources.spool_files import new_spool_file
from imports.table_description import TableColumn
from imports.tables.queries.conditions import kind
from imports.tables.queries.selection import (
    Selection,
    is_calendar,
    one_snapshot,
)
from lineage.exports.workbook import written_workbook

SHEET_ROWS = 1_048_576  # rows of a sheet, with the header
CELL_LENGTH = 32_767  # maximum length of a cell in UTF-16 units
SHEET_DIGITS = 15  # digits of a number that Excel keeps
SHEET_NAME = 31  # maximum length in characters
FIRST_SHEET_DATE = date(1900, 3, 1)  # before it Excel counts 29 February 1900, which never existed
DECIMAL_DIGITS = 76  # digits of Parquet's widest decimal

ARROW_TYPES = {column_type.name: column_type.arrow for column_type in TYPES}
#: The underscore of texts that Excel would read as an escaped character, as in `_x000D_`.
ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
BROKEN_ESCAPE = re.compile(r"(?<!_x005F)_(x(0(0(5F?)?)?)?)?\Z")
#: Parsers of ISO dates and times by type.
CALENDAR = {column_type.name: column_type.from_iso for column_type in TYPES if column_type.bounds}


def as_json(rows: Selection) -> Iterator[bytes]:
    """Return a JSON array, one row per line."""
    before = b"[\n"
    for text in rows.json_texts():
        yield before + text.encode()
        before = b",\n"
    yield b"[]\n" if before == b"[\n" else b"\n]\n"


# --- Excel ---


def as_xlsx(rows: Selection, *, formula_safe: bool) -> IO[bytes]:
    """Return a temporary file. Times with a time zone are in UTC.

    Values that Excel would round (long numbers, fractions of milliseconds) or cannot represent (dates before March 1900
    or after 9999, infinity) are text, as in CSV.
    """
    with written_workbook() as workbook, temporary_file() as file:
        _fill(workbook, rows, formula_safe)
        workbook.save(file)
    return file


def _fill(workbook: Workbook, rows: Selection, formula_safe: bool) -> None:
    sheet = _new_sheet(workbook, rows, formula_safe)
    calendar = {column.name for column in rows.columns if is_calendar(column)}
    readers = [CALENDAR.get(kind(column)) for column in rows.columns]
    for position, row in enumerate(row for batch in rows.tuples(as_text=calendar) for row in batch):
        if position and position % (SHEET_ROWS - 1) == 0:
            sheet = _new_sheet(workbook, rows, formula_safe)
        sheet.append(
            [
                _calendar_cell(value, read) if read else _sheet_cell(sheet, value, formula_safe)
                for value, read in zip(row, readers, strict=True)
            ]
        )


def _new_sheet(workbook: Workbook, rows: Selection, formula_safe: bool) -> Any:
    number = len(workbook.worksheets) + 1
    ending = f" {number}" if number > 1 else ""
    sheet = workbook.create_sheet(rows.table_name[: SHEET_NAME - len(ending)] + ending)
    sheet.append(
        [text_cell(sheet, escape_formula(column.name) if formula_safe else column.name) for column in rows.columns]
    )
    return sheet


def _sheet_cell(sheet: Any, value: Any, formula_safe: bool) -> Any:
    if isinstance(value, str):
        return text_cell(sheet, escape_formula(value) if formula_safe else value)
    return f"{Decimal(value):f}" if _would_be_rounded(value) else value


def _calendar_cell(text: str | None, read: Callable[[str], date | time]) -> date | time | str | None:
    if text is None:
        return None
    try:
        value = read(text)
    except ValueError:
        return text
    day = value.date() if isinstance(value, datetime) else value
    if isinstance(day, date) and day < FIRST_SHEET_DATE:
        return text
    if isinstance(value, datetime | time) and value.microsecond % 1_000:
        return text
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def text_cell(sheet: Any, text: str) -> Any:
    """Return a text cell. Characters not allowed in Excel become U+FFFD; too long texts are cut, with a notice."""
    text = _cut_to_cell(ESCAPED.sub("_x005F_", ILLEGAL_CHARACTERS_RE.sub("\ufffd", text)), text)
    if not text.startswith(("=", "#")):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # else openpyxl writes a formula or an error
    return cell


def text_in_sheet(text: str) -> str:
    """Return what a program reads from the cell of a text."""
    cell = text_cell(None, text)
    return str(cell if isinstance(cell, str) else cell.value).replace("_x005F_", "_")


def _cut_to_cell(escaped: str, text: str) -> str:
    """Return a text cut to the length of a cell, which Excel counts in UTF-16, with a notice."""
    units = escaped.encode("utf-16-le", "replace")
    if len(units) <= 2 * CELL_LENGTH:
        return escaped
    notice = f"… [cut: {len(text):,} characters; full text in CSV]"
    beginning = units[: 2 * (CELL_LENGTH - len(notice))].decode("utf-16-le", "ignore")
    return BROKEN_ESCAPE.sub("", beginning) + notice


def _would_be_rounded(value: Any) -> bool:
    if isinstance(value, float):
        return not math.isfinite(value)
    if isinstance(value, int):
        return abs(value) >= 10**SHEET_DIGITS
    return isinstance(value, Decimal) and (not value.is_finite() or len(value.as_tuple().digits) > SHEET_DIGITS)


# --- Parquet ---


def as_parquet(rows: Selection) -> IO[bytes]:
    """Return a temporary file."""
    with temporary_file() as file, one_snapshot():
        schema = pa.schema([(column.name, _arrow_type(rows, column)) for column in rows.columns])
        with pq.ParquetWriter(file, schema) as writer:
            for batch in rows.tuples(as_text=_texts(schema)):
                writer.write_table(_arrow_table(batch, schema))
    return file


def _arrow_type(rows: Selection, column: TableColumn) -> pa.DataType:
    """Return a decimal type as wide as the values of a NUMERIC column, or text if they are too wide.

    A column with an infinite date or time, or one outside the years 1 to 9999, is text too.
    """
    if is_calendar(column) and rows.outside_years(column):
        return pa.string()
    if not column.sql_type.startswith("NUMERIC"):
        return ARROW_TYPES.get(column.sql_type, pa.string())
    digits = rows.digits(column)
    if digits is None or sum(digits) > DECIMAL_DIGITS:
        return pa.string()
    return pa.decimal128(sum(digits), digits[1]) if sum(digits) <= 38 else pa.decimal256(sum(digits), digits[1])


def _texts(schema: pa.Schema) -> set[str]:
    return {column.name for column in schema if pa.types.is_string(column.type)}


def _arrow_table(batch: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*batch, strict=True) if batch else ([] for _ in schema)
    arrays = [pa.array(values, column.type) for values, column in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


@contextmanager
def temporary_file() -> Iterator[IO[bytes]]:
    """Open a temporary file to write; afterwards it is at its start to be read, or closed if writing failed."""
    file = new_spool_file()
    try:
        yield file
        file.seek(0)
    except BaseException:
        file.close()
        raise
