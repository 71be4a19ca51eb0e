"""What spreadsheet programs do to cells that nobody touched: the same value, written in another way.

Only texts are compared here, one cell at a time; comparison.py decides what follows for a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import lru_cache

from lineage.repair_files.dates import Moment, moments


class Rewrite(StrEnum):
    """How a program has written a value again."""

    SPACES = "spaces"  # at the beginning or the end
    LINE_BREAKS = "line_breaks"
    LEADING_ZEROS = "leading_zeros"
    NUMBER = "number"  # in another notation
    DIGITS = "digits"  # in exponent form, or without its last digits
    DATE = "date"
    BOOLEAN = "boolean"
    APOSTROPHE = "apostrophe"  # at the beginning
    ENCODING = "encoding"  # characters that are others now


#: By these the text itself is lost: nothing is repaired with what is left.
LOSSY = frozenset({Rewrite.DIGITS, Rewrite.ENCODING})
#: Programs do this to whole columns, and persons only to the cells that they repair.
OF_PROGRAMS = frozenset({
    Rewrite.LEADING_ZEROS, Rewrite.NUMBER, Rewrite.DIGITS, Rewrite.DATE, Rewrite.BOOLEAN, Rewrite.ENCODING,
})  # fmt: skip

_TRUE = frozenset({"true", "wahr", "vrai", "verdadero", "verdadeiro", "vero", "waar", "prawda", "sann", "sand", "tosi"})
_FALSE = frozenset({
    "false", "falsch", "faux", "falso", "onwaar", "fałsz", "falskt", "falsk", "usann", "epätosi",
})  # fmt: skip
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,'\u00a0\u202f ]\d+)*|[.,]\d+)(?:[.,])?(?:[eE][+-]?\d{1,3})?")
_AROUND_NUMBERS = "$€£¥% \u00a0\u202f"
_MAX_NUMBER = 400  # characters
SHEET_DIGITS = 15
SHORT = 60  # characters of two texts whose result is remembered
_SHEET_EPOCH = datetime(1899, 12, 30)
_ANSI = ("cp1252", "latin-1", "cp1250", "mac_roman", "cp437", "cp850")


def rewritten(before: str, after: str) -> Rewrite | None:
    """Return how a program may have made one text of the other; None where only a person would. The texts differ."""
    if len(before) + len(after) <= SHORT:
        return _remembered(before, after)  # the same values are changed in many rows
    return _rewritten(before, after)


def _rewritten(before: str, after: str) -> Rewrite | None:
    first, last = before.strip(), after.strip()
    if first == last:
        return Rewrite.SPACES
    if _lines(first) == _lines(last):
        return Rewrite.LINE_BREAKS
    if first == f"'{last}":
        return Rewrite.APOSTROPHE
    for words in (_TRUE, _FALSE):
        if first.casefold() in words and last.casefold() in words:
            return Rewrite.BOOLEAN
    numbers = {*_numbers(first)}, {*_numbers(last)}
    if all(numbers):
        return _number_rewrite(first, last, *numbers)
    return (Rewrite.DATE if _is_same_date(first, last) else None) or _encoding_rewrite(first, last)


_remembered = lru_cache(maxsize=10_000)(_rewritten)


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "")


# --- numbers


def _number_rewrite(first: str, last: str, before: set[Decimal], after: set[Decimal]) -> Rewrite | None:
    if before & after:
        if _has_leading_zeros(last):
            return None  # no program adds them
        if _has_leading_zeros(first):
            return Rewrite.LEADING_ZEROS
        return Rewrite.DIGITS if "e" in last.lower() and "e" not in first.lower() else Rewrite.NUMBER
    if any(_is_shortened(old, new, last) for old in before for new in after):
        return Rewrite.DIGITS
    return None


def _has_leading_zeros(text: str) -> bool:
    return bool(re.match(r"0\d", text.lstrip("+-" + _AROUND_NUMBERS)))


def _numbers(text: str) -> Iterator[Decimal]:
    """Yield the numbers that a text may mean: with a comma or with a point before its fraction."""
    bare = text.strip(_AROUND_NUMBERS)
    if len(bare) > _MAX_NUMBER or not _NUMBER.fullmatch(bare):
        return
    share = Decimal("0.01") if "%" in text else 1
    for fraction, group in ((".", ","), (",", ".")):
        plain = re.sub(rf"(?<=\d)[{group}'\u00a0\u202f ](?=\d{{3}}(?!\d))", "", bare).replace(fraction, ".")
        with suppress(InvalidOperation):
            number = Decimal(plain)
            yield number
            if share != 1:
                yield number * share


def _is_shortened(old: Decimal, new: Decimal, text: str) -> bool:
    """Return whether the new number is the old one, rounded to the digits that a cell shows or a program keeps."""
    if not old or not new:
        return False
    if "e" in text.lower():
        unit = Decimal(1).scaleb(int(new.as_tuple().exponent))
        return abs(old - new) <= unit / 2
    is_long = len(old.normalize().as_tuple().digits) > SHEET_DIGITS
    return is_long and abs(old - new) <= abs(old).scaleb(1 - SHEET_DIGITS)


# --- dates


def _is_same_date(first: str, last: str) -> bool:
    """Return whether a program may have read one text as a date, and written the other for it."""
    if _shape(first) == _shape(last):
        return False  # written alike, so that another date is meant
    before = {*moments(first)}
    after = {*moments(last), *_from_serial(last)} if before else set[Moment]()
    return any(old.is_same_as(new) for old in before for new in after)


def _shape(text: str) -> str:
    return re.sub(r"\d+", "9", text)


def _from_serial(text: str) -> Iterator[Moment]:
    """Yield the time that a number of days means in a sheet."""
    if not re.fullmatch(r"\d{1,7}(?:[.,]\d+)?", text):
        return
    number = Decimal(text.replace(",", "."))
    with suppress(OverflowError):
        at = _SHEET_EPOCH + timedelta(seconds=round(number * 86_400))
        yield from moments(at.isoformat(" "))
        if number < 1:
            yield from moments(at.strftime("%H:%M:%S"))


# --- characters


def _encoding_rewrite(first: str, last: str) -> Rewrite | None:
    if first.isascii():
        return None
    for encoding in _ANSI:
        with suppress(UnicodeError):
            if first.encode("utf-8").decode(encoding) == last:
                return Rewrite.ENCODING  # UTF-8, read as something else
        with suppress(UnicodeError):
            if first.encode(encoding, "replace").decode(encoding) == last:
                return Rewrite.ENCODING  # saved in an encoding without some of its characters
    # Some bytes of UTF-8 are no character of that encoding, and programs differ in what they show for them.
    return Rewrite.ENCODING if _is_misread(first, last) else None


def _is_misread(first: str, last: str) -> bool:
    with suppress(UnicodeError):
        return last.encode("cp1252", "surrogateescape").decode("utf-8") == first
    return False
