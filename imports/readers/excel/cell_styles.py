"""What the styles of the cells of an .xlsx or .xlsm file say of numbers that calamine does not."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from imports.readers.excel.digits import add_cell
from imports.readers.excel.number_formats import BUILT_IN, Kind, digits_format, kind_of_format
from imports.readers.excel.package import column_of, list_part
from imports.readers.excel.serials import Serial, is_odd
from imports.readers.excel.sheet_facts import SheetFacts

STYLES, WORKBOOK = "xl/styles.xml", "xl/workbook.xml"
#: A number as most programs write it; of a few styles, with a beginning.
NUMBER = rb""" s="(%s)"(?: t="n")?>(?:<f[^<>]*(?:/>|>[^<]*</f>))?<v>(%s[^<]*)</v>"""
ADDRESS = re.compile(rb"""<c r="([A-Z]+)(\d+)"\Z""")
LONGEST_ADDRESS = len(b'<c r="XFD1048576"')
ODD_DATE, ODD_TIME, ANY = rb"(?:-|0|6[01]|\d{7}|[^<]*E[-+])", rb"[-1-9]", rb""
TRUE = ("1", "true", "on")


@dataclass(frozen=True)
class CellStyles:
    """Of a workbook, by the number of a style as its cells name it."""

    codes: Mapping[bytes, str]  # formats of dates, of times and of digits
    is_1904: bool
    #: Of cells that say something, with what a piece of a sheet has that has any of them.
    patterns: tuple[tuple[tuple[bytes, ...], re.Pattern[bytes]], ...]

    def numbers(self, block: bytes) -> Iterator[tuple[int, int, str, bytes]]:
        """Yield row, column, format and number of such cells in a piece of a sheet, as most programs write it."""
        for signs, pattern in self.patterns:
            for number in pattern.finditer(block) if any(sign in block for sign in signs) else ():
                at = number.start()
                cell = ADDRESS.search(block, max(0, at - LONGEST_ADDRESS), at)
                if cell:
                    yield int(cell[2]), column_of(cell[1].decode()), self.codes[number[1]], number[2]


def cell_styles(archive: zipfile.ZipFile) -> CellStyles:
    if STYLES not in archive.namelist():
        return CellStyles({}, False, ())
    styles = list_part(archive, STYLES)
    formats = {node.get("numFmtId"): node.get("formatCode", "") for node in styles.iter("{*}numFmt")}
    used = [node.get("numFmtId", "0") for node in styles.iterfind("{*}cellXfs/{*}xf")]
    codes = {str(i).encode(): formats.get(number) or BUILT_IN.get(int(number), "") for i, number in enumerate(used)}
    codes = {style: code for style, code in codes.items() if kind_of_format(code) or digits_format(code)}
    properties = next(list_part(archive, WORKBOOK).iter("{*}workbookPr"), None)
    is_1904 = properties is not None and properties.get("date1904", "0").lower() in TRUE
    return CellStyles(codes, is_1904, tuple(_patterns(codes)))


def _patterns(codes: Mapping[bytes, str]) -> Iterator[tuple[tuple[bytes, ...], re.Pattern[bytes]]]:
    kinds = {style: kind_of_format(code) for style, code in codes.items()}
    for values, wanted in ((ODD_DATE, (Kind.DATE, Kind.MOMENT)), (ODD_TIME, (Kind.TIME,)), (ANY, (None,))):
        styles = [style for style, kind in kinds.items() if kind in wanted]
        if styles:
            yield tuple(b' s="%s"' % style for style in styles), re.compile(NUMBER % (b"|".join(styles), values))


def note_numbers(cells: Iterable[tuple[int, int, str, bytes | float]], facts: SheetFacts, *, is_1904: bool) -> None:
    """Note the numbers that are shown otherwise than calamine gives them. cells: of `CellStyles.numbers`."""
    for row, column, code, written in cells:
        kind = kind_of_format(code)
        if kind is None:
            add_cell(facts.digits, row, column, code)
        elif is_odd(number := float(written), kind, is_1904=is_1904):
            facts.serials.setdefault(row, {})[column] = Serial(number, code, is_1904)
