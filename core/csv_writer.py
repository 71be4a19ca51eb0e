"""Write CSV lines: NULL is an empty field, the empty text is a quoted one.

A cell with a semicolon or a tab is quoted too: a spreadsheet that separates cells there still takes it for one cell,
and does not run what is behind as a formula. All CSV is written here, except by COPY in PostgreSQL, which quotes every
text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

#: First characters of a text that a spreadsheet runs as a formula; the wide ones in East Asian locales.
FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NEEDS_QUOTES = r'[,;"\t\r\n]|\A\z'  # in the syntax of RE2
_needs_quotes = re.compile(_NEEDS_QUOTES.replace(r"\z", r"\Z")).search


def csv_line(cells: Sequence[str | None], *, end: str = "\n") -> str:
    """Return one line of any length."""
    return ",".join(map(_field, cells)) + end


def csv_lines(columns: Sequence[pa.Array]) -> list[str]:
    """Return one line per row of the text columns, without line ends."""
    lines: list[str] = pc.binary_join_element_wise(*map(_fields, columns), ",").to_pylist()
    return lines


def escape_formula(text: str) -> str:
    """Put a ' before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text


def _field(text: str | None) -> str:
    if text is None:
        return ""
    return '"{}"'.format(text.replace('"', '""')) if _needs_quotes(text) else text


def _fields(column: pa.Array) -> pa.Array:
    """Do the same as `_field` for a whole column."""
    special = pc.match_substring_regex(column, _NEEDS_QUOTES)
    if pc.any(special).as_py():
        doubled = pc.replace_substring(column, '"', '""')
        column = pc.if_else(special, pc.binary_join_element_wise('"', doubled, '"', ""), column)
    return pc.fill_null(column, "")
