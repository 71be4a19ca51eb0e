"""Columns of an .xlsx or .xlsm sheet in which the formats of the cells name several currencies.

A number does not say its currency, the cell's format does: where a column has more than one, the sign is part of the
value.
"""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from imports.readers.excel.package import column_of, list_part

STYLES = "xl/styles.xml"
SIGN = re.compile(r"\[\$([^\]-]+)|([$€£¥])(?![^\[]*\])")  # [$CHF-807], or a sign that is itself a currency
AMOUNT = re.compile(rb"""<c r="([A-Z]+)(\d+)" s="(\d+)"[^<>/]*><[fv]""")

Signs = dict[int, dict[int, str]]  # row as Excel numbers it -> column from 0 -> sign


def signs_of_styles(archive: zipfile.ZipFile) -> dict[bytes, str]:
    """Return the currency of each style of cells that has one, by its number; empty where there are not two to mix."""
    if STYLES not in archive.namelist():
        return {}
    styles = list_part(archive, STYLES)
    formats = {node.get("numFmtId"): _sign(node.get("formatCode", "")) for node in styles.iter("{*}numFmt")}
    used = [formats.get(node.get("numFmtId")) for node in styles.iterfind("{*}cellXfs/{*}xf")]
    signs = {str(number).encode(): sign for number, sign in enumerate(used) if sign}
    return signs if len(set(signs.values())) > 1 else {}


def _sign(code: str) -> str | None:
    match = SIGN.search(code)
    return (match[1] or match[2]) if match else None


def mixed_columns(cells: Iterable[tuple[int, int, str]]) -> set[int]:
    """Return the columns, from 0, that have several currencies. cells: as `amounts` yields them."""
    signs = defaultdict(set)
    for _, column, sign in cells:
        signs[column].add(sign)
    return {column for column, several in signs.items() if len(several) > 1}


def amounts(block: bytes, styles: Mapping[bytes, str]) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and sign of each cell with a currency in a piece of a sheet, written as most programs do."""
    for cell in AMOUNT.finditer(block):
        sign = styles.get(cell[3])
        if sign:
            yield int(cell[2]), column_of(cell[1].decode()), sign


def signs_in(cells: Iterable[tuple[int, int, str]], columns: set[int]) -> Signs:
    """Return the currencies of the cells in these columns."""
    signs: Signs = defaultdict(dict)
    for row, column, sign in cells:
        if column in columns:
            signs[row][column] = sign
    return dict(signs)
