"""DOUBLE PRECISION: infinities, and numbers that NUMERIC has no room for."""

from __future__ import annotations

import sys
from math import isinf

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import PLAIN, ColumnType, Reading, TypeFailures, either, keep_where, matches, per_value
from imports.column_types.numbers import PLAIN_NUMBER, number_pattern, numbers_in, to_plain
from imports.column_types.wire import Pieces, number_field
from imports.errors import ErrorCode

INFINITY = r"[-+]?(?i:inf|infinity)"
EXPONENT = r"-?(?:0|[1-9]\d*)(?:\.\d+)?[eE][-+]?\d+"


MAX_DIGITS = 15  # that every double gives back as they were


class Double(ColumnType):
    """Canonical: numbers of at most 15 digits, infinities. Longer ones are rounded, which is a correction."""

    name = "DOUBLE PRECISION"
    label = "Floating-point number"
    not_valid = messages.NOT_A_NUMBER
    is_number = True
    aliases = ("FLOAT8", "DOUBLE", "FLOAT")
    stored_width = 8
    arrow = pa.float64()

    def canonical(self, texts: pa.Array) -> pa.Array:
        infinite = matches(texts, "-?Infinity")
        numbers = keep_where(texts, matches(texts, rf"{PLAIN_NUMBER}|{EXPONENT}"))
        numbers = keep_where(numbers, exact(numbers))
        finite = pc.fill_null(pc.is_finite(numbers.cast(pa.float64())), False)
        return pc.if_else(pc.is_valid(texts), pc.or_(infinite, finite), pa.scalar(None, pa.bool_()))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        infinite = pc.fill_null(matches(texts, INFINITY), False)
        minus = pc.starts_with(texts, "-")
        infinities = pc.if_else(minus, "-Infinity", "Infinity")
        numbers = pc.coalesce(to_plain(texts, reading), numbers_in(texts, reading))
        return pc.if_else(infinite, infinities, per_value(numbers, rounded))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        """Return the mask without numbers that would be rounded: no column is inferred to lose a digit."""
        plain = pc.coalesce(to_plain(texts, reading), texts)
        return pc.or_(matches(texts, INFINITY), self.canonical(plain))

    def failures(self, texts: pa.Array) -> TypeFailures:
        too_large = matches(texts, rf"{PLAIN_NUMBER}|{EXPONENT}")  # whatever else is a number converts
        overflow = (ErrorCode.NUMBER_OVERFLOW, messages.OUT_OF_RANGE(type=self.name))
        return either(too_large, overflow, self.not_valid_failure)

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.float64())

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        return [(PLAIN, f"{number_pattern(PLAIN, strict=True)}|{INFINITY}")]

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values, wire=">f8")


def exact(texts: pa.Array) -> pa.Array:
    """Return a mask of the numbers that a double gives back digit by digit: neither too long nor too near to 0."""
    digits = pc.utf8_length(pc.utf8_ltrim(pc.replace_substring_regex(texts, r"[eE].*$|[-.]", ""), "0"))
    is_normal = pc.greater_equal(pc.abs(texts.cast(pa.float64())), sys.float_info.min)
    return pc.and_(pc.less_equal(digits, MAX_DIGITS), pc.or_(pc.equal(digits, 0), is_normal))


def rounded(text: str) -> str | None:
    """Return the number as a double has it; None where it is beyond one."""
    number = float(text)
    return None if isinf(number) else repr(number)
