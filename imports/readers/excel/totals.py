"""Totals at the end of a table in a sheet: rows that are filtered out where their columns prove them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import islice, takewhile

import pyarrow as pa

from imports.readers.excel.table_detection import Row
from imports.readers.table_detection.cells import Cells
from imports.readers.table_detection.totals import MAX_TOTALS, Sums, is_total

CHUNK = 10_000  # rows that are summed at once


def proven_totals(last: Sequence[Row], below: Collection[int], rows: Callable[[], Iterable[Row]]) -> set[int]:
    """Return the numbers of the rows that end the table as totals.

    last: its last rows; below: which of them seem to be no records; rows: all of its records, read again.
    """

    def prove(row: Row) -> bool:
        return is_total(row[1]) and _are_sums(row, rows())

    border = next((i for i, (number, _) in enumerate(last) if number in below), len(last))
    totals: set[int] = set()
    for row in last[border : border + MAX_TOTALS]:
        if not prove(row):
            break
        totals.add(row[0])
    before = takewhile(lambda row: is_total(row[1]), list(reversed(last[:border]))[:MAX_TOTALS])
    return totals | {row[0] for row in before if prove(row)}


def _are_sums(total: Row, rows: Iterable[Row]) -> bool:
    sums = Sums(total[1])
    above = (cells for number, cells in rows if number < total[0])
    for columns in _columns(above):
        sums.add(columns)
    return sums.prove


def _columns(rows: Iterator[Cells]) -> Iterator[list[pa.Array]]:
    while chunk := list(islice(rows, CHUNK)):
        yield [pa.array(column, pa.string()) for column in zip(*chunk, strict=True)]
