"""What a person should know of how a sheet was read, a sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from imports.readers.excel.package import column_letters
from imports.readers.excel.sheet_facts import Area
from imports.readers.excel.table_detection import Table
from imports.readers.excel.table_regions import OtherTable
from imports.readers.excel.workbook import Sheet, Workbook


def warnings_of(
    workbook: Workbook,
    sheet: Sheet,
    table: Table,
    others: Sequence[OtherTable],
    below: Sequence[int],
    *,
    sheet_asked: bool,
) -> list[str]:
    return [
        *(() if sheet_asked else _of_sheets(workbook, sheet)),
        *_of_rows(table, below),
        *map(_of_other, others),
        *_of_cells(sheet, table),
    ]


def _of_sheets(workbook: Workbook, sheet: Sheet) -> Iterator[str]:
    if sheet.name in workbook.hidden:
        yield f"The sheet {sheet.name} is hidden; it was read because no other holds values."
    others = [name for name in workbook.names if name != sheet.name]
    if others:
        named = ", ".join(f"{name} (hidden)" if name in workbook.hidden else name for name in others)
        yield f"Of the workbook only the sheet {sheet.name} was read, not: {named}."


def _of_rows(table: Table, below: Sequence[int]) -> Iterator[str]:
    if table.above:
        yield f"{_rows(table.above)} above the table and {_were(table.above)} not read."
    if not table.header:
        yield "The first row holds values, not names; the columns were numbered."
    if below:
        yield f"{_rows(below)} below the table (a note or a total) and {_were(below)} not read."


def _of_other(table: OtherTable) -> str:
    rows = f"Rows {table.first} to {table.last} hold another table and were not read"
    return f"{rows}. Set header_row to {table.header} and last_row to {table.last} to read it."


def _rows(numbers: Sequence[int]) -> str:
    return f"Row {numbers[0]} stands" if len(numbers) == 1 else f"Rows {numbers[0]} to {numbers[-1]} stand"


def _were(numbers: Sequence[int]) -> str:
    return "was" if len(numbers) == 1 else "were"


def _of_cells(sheet: Sheet, table: Table) -> Iterator[str]:
    merged = [area for area in sheet.merged if area[1][0] + 1 >= table.first_record]
    if merged:
        count = f"{len(merged):,} areas of cells are merged" if len(merged) > 1 else "Some cells are merged"
        yield f"{count} in the table ({_spelled(min(merged))}); the first cell has the value, the others have none."
    for number in table.header:
        yield from (f"In the header {cell.message(number)}." for cell in sheet.lost.get(number, ()))
    mixed = sorted({column for signs in sheet.signs.values() for column in signs})
    if mixed:
        named = ", ".join(map(column_letters, mixed))
        yield f"The amounts in column {named} are in several currencies; each was read with its sign, as text."
    uncalculated = sum(not cell.is_error for cells in sheet.lost.values() for cell in cells)
    if uncalculated:
        several = f"{uncalculated:,} cells hold formulas whose results were not saved"
        one = "One cell holds a formula whose result was not saved"
        yield (
            f"{several if uncalculated > 1 else one}. Open the workbook in a spreadsheet program, save it there and "
            "import it again."
        )
    if sheet.empty_results:
        yield (
            f"{'One formula' if sheet.empty_results == 1 else f'{sheet.empty_results:,} formulas'} came to nothing. If "
            "the workbook was written by another program, open it in a spreadsheet program and save it there, so that "
            "all are calculated."
        )


def _spelled(area: Area) -> str:
    """«A3:A5»."""
    return ":".join(f"{column_letters(column)}{row + 1}" for row, column in area)
