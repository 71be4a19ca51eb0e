"""Amounts: the number in `(1,234.56)`, `123.45-`, `−12.00`, `$-5.00` and `12,50 EUR`, and its currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import any_true, matches
from imports.column_types.currencies import SIGNS, currency_of, parts_of

#: Between the digits of a number, and between a number and its currency.
SPACES = " \u00a0\u2007\u2009\u202f"
APOSTROPHES = "'\u2019"
EM_DASH = "\u2014"
MINUS_SIGNS = "-\u2010\u2011\u2012\u2013\u2212\ufe63\uff0d"
_MINUS = f"[{re.escape(MINUS_SIGNS)}]"
_SPACE = f"[{SPACES}]*"
_DIGITS = rf"[.,]?\d(?:[\d.,{APOSTROPHES}{SPACES}]*\d)?"
_NUMBER = rf"{_DIGITS}[.,]?(?:[eE][-+]?\d+)?"
_WITHOUT_CENTS = rf"{_DIGITS}[.,](?:{_MINUS}{{1,2}}|{EM_DASH})"  # 12.– and 12,-: a price, and no minus
_PLAIN = r"\A[-+]?[\d.,]*(?:[eE][-+]?\d+)?\z"  # what has nothing of an amount
_OF_NUMBERS = f"0123456789.,()+{APOSTROPHES}{SPACES}{MINUS_SIGNS}"
_BESIDE_CURRENCY = rf"[{SPACES}{re.escape(MINUS_SIGNS)}+()\d,{APOSTROPHES}]+"
#: A plus, or letters directly before whole digits: a code such as RM101, more often than an amount.
_LIKE_A_CODE = r"\+|[A-Za-z]\d+[^\d.,]*\z"
#: Words, dates, times and fractions.
_NO_AMOUNT = rf"[^\W\d_]{{6}}|\d(?:{_MINUS}|[:/])\d"
#: Numbering, footnotes or parts of codes, where a column has no other numbers: `(1)`, `12-`.
_LIKE_NUMBERING = rf"\(\d+\)|\d+{_MINUS}"


def may_be_amount(text: str) -> bool:
    """Return whether a text is worth a closer look."""
    return re.search(rf"\d|{_MINUS}", text) is not None and re.search(_NO_AMOUNT, text) is None


def bare_numbers(texts: pa.Array, *, strict: bool = False) -> pa.Array:
    """Return amounts as numbers with a leading minus, without a currency; other texts as they are.

    Marks of decimals and thousands stay. strict: only what lets a column be inferred as numbers.
    """
    odd = pc.fill_null(pc.invert(pc.match_substring_regex(texts, _PLAIN)), False)
    if not any_true(odd):
        return texts
    return pc.replace_with_mask(texts, odd, _bare(texts.filter(odd), strict=strict))


def _bare(texts: pa.Array, *, strict: bool) -> pa.Array:
    notations = _notations(texts)
    currency = _alternatives([notation for notation in notations if len(parts_of(notation)) == 1])
    pairs = [parts_of(notation) for notation in notations if len(parts_of(notation)) > 1]
    positive, negative = _positive(currency, pairs), _negative(currency)
    is_negative = pc.match_substring_regex(texts, negative)
    is_amount = pc.or_(is_negative, pc.match_substring_regex(texts, positive))
    if strict:
        is_amount = pc.and_(is_amount, pc.invert(pc.match_substring_regex(texts, _LIKE_A_CODE)))
    if not any_true(is_amount):
        return texts
    amounts = texts.filter(is_amount)
    signs = pc.if_else(is_negative.filter(is_amount), "-", "")
    for part in _parts(notations):
        if not part.endswith(SIGNS):
            amounts = pc.replace_substring(amounts, f"{part}.", "")
        amounts = pc.replace_substring(amounts, part, "")
    numbers = pc.utf8_trim(amounts, f"()+{EM_DASH}{SPACES}{MINUS_SIGNS}")
    bare = pc.if_else(pc.equal(numbers, ""), "0", pc.binary_join_element_wise(signs, numbers, ""))
    return pc.replace_with_mask(texts, is_amount, bare)


def _positive(currency: str, pairs: Sequence[tuple[str, ...]]) -> str:
    forms = [_WITHOUT_CENTS]
    if currency:
        forms += [
            rf"\+?{currency}{_SPACE}\+?(?:{_NUMBER}|{_WITHOUT_CENTS})",
            rf"\+?(?:{_NUMBER}|{_WITHOUT_CENTS}){_SPACE}{currency}",
            f"{currency}{_SPACE}{_MINUS}", f"{_MINUS}{_SPACE}{currency}",  # «$ -», a spreadsheet's 0
        ]  # fmt: skip
    for pair in pairs:
        both = permutations(map(re.escape, pair))
        forms += [f"{before}{_SPACE}{_NUMBER}{_SPACE}{behind}" for before, behind in both]
    return rf"\A(?:{'|'.join(forms)})\z"


def _negative(currency: str) -> str:
    """Return the pattern of negative amounts: -5, 5-, (5), and with a currency at any place."""
    forms = [f"{_MINUS}{_SPACE}{_NUMBER}", f"{_DIGITS}{_SPACE}{_MINUS}", rf"\({_SPACE}{_NUMBER}{_SPACE}\)"]
    if currency:
        before, behind = f"{currency}{_SPACE}", f"{_SPACE}{currency}"
        forms += [
            f"{_MINUS}{_SPACE}{before}{_NUMBER}", f"{before}{_MINUS}{_SPACE}{_NUMBER}",
            f"{_MINUS}{_SPACE}{_NUMBER}{behind}", f"{before}{_DIGITS}{_SPACE}{_MINUS}",
            f"{_DIGITS}{_SPACE}{_MINUS}{behind}", f"{_NUMBER}{behind}{_SPACE}{_MINUS}",
            rf"\({_SPACE}{before}{_NUMBER}{_SPACE}\)", rf"\({_SPACE}{_NUMBER}{behind}{_SPACE}\)",
            rf"{before}\({_SPACE}{_NUMBER}{_SPACE}\)", rf"\({_SPACE}{_NUMBER}{_SPACE}\){behind}",
        ]  # fmt: skip
    return rf"\A(?:{'|'.join(forms)})\z"


def currencies_in(texts: pa.Array) -> set[str]:
    """Return the currencies that are written in the texts."""
    return {currency for notation in _notations(texts) if (currency := currency_of(notation))}


def like_numbering(texts: pa.Array) -> pa.Array:
    """Return a mask of the texts that are amounts only in a column that has others: `(1)`, `12-`."""
    return matches(texts, _LIKE_NUMBERING)


def _notations(texts: pa.Array) -> list[str]:
    """Return what texts have besides a number, each once: currencies, where they are amounts."""
    around = pc.unique(pc.utf8_trim(texts, _OF_NUMBERS))
    return [
        notation
        for notation in pc.unique(pc.replace_substring_regex(around, _BESIDE_CURRENCY, "")).to_pylist()
        if notation
    ]


def _alternatives(notations: Sequence[str]) -> str:
    """Return a pattern of the currencies among the notations; empty where there are none."""
    parts = _parts(notations)
    return rf"(?:{'|'.join(map(re.escape, parts))})\.?" if parts else ""


def _parts(notations: Sequence[str]) -> list[str]:
    """Return the signs and codes that the notations consist of, longest first."""
    return sorted({part for notation in notations for part in parts_of(notation)}, key=lambda part: (-len(part), part))
