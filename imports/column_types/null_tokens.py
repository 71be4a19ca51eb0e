"""The texts that people write where there is no value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DASHES = ("-", "--", "\u2013", "\u2014", "\u2212")
#: What counts as "no value" in a typed column, unless the mapping names others; matched unchanged, case and all.
DEFAULT_NULL_TOKENS: tuple[str, ...] = (
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "NULL",
    "Null",
    "null",
    "None",
    "none",
    "NaN",
    "nan",
    *DASHES,
    "?",
    # Dates that are none: day 0 of a workbook as its format shows it, and the zero date of databases.
    "1900-01-00",
    "1/0/1900",
    "00/01/1900",
    "00.01.1900",
    "0000-00-00",
    "0000-00-00 00:00:00",
)


def null_tokens_of(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the null tokens that the options name; an empty list means none at all."""
    tokens = options.get("null_tokens")
    return frozenset(DEFAULT_NULL_TOKENS if tokens is None else tokens)
