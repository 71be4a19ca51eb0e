"""Formats of dates and times that have a name, as no strptime format can say them: counts, and standards of many
spellings. They are obeyed where a mapping or a plan names them; no column is inferred by them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import any_true, keep_where, matches
from imports.column_types.iso_spellings import iso_8601, rfc_2822

MICROSECONDS = 1_000_000  # in a second
MILLISECONDS_OF_DAY = 86_400_000
MICROSECOND_DIGITS = 6
YEAR_1, YEAR_10000 = -62_135_596_800, 253_402_300_800  # seconds of Unix time between which a year has four digits
#: Serial numbers begin with a date of their own; Excel's calendar of 1900 has a 29 February, which is serial 60.
EPOCH_1900, EPOCH_1900_LATER, EPOCH_1904 = (
    pa.scalar(milliseconds, pa.int64()) for milliseconds in (-2_209_075_200_000, -2_209_161_600_000, -2_082_844_800_000)
)
MISSING_SERIAL = 60
MAX_SERIAL_1900, MAX_SERIAL_1904 = 2_958_466, 2_957_004  # the first after 31 December 9999


@dataclass(frozen=True)
class NamedFormat:
    """How texts become ISO 8601, and how the format is called on pages."""

    label: str
    types: tuple[str, ...]  # that a column can have by it, the first that most values fit is taken
    iso: Callable[[pa.Array, str], pa.Array]  # trimmed texts, name of the type -> ISO texts, null where not in it


def _epoch(digits: int) -> Callable[[pa.Array, str], pa.Array]:
    """Return the conversion of a count since 1970 in UTC, which has so many decimal digits of a second itself."""

    def iso(texts: pa.Array, type_name: str) -> pa.Array:
        if type_name == "TIME":
            return pa.nulls(len(texts), pa.string())
        possible = keep_where(texts, matches(texts, rf"-?\d{{1,{12 + digits}}}(?:\.\d+)?"))
        whole = pc.replace_substring_regex(possible, r"\..*$", "")
        decimals = pc.replace_substring_regex(possible, r"^[^.]*\.?", "")
        needed = MICROSECOND_DIGITS - digits
        decimals = pc.utf8_rpad(pc.utf8_slice_codeunits(decimals, 0, needed), needed, "0")
        count = pc.binary_join_element_wise(whole, decimals, "").cast(pa.int64())
        within = pc.and_(
            pc.greater_equal(count, YEAR_1 * MICROSECONDS), pc.less(count, YEAR_10000 * MICROSECONDS)
        )  # fmt: skip
        moments = pc.if_else(pc.fill_null(within, False), count, pa.scalar(None, pa.int64())).cast(pa.timestamp("us"))
        text = _iso_of(moments)
        return pc.binary_join_element_wise(text, "Z", "") if type_name == "TIMESTAMPTZ" else text

    return iso


def _serial(later: pa.Scalar, end: int, *, has_1900: bool) -> Callable[[pa.Array, str], pa.Array]:
    """Return the conversion of Excel's serial numbers: days, their decimals are the time of day."""

    def iso(texts: pa.Array, type_name: str) -> pa.Array:
        serials = keep_where(texts, matches(texts, r"\d{1,7}(?:\.\d+)?")).cast(pa.float64())
        # Excel itself keeps times of day to the millisecond.
        count = pc.round(pc.multiply(serials, float(MILLISECONDS_OF_DAY))).cast(pa.int64())
        days = pc.divide(count, MILLISECONDS_OF_DAY)
        if type_name == "TIME":
            return _time_of(count, days)
        exists = pc.less(days, end)
        epoch = later
        if has_1900:
            exists = pc.and_(exists, pc.and_(pc.greater_equal(days, 1), pc.not_equal(days, MISSING_SERIAL)))
            epoch = pc.if_else(pc.less(days, MISSING_SERIAL), EPOCH_1900, later)
        count = pc.if_else(pc.fill_null(exists, False), pc.add(count, epoch), pa.scalar(None, pa.int64()))
        return _iso_of(count.cast(pa.timestamp("ms")))

    return iso


def _time_of(count: pa.Array, days: pa.Array) -> pa.Array:
    """Return the time of day of a serial number without days."""
    of_day = pc.if_else(pc.fill_null(pc.equal(days, 0), False), count, pa.scalar(None, pa.int64()))
    return pc.replace_substring_regex(_iso_of(of_day.cast(pa.timestamp("ms"))), "^.*T", "")


def _iso_of(moments: pa.Array) -> pa.Array:
    """Return timestamps as ISO texts without the zeros of a fraction."""
    texts = pc.replace_substring(moments.cast(pa.string()), " ", "T")
    return pc.replace_substring_regex(texts, r"\.?0*$", "") if any_true(pc.match_substring(texts, ".")) else texts


_SERIAL_TYPES = ("DATE", "TIMESTAMP", "TIME")
NAMED_FORMATS: Mapping[str, NamedFormat] = {
    "iso_8601": NamedFormat("ISO 8601", ("DATE", "TIMESTAMP", "TIMESTAMPTZ", "TIME"), iso_8601),
    "rfc_2822": NamedFormat("RFC 2822 (as in e-mail)", ("TIMESTAMPTZ",), rfc_2822),
    "epoch_s": NamedFormat("seconds since 1970 (Unix time)", ("TIMESTAMPTZ",), _epoch(0)),
    "epoch_ms": NamedFormat("milliseconds since 1970 (Unix time)", ("TIMESTAMPTZ",), _epoch(3)),
    "excel_1900": NamedFormat(
        "Excel serial number (1900 date system)",
        _SERIAL_TYPES,
        _serial(EPOCH_1900_LATER, MAX_SERIAL_1900, has_1900=True),
    ),
    "excel_1904": NamedFormat(
        "Excel serial number (1904 date system)", _SERIAL_TYPES, _serial(EPOCH_1904, MAX_SERIAL_1904, has_1900=False)
    ),
}
