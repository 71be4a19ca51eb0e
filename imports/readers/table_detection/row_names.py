"""Whether the first column of a table holds row names: its header has one name less than there are columns."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imports.readers.table_detection.cells import Cells, kinds_of, mostly_text

#: Names of columns that number the rows themselves.
NUMBERING = (
    "id|ids|uid|uuid|key|code|no|nr|num|number|numero|nummer|index|idx|row|line|lfd|pos|position|place|rank|rang|round"
    "|seq|sequence|step|level|order|item|article|sku|ean|zip|plz|week|month|day|hour"
)
#: Names of columns that name the rows themselves.
NAMING = (
    "names?|nom|nombre|label|title|titel|key|who|person|user|username|email|mail|product|produkt|country|land|city|stadt"
    "|town|region|state|team|club|company|firma|type|category|date|datum|time"
)
ENDING = r"(?:.*[\W_])?"  # words before the last one
NUMBERS_ROWS = re.compile(rf"{ENDING}(?:{NUMBERING})[\W_]*|.*[a-z]Id|#", re.IGNORECASE)
NAMES_ROWS = re.compile(rf"{ENDING}(?:{NUMBERING}|{NAMING})[\W_]*|.*[a-z]Id|#", re.IGNORECASE)
WHOLE, CENTS = re.compile(r"-?\d+"), re.compile(r"\d\d")
MIN_COUNTED = 3  # rows whose numbers are no accident


def has_row_names(header: Sequence[str], rows: Sequence[Cells]) -> bool:
    """Return whether the first of the rows' values are row names, which the header does not name.

    They are different, and they count the rows or are texts before columns of numbers, dates or times only; the first
    name of the header is not one for such values, and no decimal comma explains the further column.
    """
    first = [row[0] for row in rows if row]
    if not all(first) or len(set(first)) < len(first) or len(first) < 2 or _has_decimal_commas(rows):
        return False
    if _count(first):
        return NUMBERS_ROWS.fullmatch(header[0].strip()) is None
    others = list(zip(*(row[1:] for row in rows if len(row) == len(header) + 1), strict=True))
    typed = bool(others) and not any(mostly_text(kinds_of(column)) for column in others)
    return typed and mostly_text(kinds_of(first)) and NAMES_ROWS.fullmatch(header[0].strip()) is None


def _count(values: Cells) -> bool:
    """Return whether the values are 1, 2, 3 or 0, 1, 2 and so on."""
    counted = [[str(number) for number in range(start, start + len(values))] for start in (0, 1)]
    return len(values) >= MIN_COUNTED and values in counted


def _has_decimal_commas(rows: Sequence[Cells]) -> bool:
    """Return whether whole numbers are followed by two digits in every row, in some with a leading zero."""
    columns = list(zip(*rows, strict=False))
    return any(
        all(WHOLE.fullmatch(cell or "") for cell in whole)
        and all(CENTS.fullmatch(cell or "") for cell in cents)
        and any((cell or "").startswith("0") for cell in cents)
        for whole, cents in zip(columns, columns[1:], strict=False)
    )
