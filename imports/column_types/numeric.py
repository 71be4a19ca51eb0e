"""NUMERIC: exact numbers, with as many decimal places as were written."""

from __future__ import annotations

from decimal import Decimal
from typing import cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, TypeFailures, as_counts, either, keep_where, matches
from imports.column_types.numbers import PLAIN_NUMBER, READINGS, number_pattern, to_plain
from imports.column_types.wire import Pieces, numeric_field
from imports.errors import ErrorCode

#: What PostgreSQL's NUMERIC holds: digits before and after the point.
MAX_WHOLE_DIGITS = 131_072
MAX_DECIMAL_PLACES = 16_383
MAX_LENGTH = len("-.") + MAX_WHOLE_DIGITS + MAX_DECIMAL_PLACES  # of a number as text


class Numeric(ColumnType):
    """`parse` leaves the canonical text: an Arrow decimal has one scale for a column, NUMERIC one for each value."""

    name = "NUMERIC"
    label = "Decimal number"
    not_valid = messages.NOT_A_NUMBER
    json_literal = True
    is_number = True
    aliases = ("DECIMAL",)
    largest_size = (1000, 1000)
    is_itself_as_written = True

    def canonical(self, texts: pa.Array) -> pa.Array:
        lengths = pc.binary_length(texts)
        longest = pc.max(lengths).as_py() or 0
        if longest <= MAX_LENGTH:
            return pc.and_(matches(texts, PLAIN_NUMBER), self._has_room(texts, longest))
        can_fit = pc.less_equal(lengths, MAX_LENGTH)
        return self.canonical(pc.if_else(can_fit, texts, ""))  # of no megabytes of digits is a pattern tried

    def _has_room(self, texts: pa.Array, longest: int) -> pa.Array:
        if self.size:
            precision, scale = (*self.size, 0)[:2]
            whole = rf"\d{{1,{precision - scale}}}" if precision > scale else "0"
            return matches(texts, rf"-?{whole}(?:\.\d{{0,{scale}}}0*)?")
        if longest <= MAX_DECIMAL_PLACES:
            return pc.is_valid(texts)
        decimals = pc.utf8_length(pc.replace_substring_regex(texts, r"^[^.]*\.?", ""))
        whole = pc.utf8_length(pc.replace_substring_regex(texts, r"\..*$|-", ""))
        return pc.and_(pc.less_equal(decimals, MAX_DECIMAL_PLACES), pc.less_equal(whole, MAX_WHOLE_DIGITS))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        plain = to_plain(texts, reading)
        return keep_where(plain, self.canonical(plain))

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts

    def failures(self, texts: pa.Array) -> TypeFailures:
        too_large = pc.and_(matches(texts, PLAIN_NUMBER), pc.invert(self.canonical(texts)))
        overflow = (ErrorCode.NUMBER_OVERFLOW, messages.TOO_MANY_DIGITS(type=self.sql))
        return either(too_large, overflow, self.not_valid_failure)

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        return [(reading, number_pattern(reading, strict=True)) for reading in READINGS]

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return numeric_field(values)

    def stored_bytes(self, values: pa.Array) -> np.ndarray:
        """Return the bytes of each value: 2 for four digits, counted from the point; outer zeros are left out."""
        scale = self.size[1:]
        whole = pc.replace_substring_regex(values, r"^-?0?|\..*$", "")
        decimals = pc.replace_substring_regex(values, r"^[^.]*\.?", "")
        significant = pc.utf8_rtrim(decimals, "0")
        digits, decimal_digits = _lengths(whole), _lengths(significant)
        zeros_before = _lengths(decimals) - _lengths(pc.utf8_ltrim(decimals, "0"))
        zeros_behind = digits - _lengths(pc.utf8_rtrim(whole, "0"))
        highest = np.where(digits > 0, (digits - 1) // 4, -(zeros_before // 4) - 1)
        lowest = np.where(decimal_digits > 0, -((decimal_digits + 3) // 4), zeros_behind // 4)
        is_zero = (digits == 0) & (decimal_digits == 0)
        shown = np.full(len(values), scale[0]) if scale else _lengths(decimals)
        is_short = (shown < 64) & (is_zero | ((highest < 64) & (highest >= -64)))
        return np.where(is_short, 2, 4) + np.where(is_zero, 0, 2 * (highest - lowest + 1))


def decimal_bytes(number: Decimal) -> int:
    """Return `stored_bytes` of one number."""
    digits, exponent = number.as_tuple().digits, cast(int, number.as_tuple().exponent)
    if not number:
        return 2 if exponent > -64 else 4
    whole_digits = len(digits) + exponent  # before the point
    first = exponent + next(at for at, digit in enumerate(reversed(digits)) if digit)
    highest, lowest = (whole_digits - 1) // 4, first // 4
    is_short = exponent > -64 and -64 <= highest < 64
    return (2 if is_short else 4) + 2 * (highest - lowest + 1)


def _lengths(texts: pa.Array) -> np.ndarray:
    return as_counts(pc.utf8_length(texts))
