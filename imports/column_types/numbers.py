"""Notations of numbers that the number types share: thousands, decimal marks, currencies, exponents."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import Reading, any_true, keep_where, matches, per_value

CURRENCIES = "$€£¥"
SPACES = " \u00a0\u202f"
APOSTROPHES = "'\u2019"
READINGS = (
    Reading(),
    Reading(thousands=","),
    Reading(decimal=","),
    Reading(decimal=",", thousands="."),
    Reading(decimal=",", thousands=" "),
    Reading(thousands=" "),
    Reading(thousands="'"),
)
#: A number as PostgreSQL's NUMERIC gives it back: no leading zeros, no negative zero, its decimal places kept.
PLAIN_NUMBER = r"0(?:\.\d+)?|-?[1-9]\d*(?:\.\d+)?|-0\.0*[1-9]\d*"
MAX_DIGITS = 1000  # of an exponent written out: beyond, it is not a real number, but a bomb


def number_pattern(reading: Reading, *, strict: bool, whole_only: bool = False) -> str:
    """RE2 for a number text in this reading. strict: only what lets a column be inferred as numbers, that is
    without leading zeros and a leading plus, which mean «this is a code». whole_only: without decimals."""
    point = re.escape(reading.decimal)
    whole = r"(?:0|[1-9]\d*)" if strict else r"\d+"
    if reading.thousands:
        between = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]"}.get(reading.thousands, re.escape(reading.thousands))
        whole = rf"(?:[1-9]\d{{0,2}}(?:{between}\d{{3}})+|{whole})"
    sign = "-?" if strict else "[-+]?"
    number = whole if whole_only else rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?"
    return rf"{sign}(?:[{CURRENCIES}] ?)?{number}(?: ?[{CURRENCIES}])?"


def to_plain(texts: pa.Array, reading: Reading) -> pa.Array:
    """Convert trimmed texts in this reading to PLAIN_NUMBER texts; null where a text is not a number."""
    if reading.decimal == "." != reading.thousands and not any_true(pc.invert(matches(texts, PLAIN_NUMBER))):
        return texts
    bare = keep_where(texts, matches(texts, number_pattern(reading, strict=False)))
    bare = pc.replace_substring_regex(bare, rf"^\+|[{CURRENCIES}{SPACES}{APOSTROPHES}]", "")
    if reading.thousands in (",", "."):
        bare = pc.replace_substring(bare, reading.thousands, "")
    if reading.decimal != ".":
        bare = pc.replace_substring(bare, reading.decimal, ".")
    for pattern, by in ((r"^(-?)\.", r"\10."), (r"^(-?)0+(\d)", r"\1\2"), (r"\.$", ""), (r"\.([eE])", r"\1")):
        bare = pc.replace_substring_regex(bare, pattern, by)
    bare = _exponents_written_out(bare)
    return pc.replace_substring_regex(bare, r"^-(0(?:\.0*)?)$", r"\1")


def currencies_in(texts: pa.Array) -> set[str]:
    """Return the currency signs in the texts."""
    return {sign for sign in CURRENCIES if any_true(pc.match_substring(texts, sign))}


def _exponents_written_out(texts: pa.Array) -> pa.Array:
    with_exponent = pc.fill_null(pc.match_substring_regex(texts, "[eE]"), False)
    if not any_true(with_exponent):
        return texts
    return pc.replace_with_mask(texts, with_exponent, per_value(texts.filter(with_exponent), _written_out))


def _written_out(text: str) -> str | None:
    exponent = re.split("[eE]", text)[1].lstrip("+-0") or "0"
    if len(exponent) > len(str(MAX_DIGITS)) or int(exponent) > MAX_DIGITS:
        return None
    return f"{Decimal(text):f}"
