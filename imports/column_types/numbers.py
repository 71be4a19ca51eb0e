"""Notations of numbers that the number types share: thousands, decimal marks, amounts, exponents."""

from __future__ import annotations

import re
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import first_rules
from imports.column_types.amounts import APOSTROPHES, SPACES, bare_numbers
from imports.column_types.base import Reading, any_true, keep_where, matches, per_value

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
    """RE2 for a bare number in this reading. strict: only what lets a column be inferred as numbers, that is
    without leading zeros and a leading plus, which mean «this is a code». whole_only: without decimals."""
    point = re.escape(reading.decimal)
    whole = r"(?:0|[1-9]\d*)" if strict else r"\d+"
    if reading.thousands:
        whole = rf"(?:{_grouped(reading)}|{whole})"
    sign = "-?" if strict else "[-+]?"
    number = whole if whole_only else rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][-+]?\d+)?"
    return f"{sign}{number}"


def bare_exponents(texts: pa.Array) -> pa.Array:
    """Return a mask of the texts of digits and an exponent alone: `1E10` may be a code, `1.5e3` and `1e+3` not."""
    return matches(texts, r"\d+[eE]\d+")


def _grouped(reading: Reading) -> str:
    """Return the pattern of digits in groups: of three, and with commas as in India, 12,34,567."""
    between = {" ": f"[{SPACES}]", "'": f"[{APOSTROPHES}]"}.get(reading.thousands, re.escape(reading.thousands))
    threes = rf"[1-9]\d{{0,2}}(?:{between}\d{{3}})+"
    return rf"{threes}|[1-9]\d?(?:,\d{{2}})+,\d{{3}}" if reading.thousands == "," else threes


def numbers_in(texts: pa.Array, reading: Reading) -> pa.Array:
    """Return the bare numbers in trimmed texts, in the marks of the reading; null where a text is not a number."""
    if reading.rules_version < 2:
        return first_rules.numbers_in(texts, reading)
    bare = bare_numbers(texts)
    return keep_where(bare, matches(bare, number_pattern(reading, strict=False)))


def to_plain(texts: pa.Array, reading: Reading) -> pa.Array:
    """Convert trimmed texts in this reading to PLAIN_NUMBER texts; null where a text is not a number."""
    if reading.decimal == "." != reading.thousands and not any_true(pc.invert(matches(texts, PLAIN_NUMBER))):
        return texts
    number = pc.replace_substring_regex(numbers_in(texts, reading), rf"^\+|[{SPACES}{APOSTROPHES}]", "")
    if reading.thousands in (",", "."):
        number = pc.replace_substring(number, reading.thousands, "")
    if reading.decimal != ".":
        number = pc.replace_substring(number, reading.decimal, ".")
    odd = pc.fill_null(pc.invert(matches(number, PLAIN_NUMBER)), False)
    return pc.replace_with_mask(number, odd, _tidied(number.filter(odd))) if any_true(odd) else number


def _tidied(numbers: pa.Array) -> pa.Array:
    """Return numbers with a digit before and behind the point, without leading zeros, exponents and a negative zero."""
    for pattern, by in ((r"^(-?)\.", r"\10."), (r"^(-?)0+(\d)", r"\1\2"), (r"\.$", ""), (r"\.([eE])", r"\1")):
        numbers = pc.replace_substring_regex(numbers, pattern, by)
    return pc.replace_substring_regex(_exponents_written_out(numbers), r"^-(0(?:\.0*)?)$", r"\1")


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
