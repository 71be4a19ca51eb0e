"""Notations of dates and times: ISO 8601 unchanged, strptime formats rewritten into it, whole columns at once."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.column_types import messages
from imports.column_types.base import RULES_VERSION, Reading, any_true, keep_where, matches

YEAR = r"(?:[1-9]\d{3}|0[1-9]\d\d|00[1-9]\d|000[1-9])"
ISO_DATE = YEAR + r"-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
ISO_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?"
ISO_ZONE = r"Z|[-+](?:0\d|1[0-5])(?::?[0-5]\d)?"

#: strptime directive -> (group name, pattern)
DIRECTIVES = {
    "Y": ("year", YEAR),
    "y": ("short_year", r"\d{2}"),
    "m": ("month", r"0?[1-9]|1[0-2]"),
    "d": ("day", r"0?[1-9]|[12]\d|3[01]"),
    "b": ("month_name", r"[A-Za-z]{3}\.?"),
    "B": ("month_name", r"[A-Za-z]{3,9}"),
    "a": ("", r"[A-Za-z]{3}\.?"),
    "A": ("", r"[A-Za-z]{6,9}"),
    "H": ("hour", r"0?\d|1\d|2[0-3]"),
    "I": ("hour_of_12", r"0?[1-9]|1[0-2]"),
    "M": ("minute", r"[0-5]\d"),
    "S": ("second", r"[0-5]\d"),
    "f": ("fraction", r"\d{1,6}"),
    "p": ("half", r"[AaPp]\.?[Mm]\.?"),
    "z": ("zone", ISO_ZONE),
    "\x00": ("day", r"29|3[01]"),
}
#: Patterns of directives that follow another number without a mark between: `%Y%m%d` of `2024111` is no date.
FIXED_WIDTH = {
    "m": r"0[1-9]|1[0-2]", "d": r"0[1-9]|[12]\d|3[01]", "H": r"[01]\d|2[0-3]", "I": r"0[1-9]|1[0-2]",
}  # fmt: skip
NUMERIC_DIRECTIVES = "YymdHIMSf\x00"
MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
LONG_MONTHS = [
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip
LATE_DAY = "%\x00"  # is used for %d where only 29, 30 and 31 are meant

ORDERS = {"YMD": "%Y{0}%m{0}%d", "MDY": "%m{0}%d{0}%Y", "DMY": "%d{0}%m{0}%Y"}
SHORT_ORDERS = {"MDY": "%m{0}%d{0}%y", "DMY": "%d{0}%m{0}%y", "YMD": "%y{0}%m{0}%d"}
NAMED = ("%d %b %Y", "%d-%b-%Y", "%b %d, %Y", "%b %d %Y", "%d %B %Y", "%B %d, %Y", "%B %d %Y", "%d-%b-%y", "%d. %B %Y")
CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H:%M:%S.%f")


class FormatError(ValueError):
    """A date format that no date can be read by; the message says why, as a part of a sentence."""

    def __init__(self, message: Message) -> None:
        super().__init__(message)
        self.message = message


def date_formats() -> list[str]:
    """Return the formats a column of dates is tried in, commonest first; ISO itself is not among them.

    Where dots separate the parts, the month is never first.
    """
    numeric = [
        notation.format(mark)
        for orders in (ORDERS, SHORT_ORDERS)
        for mark in "/.-"
        for order, notation in orders.items()
        if (order, mark) != ("MDY", ".")
    ]
    return [notation for notation in numeric if notation != "%Y-%m-%d"] + list(NAMED)


def date_order(source_format: str) -> str:
    """Return DMY, MDY or YMD for a numeric format; "" where the month is a name, which is not ambiguous."""
    letters = "".join(re.findall("%([YymdbB])", source_format)).upper()
    return letters if "B" not in letters and "b" not in source_format else ""


def in_order(source_format: str, order: str) -> str:
    """Return a numeric format with its parts in another order; "" where its year of four digits has another place."""
    parts = re.findall("%[Yymd]", source_format)
    wanted = [next((part for part in parts if part[1].upper() == letter), "") for letter in order]
    if len(parts) != len(wanted) or not all(wanted):
        return ""
    if "%Y" in parts and parts.index("%Y") != wanted.index("%Y"):
        return ""
    ordered = iter(wanted)
    return re.sub("%[Yymd]", lambda _: next(ordered), source_format)


@lru_cache(maxsize=512)
def format_pattern(source_format: str, rules_version: int = RULES_VERSION) -> str:
    """Return an RE2 pattern with named groups for a strptime format.

    rules_version: before 2, one digit was enough in every place.
    Raises FormatError naming a directive that is not supported.
    """
    parts: list[str] = []
    follows_number = False
    for literal, directive in re.findall(r"([^%]+)|%(.?)", source_format):
        if literal or directive == "%":
            parts.append(re.escape(literal or "%"))
        elif directive in DIRECTIVES:
            name, pattern = DIRECTIVES[directive]
            pattern = FIXED_WIDTH.get(directive, pattern) if follows_number else pattern
            parts.append(f"(?P<{name}>{pattern})" if name else f"(?:{pattern})")
        else:
            supported = " ".join(sorted(DIRECTIVES)[1:])
            raise FormatError(messages.UNKNOWN_DIRECTIVE(directive=directive, directives=supported))
        follows_number = rules_version >= 2 and bool(directive) and directive in NUMERIC_DIRECTIVES
    return "".join(parts)


def check_format(source_format: str) -> None:
    """Raise FormatError saying what the format lacks: it must name a whole date, a whole time of day, or both."""
    format_pattern(source_format)
    directives = re.findall("%(.)", source_format.replace("%%", ""))
    twice = [directive for directive in directives if directives.count(directive) > 1]
    if twice:
        raise FormatError(messages.DIRECTIVE_TWICE(directive=twice[0]))
    parts = [_PART_OF[directive] for directive in directives if directive in _PART_OF]
    for part in _PARTS:
        if parts.count(part) > 1:
            raise FormatError(_part_twice(part))
    if {"year", "month", "day"}.isdisjoint(parts) and {"hour", "minute"}.isdisjoint(parts):
        raise FormatError(messages.NEITHER_DATE_NOR_TIME())
    for part, needed in _NEEDS.items():
        missing = [directive for directive in needed if directive not in parts]
        if part in parts and missing:
            raise FormatError(_part_missing(part, missing[0]))


def _part_twice(part: str) -> Message:
    return messages.HOUR_TWICE() if part == "hour" else messages.PART_TWICE(part=part, directives=_PARTS[part])


def _part_missing(part: str, missing: str) -> Message:
    if missing == "hour":
        return messages.HOUR_MISSING(part=part)
    return messages.PART_MISSING(part=part, missing=missing, directives=_PARTS[missing])


_PARTS = {
    "year": ["%Y", "%y"], "month": ["%m", "%b", "%B"], "day": ["%d"], "hour": ["%H", "%I"], "minute": ["%M"],
    "second": ["%S"], "fraction": ["%f"], "half of the day": ["%p"], "zone": ["%z"],
}  # fmt: skip
_PART_OF = {
    "Y": "year", "y": "year", "m": "month", "b": "month", "B": "month", "d": "day", "H": "hour", "I": "hour",
    "M": "minute", "S": "second", "f": "fraction", "p": "half of the day", "z": "zone",
}  # fmt: skip
#: What a part means nothing without.
_NEEDS = {
    "year": ("month", "day"), "month": ("year", "day"), "day": ("year", "month"), "hour": ("minute",),
    "minute": ("hour",), "second": ("hour", "minute"), "fraction": ("second",), "half of the day": ("hour",),
    "zone": ("year", "hour"),
}  # fmt: skip


def iso_from(texts: pa.Array, source_format: str, reading: Reading) -> pa.Array:
    """Return texts in the format -> ISO date, `T` time, zone, whichever the format has.

    Null where they do not match. reading: which has the format, among others.
    """
    pattern = format_pattern(source_format, reading.rules_version)
    fields = pc.extract_regex(texts, rf"\A{pattern}\z")
    names = {field.name for field in fields.type}
    part = {name: pc.struct_field(fields, name) for name in names}
    pieces = []
    if names & {"year", "short_year"}:
        pieces.append(_date(part, reading.pivot_year))
    if names & {"hour", "hour_of_12"}:
        pieces.append(_time(part))
    iso = pc.binary_join_element_wise(*pieces, "T") if len(pieces) > 1 else pieces[0]
    iso = pc.binary_join_element_wise(iso, part["zone"], "") if "zone" in names else iso
    return keep_where(iso, calendar_has(iso)) if names & {"year", "short_year"} else iso


def _date(part: dict[str, pa.Array], pivot_year: int) -> pa.Array:
    year = part.get("year")
    if year is None:
        short = part["short_year"]
        century = pc.if_else(pc.greater_equal(short.cast(pa.int32()), pivot_year), "19", "20")
        year = pc.binary_join_element_wise(century, short, "")
    month = part["month"] if "month" in part else month_number(part["month_name"])
    day = part["day"] if "day" in part else pc.if_else(pc.is_valid(year), "1", pa.scalar(None, pa.string()))
    return pc.binary_join_element_wise(year, two(month), two(day), "-")


def month_number(names: pa.Array) -> pa.Array:
    words = pc.replace_substring(pc.utf8_lower(names), ".", "")
    short = pc.index_in(words, value_set=pa.array(MONTHS))
    return pc.add(pc.coalesce(short, pc.index_in(words, value_set=pa.array(LONG_MONTHS))), 1).cast(pa.string())


def _time(part: dict[str, pa.Array]) -> pa.Array:
    hour = part["hour"] if "hour" in part else _hour_of_24(part["hour_of_12"], part.get("half"))
    pieces = [two(hour), part["minute"]] + ([part["second"]] if "second" in part else [])
    clock = pc.binary_join_element_wise(*pieces, ":")
    if "second" not in part:
        clock = pc.binary_join_element_wise(clock, "00", ":")
    return pc.binary_join_element_wise(clock, part["fraction"], ".") if "fraction" in part else clock


def _hour_of_24(hour: pa.Array, half: pa.Array | None) -> pa.Array:
    number = hour.cast(pa.int32())
    number = pc.if_else(pc.equal(number, 12), 0, number)
    if half is not None:
        number = pc.add(number, pc.if_else(pc.match_substring_regex(half, "^[Pp]"), 12, 0))
    return number.cast(pa.string())


def two(texts: pa.Array) -> pa.Array:
    return pc.utf8_lpad(texts, 2, "0")


def format_mask(texts: pa.Array, source_format: str, reading: Reading) -> pa.Array:
    """Return a mask of the texts in the format whose date exists: what `iso_from` converts, without converting."""
    possible = matches(texts, format_pattern(source_format, reading.rules_version))
    if "%d" not in source_format:
        return possible
    # Only the 29th, 30th and 31st can be missing from a month.
    late = matches(texts, format_pattern(source_format.replace("%d", LATE_DAY), reading.rules_version))
    return all_but(possible, late, lambda some: pc.is_valid(iso_from(some, source_format, reading)), texts)


def iso_mask(texts: pa.Array, pattern: str) -> pa.Array:
    """Return a mask of the texts that match the ISO pattern and whose date exists."""
    possible = matches(texts, pattern)
    if possible.true_count == len(texts) - texts.null_count and _all_exist(texts):
        return possible
    late = pc.match_substring_regex(texts, r"\A\d{4}-\d\d-(?:29|3[01])")
    return all_but(possible, late, calendar_has, texts)


def _all_exist(iso: pa.Array) -> bool:
    """Return whether every day is in its month: for texts that begin with an ISO date."""
    try:
        pc.utf8_slice_codeunits(iso, 0, 10).cast(pa.date32())
    except pa.ArrowInvalid:
        return False
    return True


def all_but(
    possible: pa.Array, doubtful: pa.Array, exists: Callable[[pa.Array], pa.Array], texts: pa.Array
) -> pa.Array:
    """Return the mask of what is possible, where only what is doubtful needs to be looked up."""
    doubtful = pc.fill_null(pc.and_(possible, doubtful), False)
    if not any_true(doubtful):
        return possible
    return pc.replace_with_mask(possible, doubtful, exists(texts.filter(doubtful)))


def calendar_has(iso: pa.Array) -> pa.Array:
    """Return a mask of ISO texts whose day is in its month."""
    year, month, day = (
        pc.fill_null(pc.utf8_slice_codeunits(iso, start, stop).cast(pa.int32()), 1).to_numpy(zero_copy_only=False)
        for start, stop in ((0, 4), (5, 7), (8, 10))
    )
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    longest = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])[month]
    return pa.array(day <= longest + (leap & (month == 2)), mask=iso.is_null().to_numpy(zero_copy_only=False))
