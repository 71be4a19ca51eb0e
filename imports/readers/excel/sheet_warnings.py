"""Warnings about how a sheet was read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.messages import Message, Sentence
from imports.errors import ErrorCode
from imports.readers import messages
from imports.readers.excel.package import column_letters
from imports.readers.excel.sheet_facts import Area
from imports.readers.excel.survey import Survey
from imports.readers.excel.table_detection import Table
from imports.readers.excel.table_regions import OtherTable
from imports.readers.excel.workbook import Sheet, Workbook
from imports.readers.table_detection.header import is_mostly_nameless


def warnings_of(
    workbook: Workbook,
    sheet: Sheet,
    table: Table,
    others: Sequence[OtherTable],
    of_side_tables: Sequence[Message],
    survey: Survey,
    names: Sequence[str],
    *,
    sheet_asked: bool,
    header_asked: bool,
) -> list[Message]:
    return [
        *((messages.TEXT_WORKBOOK_READ(kind=workbook.kind),) if workbook.kind else ()),
        *(() if sheet_asked else _of_sheets(workbook, sheet)),
        *_of_rows(table, survey.below),
        *(() if header_asked else _of_names(table, names)),
        *of_side_tables,
        *map(_of_other, others),
        *_of_far_cells(sheet, survey),
        *_of_hidden(sheet, table, survey),
        *_of_cells(sheet, table),
    ]


def _of_sheets(workbook: Workbook, sheet: Sheet) -> Iterator[Message]:
    if sheet.name in workbook.hidden:
        yield messages.HIDDEN_SHEET_READ(sheet=sheet.name)
    others = [name for name in workbook.names if name != sheet.name]
    if others:
        noted = [[name, "hidden" if name in workbook.hidden else None] for name in others]
        yield messages.SHEETS_NOT_READ(sheet=sheet.name, others=noted)


def _of_rows(table: Table, below: Sequence[int]) -> Iterator[Message]:
    if table.above:
        yield _of_several(table.above, messages.ROW_ABOVE_TABLE, messages.ROWS_ABOVE_TABLE)
    if not table.header:
        yield messages.NO_HEADER(file_type="excel")
    if below:
        yield _of_several(below, messages.ROW_BELOW_TABLE, messages.ROWS_BELOW_TABLE)


def _of_names(table: Table, names: Sequence[str]) -> Iterator[Message]:
    if len(table.header) == 1 and is_mostly_nameless(names):
        yield messages.MOSTLY_WITHOUT_NAMES(
            named=sum(map(bool, names)), columns=len(names), next_row=table.header[0] + 1
        )


def _of_several(numbers: Sequence[int], row: Sentence, rows: Sentence) -> Message:
    """row, rows: what is said of one row, and of more."""
    if len(numbers) == 1:
        return row(row=numbers[0])
    return rows(first_row=numbers[0], last_row=numbers[-1])


def _of_other(table: OtherTable) -> Message:
    return messages.ROWS_OF_OTHER_TABLE(first_row=table.first, last_row=table.last, header_row=table.header)


def _of_far_cells(sheet: Sheet, survey: Survey) -> Iterator[Message]:
    far = survey.columns.far
    if far:
        cells = sum(survey.usage.counts[i] for i in far)
        row, column = min((survey.usage.firsts[i], i) for i in far)
        cell = f"{column_letters(sheet.columns[column])}{row}"
        yield messages.FAR_CELLS(cells=cells, cell=cell) if cells > 1 else messages.FAR_CELL(cell=cell)


def _of_hidden(sheet: Sheet, table: Table, survey: Survey) -> Iterator[Message]:
    """What is hidden is read as any other: a filter hides rows, and people columns."""
    end = survey.below[0] if survey.below else survey.last_row + 1
    rows = [row for row in sheet.hidden_rows if table.first_record <= row < end]
    if rows:
        yield messages.HIDDEN_ROW(row=rows[0]) if len(rows) == 1 else messages.HIDDEN_ROWS(rows=len(rows), row=rows[0])
    read = [sheet.columns[i] for i in survey.columns.read]
    columns = [column_letters(column) for column in read if column in sheet.hidden_columns]
    if columns:
        yield messages.HIDDEN_COLUMNS(columns=columns)


def _of_cells(sheet: Sheet, table: Table) -> Iterator[Message]:
    if sheet.renumbered:
        yield messages.ROWS_RENUMBERED()
    merged = [area for area in sheet.merged if area[1][0] + 1 >= table.first_record]
    if merged:
        yield _of_merged(merged)
    for number in table.header:
        yield from (cell.in_header(number) for cell in sheet.lost.get(number, ()))
    mixed = sorted({column for signs in sheet.signs.values() for column in signs if column in sheet.columns})
    if mixed:
        yield messages.SEVERAL_CURRENCIES(columns=list(map(column_letters, mixed)))
    uncalculated = sum(cell.code == ErrorCode.FORMULA_WITHOUT_RESULT for cells in sheet.lost.values() for cell in cells)
    if uncalculated:
        several = uncalculated > 1
        yield messages.FORMULAS_NOT_CALCULATED(cells=uncalculated) if several else messages.FORMULA_NOT_CALCULATED()
    if sheet.empty_results:
        several = sheet.empty_results > 1
        yield messages.EMPTY_RESULTS(formulas=sheet.empty_results) if several else messages.EMPTY_RESULT()


def _of_merged(areas: Sequence[Area]) -> Message:
    first = _spelled(min(areas))
    return messages.MERGED_AREAS(areas=len(areas), area=first) if len(areas) > 1 else messages.MERGED_CELLS(area=first)


def _spelled(area: Area) -> str:
    """Return the area as A3:A5."""
    return ":".join(f"{column_letters(column)}{row + 1}" for row, column in area)
