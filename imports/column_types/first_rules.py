"""Numbers as plans of rules version 1 read them: their imports are undone and redone by what was decided then."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import Reading, keep_where, matches

_CURRENCIES = "$€£¥"
_BETWEEN = {" ": "[ \u00a0\u202f]", "'": "['\u2019]"}


def numbers_in(texts: pa.Array, reading: Reading) -> pa.Array:
    """Return the numbers without a currency; null where a text was not a number."""
    point, whole = re.escape(reading.decimal), r"\d+"
    if reading.thousands:
        between = _BETWEEN.get(reading.thousands, re.escape(reading.thousands))
        whole = rf"(?:[1-9]\d{{0,2}}(?:{between}\d{{3}})+|{whole})"
    number = rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?"
    pattern = rf"[-+]?(?:[{_CURRENCIES}] ?)?{number}(?: ?[{_CURRENCIES}])?"
    return pc.replace_substring_regex(keep_where(texts, matches(texts, pattern)), f"[{_CURRENCIES}]", "")
