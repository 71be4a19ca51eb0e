"""The texts that people write where there is no value."""

from __future__ import annotations

#: What counts as "no value" in a typed column, unless the mapping names others; matched as it stands, case and all.
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
