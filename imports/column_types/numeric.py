"""NUMERIC: exact numbers, with as many decimal places as were written."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, TypeFailures, either, keep_where, matches
from imports.column_types.numbers import PLAIN_NUMBER, to_plain
from imports.errors import ErrorCode

#: What PostgreSQL's NUMERIC holds: digits before and after the point.
MAX_WHOLE_DIGITS = 131_072
MAX_DECIMAL_PLACES = 16_383


class Numeric(ColumnType):
    """`parse` leaves the canonical text: an Arrow decimal has one scale for a column, NUMERIC one for each value."""

    name = "NUMERIC"
    not_valid = messages.NOT_A_NUMBER
    json_literal = True

    def canonical(self, texts: pa.Array) -> pa.Array:
        plain = matches(texts, PLAIN_NUMBER)
        return pc.and_(plain, self._has_room(texts))

    def _has_room(self, texts: pa.Array) -> pa.Array:
        if self.size:
            precision, scale = (*self.size, 0)[:2]
            whole = rf"\d{{1,{precision - scale}}}" if precision > scale else "0"
            return matches(texts, rf"-?{whole}(?:\.\d{{0,{scale}}}0*)?")
        if (pc.max(pc.utf8_length(texts)).as_py() or 0) <= MAX_DECIMAL_PLACES:
            return pc.is_valid(texts)
        places = pc.utf8_length(pc.replace_substring_regex(texts, r"^[^.]*\.?", ""))
        whole = pc.utf8_length(pc.replace_substring_regex(texts, r"\..*$|-", ""))
        return pc.and_(pc.less_equal(places, MAX_DECIMAL_PLACES), pc.less_equal(whole, MAX_WHOLE_DIGITS))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        plain = to_plain(texts, reading)
        return keep_where(plain, self.canonical(plain))

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts

    def failures(self, texts: pa.Array) -> TypeFailures:
        too_large = pc.and_(matches(texts, PLAIN_NUMBER), pc.invert(self.canonical(texts)))
        overflow = (ErrorCode.NUMBER_OVERFLOW, messages.TOO_MANY_DIGITS(type=self.sql))
        return either(too_large, overflow, self.not_valid_failure)
