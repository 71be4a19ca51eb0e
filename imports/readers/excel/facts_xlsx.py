"""Worksheets of .xlsx and .xlsm files, read as XML next to calamine: errors, formulas, the spread."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from io import BytesIO
from itertools import islice
from pathlib import Path
from string import ascii_letters

from imports.errors import ErrorCode, UnreadableFile
from imports.readers import messages
from imports.readers.excel.cell_styles import CellStyles, cell_styles, note_numbers
from imports.readers.excel.currencies import (
    amounts,
    mixed_columns,
    signs_in,
    signs_of_styles,
)
from imports.readers.excel.package import (
    NOT_READ,
    PREFIX,
    ROW_END,
    column_of,
    part_blocks,
    part_of,
    row_blocks,
)
from imports.readers.excel.shared_strings import SharedStrings
from imports.readers.excel.sheet_facts import (
    ERROR_TEXTS,
    LostCell,
    SheetFacts,
    refuse_spread,
)
from imports.readers.limits import MAX_EMPTY_CELLS

# No pattern may look at a character more often than a few times, whatever the file: none runs over a «<».
ROW_START = re.compile(rb"<%brow(?=[\s/>])([^<>]*)>" % PREFIX)
CELL = re.compile(
    rb"<%bc(?=[\s/>])([^<>]*?)(?:/>|>((?:[^<]++|<(?!/?%bc[\s/>]))*+)</%bc\s*>)" % (PREFIX, PREFIX, PREFIX)
)
SHORTEST_CELL = len(b"<c/>")
CELL_START = re.compile(rb"<%bc[\s/>]" % PREFIX)
PLACE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]*\d+)["']""")
TYPE = re.compile(rb"""\bt\s*=\s*["'](\w+)["']""")
STYLE = re.compile(rb"""\bs\s*=\s*["'](\d+)["']""")
FORMULA = re.compile(rb"<%bf(?=[\s/>])[^<>]*?(?:/>|>([^<]*)<)" % PREFIX)
VALUE = re.compile(rb"<%bv(?:\s[^<>]*)?>([^<]*)<" % PREFIX)

ROW_NUMBER = re.compile(rb"""<row[^<>]*?\br\s*=\s*["'](\d+)""")
HIDDEN_ROW = re.compile(rb"""<row[^<>]*?\br=["'](\d+)["'][^<>]*(?<!/)>""")
COLUMNS = re.compile(rb"<col\s[^<>]*>")
IS_HIDDEN = re.compile(rb"""\bhidden=["'](?:1|true)["']""")
PREFIXED_ROW = b":row"
#: Cells that do not begin as most programs write them; two patterns are faster than one.
ODD_CELLS = (re.compile(rb"""<c(?=[\s/>])(?! r=")"""), re.compile(rb":c[\s/>]"))
FAR_COLUMN = rb"""<c r="(?:[A-Za-z]+\d{%d}|([A-Za-z]{2,})\d)"""  # %d: more digits than a row there has
CELL_ROW = re.compile(rb"""<c r="[A-Za-z]+(\d+)""")
ERRORS = (b't="e"', b"t='e'")
NO_RESULT = re.compile(
    rb"<%bf(?=[\s/>])(?:[^<>]*/>|[^<>]*>[^<]*</%bf\s*>)" % (PREFIX, PREFIX)
    + rb"\s*(?:<%bv\s*/>|<%bv\s*>\s*</%bv\s*>)?\s*</" % (PREFIX, PREFIX, PREFIX)
)
FORMULAS = (b"<f", b":f")
MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_576  # up to XFD1048576
LETTERS = ascii_letters.encode()
FIRST_LETTER = re.compile(rb"""<c r="([A-Za-z])\d""")
TOLD_APART = 26  # columns up to Z, which are not told apart where that makes no difference
MAX_SPANS = 1_000  # of hidden columns
NO_NAME = "an error"  # of an error cell that does not say which
KNOWN_ERRORS = {*ERROR_TEXTS.values(), NO_NAME}  # to calamine


def facts_of_xlsx(archive: zipfile.ZipFile, sheet: str) -> SheetFacts:
    """Raise UnreadableFile for a far spread."""
    facts, last, far, few = SheetFacts(), 0, TOLD_APART - 1, 0
    part = part_of(archive, sheet)
    if part is None:
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())
    size = archive.getinfo(part).file_size
    SharedStrings(archive).refuse_much_text(sheet, part)
    styles, formats = signs_of_styles(archive), cell_styles(archive)
    signs: set[tuple[int, int, str]] = set()
    for block in row_blocks(archive, part):
        numbers = list(map(int, ROW_NUMBER.findall(block))) if b"=" in block else []
        before, last = last, _last_row(block, last, numbers)
        facts.rows_rise = facts.rows_rise and _rise([before, *numbers])
        if last > MAX_ROWS:
            raise UnreadableFile(messages.DAMAGED_WORKBOOK())
        _find_hidden(block, facts)
        rows, columns = _spread(block, before, last)
        far = max(far, columns - 1)
        if rows * (far + 1) > MAX_EMPTY_CELLS and far == TOLD_APART - 1:
            few = few or _columns_up_to_z(archive, part)
        refuse_spread(sheet, rows, few if few and far == TOLD_APART - 1 else far + 1, size)
        if any(error in block for error in ERRORS) or _has_formula_without_result(block):
            _find_lost(block, before, facts)
        if styles:
            signs.update((0, column, sign) for _, column, sign in _amounts(block, before, styles))
        if formats.codes:
            note_numbers(_numbers(block, before, formats), facts, is_1904=formats.is_1904)
    if mixed := mixed_columns(signs):
        facts.signs = signs_in(_amounts_of_sheet(archive, part, styles), mixed)
    return facts


def _amounts_of_sheet(
    archive: zipfile.ZipFile, part: str, styles: Mapping[bytes, str]
) -> Iterator[tuple[int, int, str]]:
    last = 0
    for block in row_blocks(archive, part):
        yield from _amounts(block, last, styles)
        last = _last_row(block, last)


def _amounts(block: bytes, before: int, styles: Mapping[bytes, str]) -> Iterator[tuple[int, int, str]]:
    """Return row, column and sign of each cell with a currency in a piece of the sheet."""
    if not _has_odd_cells(block):
        yield from amounts(block, styles)
        return
    for number, row in rows_of_block(block, before):
        for column, attributes, inside in cells_of(row):
            style = STYLE.search(attributes)
            if style and style[1] in styles and (VALUE.search(inside) or FORMULA.search(inside)):
                yield number, column, styles[style[1]]


def _numbers(block: bytes, before: int, formats: CellStyles) -> Iterator[tuple[int, int, str, bytes]]:
    """Yield row, column, format and number of each cell in the format of a date, a time or digits; as most programs
    write them, only of those that may say something."""
    if not _has_odd_cells(block):
        yield from formats.numbers(block)
        return
    for number, row in rows_of_block(block, before):
        for column, attributes, inside in cells_of(row):
            style, kind = STYLE.search(attributes), TYPE.search(attributes)
            code = formats.codes.get(style[1]) if style else None
            value = VALUE.search(inside) if code and (not kind or kind[1] == b"n") else None
            if code and value and value[1].strip():
                yield number, column, code, value[1]


def _has_odd_cells(block: bytes) -> bool:
    return any(odd.search(block) for odd in ODD_CELLS)


def _last_row(block: bytes, before: int, numbers: Sequence[int] | None = None) -> int:
    """Return the largest number of a row; rows without one count on from the block before. numbers: that it has."""
    if numbers is None:
        numbers = list(map(int, ROW_NUMBER.findall(block)))
    if len(numbers) == block.count(b"<row") and PREFIXED_ROW not in block:
        return max([before, *numbers])
    starts = ROW_START.findall(block)
    together = b"<".join(starts)  # searched at once: there may be a million that have no number
    last = number = before
    place_of_number, searched = -1, 0
    for match in PLACE.finditer(together):
        place = place_of_number + together.count(b"<", searched, match.start()) + (searched == 0)
        if searched and place == place_of_number:  # only the first one of a row is its number
            continue
        last = max(last, number + place - place_of_number - 1, int(match[1]))
        number, place_of_number, searched = int(match[1]), place, match.start()
    return max(last, number + len(starts) - place_of_number - 1)


def _find_hidden(block: bytes, facts: SheetFacts) -> None:
    """Note rows and columns that are hidden, manually or by a filter."""
    if b"hidden=" not in block:
        return
    facts.hidden_rows += [int(row[1]) for row in HIDDEN_ROW.finditer(block) if IS_HIDDEN.search(row[0])]
    for columns in islice(filter(IS_HIDDEN.search, COLUMNS.findall(block)), MAX_SPANS):
        limits = [re.search(name + rb"""=["'](\d+)""", columns) for name in (b"min", b"max")]
        first, last = (min(int(limit[1]), MAX_COLUMNS) if limit else 0 for limit in limits)
        facts.hidden_columns.update(range(first - 1, last))


def _rise(numbers: Sequence[int]) -> bool:
    """Return whether each number is larger than the one before."""
    return all(map(int.__lt__, numbers, numbers[1:]))


def _columns_up_to_z(archive: zipfile.ZipFile, part: str) -> int:
    """Return how many columns the sheet has, where none is behind Z."""
    letters: set[bytes] = set()
    for block in row_blocks(archive, part):
        if _has_odd_cells(block):
            return TOLD_APART
        letters.update(FIRST_LETTER.findall(block))
    return max((column_of(letter.decode()) + 1 for letter in letters), default=0)


def _spread(block: bytes, before: int, last_row: int) -> tuple[int, int]:
    """Return how many rows and columns there are down to here; columns up to Z are not told apart."""
    if _has_odd_cells(block):
        return _exact_spread(block, before, last_row)
    far_columns = set(re.findall(FAR_COLUMN % (len(str(last_row)) + 1), block))
    if b"" in far_columns:
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())  # a cell says that it is far below its row
    columns = max((column_of(letters.decode()) + 1 for letters in far_columns), default=26)
    if columns > MAX_COLUMNS:
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())
    if 10 ** len(str(last_row)) * columns <= MAX_EMPTY_CELLS:
        return last_row, columns
    return max([last_row, *map(int, CELL_ROW.findall(block))]), columns


def _exact_spread(block: bytes, before: int, last_row: int) -> tuple[int, int]:
    if b"=" not in block or not PLACE.search(block):
        return last_row, _most_cells(block)
    columns = 0
    for _, row in rows_of_block(block, before):
        for column, attributes, _ in cells_of(row):
            if column >= MAX_COLUMNS:
                raise UnreadableFile(messages.DAMAGED_WORKBOOK())
            columns = max(columns, column + 1)
            place = PLACE.search(attributes)
            last_row = max(last_row, row_of(place[1])) if place else last_row
    return last_row, columns


def _most_cells(block: bytes) -> int:
    """Return how many cells the longest row has; up to 26 are not told apart, and cost no look at the row."""
    pieces = block.split(b"</row>")  # faster than ROW_END
    if max(map(len, pieces)) <= 26 * SHORTEST_CELL:
        return 26
    long = (rows for rows in pieces if len(rows) > 26 * SHORTEST_CELL)
    return max((len(CELL_START.findall(row)) for rows in long for row in ROW_END.split(rows)), default=26)


def _has_formula_without_result(block: bytes) -> bool:
    return any(formula in block for formula in FORMULAS) and NO_RESULT.search(block) is not None


def _find_lost(block: bytes, before: int, facts: SheetFacts) -> None:
    for number, row in rows_of_block(block, before):
        for column, attributes, inside in cells_of(row):
            cell = _lost(column, attributes, inside)
            if cell:
                facts.lose(number, cell)
                facts.unknown_errors |= cell.code == ErrorCode.EXCEL_ERROR_CELL and cell.value not in KNOWN_ERRORS


def with_known_errors(path: Path, sheet: str) -> BytesIO:
    """Return a copy in which errors that calamine does not know are #N/A: for one of them it refuses the whole
    sheet."""
    copy = BytesIO()
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as copied:
        part = part_of(archive, sheet)
        for name in archive.namelist():
            if name == part or not name.startswith(NOT_READ):
                with copied.open(name, "w") as target:
                    for block in row_blocks(archive, name) if name == part else part_blocks(archive, name):
                        target.write(CELL.sub(_with_known_error, block) if name == part else block)
    copy.seek(0)
    return copy


def _with_known_error(cell: re.Match[bytes]) -> bytes:
    kind = TYPE.search(cell[1])
    value = VALUE.search(cell[2] or b"")
    if not kind or kind[1] != b"e" or not value or _text(value[1]) in KNOWN_ERRORS:
        return cell[0]
    start = cell.start(2) - cell.start()
    return cell[0][: start + value.start(1)] + b"#N/A" + cell[0][start + value.end(1) :]


def _lost(column: int, attributes: bytes, inside: bytes) -> LostCell | None:
    kind = TYPE.search(attributes)
    value = VALUE.search(inside)
    if kind and kind[1] == b"e":
        return LostCell(column, (value and _text(value[1])) or NO_NAME)
    formula = FORMULA.search(inside)
    if formula and not (value and value[1].strip()) and not (kind and kind[1] == b"str"):
        return LostCell(column, f"={_text(formula[1])}" if formula[1] else None, ErrorCode.FORMULA_WITHOUT_RESULT)
    return None


def _text(content: bytes) -> str:
    return unescape(content.decode("utf-8", "replace")).strip()


def rows_of_block(block: bytes, before: int) -> Iterator[tuple[int, bytes]]:
    """Yield the rows that have cells, each with its number. before: number of the last row of the block before."""
    number = before
    for row in ROW_END.split(block):
        starts = ROW_START.findall(row)
        for attributes in starts:  # empty rows come before it
            place = PLACE.search(attributes)
            number = int(place[1]) if place else number + 1
        if starts:
            yield number, row


def cells_of(row: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield column from 0, attributes and content of each cell."""
    column = -1
    for cell in CELL.finditer(row):
        place = PLACE.search(cell[1])
        column = column_of(place[1].decode()) if place else column + 1
        yield column, cell[1], cell[2] or b""


def row_of(cell: bytes) -> int:
    """Return the row of an address: C7 -> 7."""
    return int(cell.lstrip(LETTERS))
