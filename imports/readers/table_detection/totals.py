"""Whether a record below a table is its total: it begins with a word for it, and its amounts are sums of columns."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from math import isfinite

import pyarrow as pa
import pyarrow.compute as pc

from imports.readers.table_detection.cells import Cells, is_amount
from imports.readers.table_detection.footer_words import TOTAL

MAX_TOTALS = 3  # at the end of a table that are checked, each by reading the table once more
MIN_SUMMED = 2  # records of which a total is surely the sum
PLACES = 9  # decimals of the values that are summed
INEXACT = Decimal("1e-12")  # share of an amount by which floating point differs
NO_DIGITS = r"^[^0-9]*$"
AROUND_AMOUNT = r"[^0-9.,+-]"  # currencies, blanks, percent signs
POINTS = ".,"
WORD = rf"(?i)^\s*(?:{TOTAL.pattern})\s*$"


def is_total(cells: Cells) -> bool:
    """Return whether the first value is a word for a total, and the others are amounts, one at least."""
    filled = [cell for cell in cells if cell]
    return len(filled) > 1 and bool(TOTAL.fullmatch(filled[0].strip())) and all(map(is_amount, filled[1:]))


class Sums:
    """The sums of the columns in which a total has amounts, over the records above that are no totals themselves."""

    def __init__(self, total: Cells) -> None:
        self._total = total
        self._word, *amounts = (i for i, cell in enumerate(total) if cell)
        self._amounts = [i for i in amounts if "%" not in (total[i] or "")]  # shares do not add up
        self._sums: dict[tuple[int, str], Decimal | None] = {
            (i, point): Decimal(0) for i in self._amounts for point in POINTS
        }
        self._records = 0

    def add(self, columns: list[pa.Array]) -> None:
        """Take records: all columns, as texts."""
        totals = pc.fill_null(pc.match_substring_regex(columns[self._word], WORD), False)
        others = pc.invert(totals)
        self._records += pc.sum(others).as_py() or 0
        for (i, point), total in self._sums.items():
            part = _sum(columns[i].filter(others), point) if i < len(columns) and total is not None else None
            self._sums[i, point] = None if part is None or total is None else total + part

    @property
    def prove(self) -> bool:
        """Whether each amount is the sum of its column, rounded as the total is."""
        enough = self._records >= MIN_SUMMED and bool(self._amounts)
        return enough and any(all(self._is_sum(i, point) for i in self._amounts) for point in POINTS)

    def _is_sum(self, i: int, point: str) -> bool:
        total, amount = self._sums[i, point], _decimal(self._total[i] or "", point)
        if total is None or amount is None or not amount.is_finite():
            return False
        last_place = Decimal(1).scaleb(int(amount.as_tuple().exponent))
        return abs(total - amount) <= max(last_place / 2, abs(amount) * INEXACT)


def _sum(values: pa.Array, point: str) -> Decimal | None:
    """Return the sum of amounts with this decimal point; None where one is no amount."""
    separator = "," if point == "." else "."
    bare = pc.replace_substring_regex(values, AROUND_AMOUNT, "")
    bare = pc.replace_substring(pc.replace_substring(bare, separator, ""), point, ".")
    bare = pc.if_else(pc.match_substring_regex(bare, NO_DIGITS), pa.scalar(None, pa.string()), bare)
    try:
        return pc.sum(pc.cast(bare, pa.decimal128(38, PLACES))).as_py() or Decimal(0)
    except pa.ArrowInvalid:
        return _inexact_sum(bare)


def _inexact_sum(values: pa.Array) -> Decimal | None:
    """Return the sum of numbers with more places; None where one is no number."""
    try:
        total = pc.sum(pc.cast(values, pa.float64())).as_py() or 0.0
    except pa.ArrowInvalid:
        return None
    return Decimal(repr(total)) if isfinite(total) else None


def _decimal(amount: str, point: str) -> Decimal | None:
    bare = pc.replace_substring_regex(pa.array([amount]), AROUND_AMOUNT, "")[0].as_py()
    separator = "," if point == "." else "."
    try:
        return Decimal(bare.replace(separator, "").replace(point, "."))
    except InvalidOperation:
        return None
