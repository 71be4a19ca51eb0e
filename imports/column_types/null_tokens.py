"""The texts that people write where there is no value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

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
    "-",
    "--",
    "?",
)


def null_tokens_of(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the null tokens that the options name; an empty list means none at all."""
    tokens = options.get("null_tokens")
    return frozenset(DEFAULT_NULL_TOKENS if tokens is None else tokens)
