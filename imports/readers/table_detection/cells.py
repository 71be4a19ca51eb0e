"""What single cells of CSV look like; the evidence for dialect, header and footer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from imports.column_types.null_tokens import DEFAULT_NULL_TOKENS

Cells = list[str | None]


NUMBER = re.compile(
    r"\s*[-+]?(?=[.,]?\d)(?:\d{1,3}(?:\.\d{3})+|\d{1,3}(?:,\d{3})+|\d*)(?:[.,]\d+)?%?(?:[eE][-+]?\d+)?\s*"
)
DATE = re.compile(r"\s*\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ] *\d{1,2}:\d\d[\d:.,+ ZAPMapm-]*)?\s*")
YEAR = re.compile(r"(?:19|20)\d\d")
TIME = re.compile(r"\s*\d{1,2}:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?[AaPp]\.?[Mm]\.?)?\s*")
MONEY = re.compile(
    r"\s*[-+(]?\s?(?:[$€£¥]|[A-Z]{3})?\s?[-+]?\d+(?:[.,' ]\d{3})*(?:[.,]\d+)?\)?\s?(?:[$€£¥]|[A-Z]{3})?\s*"
)

MIN_OF_KIND = 0.8  # of a column's values, to call it a column of their kind


def kind_of(cell: str) -> str | None:
    """Return year, number, percentage, date or time; None: text."""
    if YEAR.fullmatch(cell):
        return "year"
    if NUMBER.fullmatch(cell):
        return "percentage" if "%" in cell else "number"
    if DATE.fullmatch(cell):
        return "date"
    return "time" if TIME.fullmatch(cell) else None


def is_amount(cell: str) -> bool:
    return kind_of(cell) in ("year", "number", "percentage") or bool(MONEY.fullmatch(cell))


def is_value(cell: str | None) -> bool:
    """Return whether there is something that does not only say that there is no value."""
    return bool(cell) and cell not in DEFAULT_NULL_TOKENS


def kinds_of(cells: Iterable[str | None]) -> Counter[str | None]:
    """Return how many values there are of each kind."""
    return Counter(kind_of(cell) for cell in cells if cell and is_value(cell))


def mostly_text(kinds: Counter[str | None]) -> bool:
    """Also where there are no values at all."""
    return kinds.total() - kinds[None] <= MIN_OF_KIND * kinds.total()
