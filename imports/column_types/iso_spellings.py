"""ISO 8601 and RFC 2822 in all the spellings that have one meaning: `20240304`, `2024-3-4`, `9:05`, `24:00`, `GMT`."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import any_true, keep_where, matches
from imports.column_types.date_formats import ISO_DATE, calendar_has, month_number, two

MICROSECOND_DIGITS = 6  # of a fraction: what the database keeps
CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
ZONE = r"(?: ?(?P<zone>[Zz]|UTC|GMT|UT|[-+]\d\d(?::?\d\d)?))?"
EXTENDED = rf"(?P<year>\d{{4}})-(?P<month>\d{{1,2}})-(?P<day>\d{{1,2}})(?:[Tt ]{CLOCK}{ZONE})?"
#: Without separators a part has all its digits: `2024065` is a day of a year, no month 06.
BASIC_CLOCK = r"(?P<hour>\d\d)(?P<minute>\d\d)(?:(?P<second>\d\d)(?:[.,](?P<fraction>\d+))?)?"
BASIC = rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:[Tt ]?{BASIC_CLOCK}{ZONE})?"
BASIC_DATE = rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)[Tt ]{CLOCK}{ZONE}"
MAIL = (
    r"(?:(?P<weekday>[A-Za-z]{3}),? +)?(?P<day>\d{1,2}) +(?P<month_name>[A-Za-z]{3}) +(?P<year>\d{4}) +"
    rf"{CLOCK} +(?P<zone>[Zz]|UTC|GMT|UT|[-+]\d{{4}})(?: +\([A-Za-z ]*\))?"
)
WEEKDAYS = pa.array(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
END_OF_DAY = "24:00:00"


def iso_8601(texts: pa.Array, type_name: str) -> pa.Array:
    """Return trimmed texts with two digits a part and at most six of a fraction; null where they are not ISO 8601.

    The end of a day, `24:00`, is the beginning of the next; in a column of times it is 00:00:00.
    """
    if type_name == "TIME":
        return pc.replace_substring(_time(_parts(texts, CLOCK)), END_OF_DAY, "00:00:00")
    return pc.coalesce(*(_moments(_parts(texts, pattern)) for pattern in (EXTENDED, BASIC, BASIC_DATE)))


def rfc_2822(texts: pa.Array, type_name: str) -> pa.Array:
    """Return trimmed texts such as `Mon, 04 Mar 2024 10:15:00 GMT`; null where the weekday is another than the date's.

    Of the names of zones only those that mean UTC are read: others mean several zones.
    """
    if type_name == "TIME":
        return pa.nulls(len(texts), pa.string())
    part = _parts(texts, MAIL)
    return _moments({**part, "month": month_number(part["month_name"])})


def is_end_of_day(texts: pa.Array) -> pa.Array:
    """Return a mask of the times of day that are the beginning of the next day."""
    return pc.equal(_time(_parts(texts, CLOCK)), END_OF_DAY)


def _parts(texts: pa.Array, pattern: str) -> dict[str, pa.Array]:
    """Return the groups of the pattern, "" where a text lacks one, null where it does not match."""
    fields = pc.extract_regex(texts, rf"\A{pattern}\z")
    return {field.name: pc.struct_field(fields, field.name) for field in fields.type}


def _moments(part: dict[str, pa.Array]) -> pa.Array:
    """Return ISO texts of a date, of a date with a time, or of both with a zone."""
    date, time = _date(part), _time(part)
    ends_day = pc.fill_null(pc.equal(time, END_OF_DAY), False)
    if any_true(ends_day):
        following = pc.add(date.filter(ends_day).cast(pa.date32()).cast(pa.int32()), pa.scalar(1, pa.int32())).cast(
            pa.date32()
        )
        date = pc.replace_with_mask(date, ends_day, following.cast(pa.string()))
        time = pc.if_else(ends_day, "00:00:00", time)
    zone = pc.replace_substring_regex(part["zone"], r"\A(?:z|UTC|GMT|UT)\z", "Z")
    moments = pc.binary_join_element_wise(date, pc.binary_join_element_wise(time, zone, ""), "T")
    return pc.if_else(pc.equal(time, ""), date, moments)


def _date(part: dict[str, pa.Array]) -> pa.Array:
    """Return ISO dates; null where the date does not exist, or is of another weekday than the text says."""
    date = pc.binary_join_element_wise(part["year"], two(part["month"]), two(part["day"]), "-")
    date = keep_where(date, matches(date, ISO_DATE))
    date = keep_where(date, calendar_has(date))
    if "weekday" not in part:
        return date
    named = pc.index_in(pc.utf8_lower(part["weekday"]), value_set=WEEKDAYS)
    is_its_own = pc.equal(named, pc.day_of_week(date.cast(pa.date32())).cast(named.type))
    return keep_where(date, pc.or_(pc.equal(part["weekday"], ""), pc.fill_null(is_its_own, False)))


def _time(part: dict[str, pa.Array]) -> pa.Array:
    """Return ISO times with seconds; "" where there is no time, null where it does not exist."""
    second = pc.if_else(pc.equal(part["second"], ""), "00", part["second"])
    time = pc.binary_join_element_wise(two(part["hour"]), part["minute"], second, ":")
    fraction = pc.utf8_slice_codeunits(part["fraction"], 0, MICROSECOND_DIGITS)
    time = pc.if_else(pc.equal(fraction, ""), time, pc.binary_join_element_wise(time, fraction, "."))
    ends_day = pc.and_(matches(time, r"24:00:00(?:\.0+)?"), matches(part["fraction"], "0*"))
    exists = matches(time, r"(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?")
    time = pc.if_else(ends_day, END_OF_DAY, keep_where(time, exists))
    return pc.if_else(pc.equal(part["hour"], ""), "", time)
