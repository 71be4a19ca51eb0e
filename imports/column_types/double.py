"""DOUBLE PRECISION: infinities, and numbers that NUMERIC has no room for."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import ColumnType, Reading, keep_where, matches
from imports.column_types.numbers import PLAIN_NUMBER, number_pattern, to_plain
from imports.errors import ErrorCode

INFINITY = r"[-+]?(?i:inf|infinity)"
EXPONENT = r"-?(?:0|[1-9]\d*)(?:\.\d+)?[eE][-+]?\d+"


class Double(ColumnType):
    """Canonical: what a float reads without losing anything but its own rounding; infinities as JSON strings."""

    name = "DOUBLE PRECISION"
    noun = "number"

    def canonical(self, texts: pa.Array) -> pa.Array:
        infinite = matches(texts, "-?Infinity")
        numbers = keep_where(texts, matches(texts, rf"{PLAIN_NUMBER}|{EXPONENT}"))
        finite = pc.fill_null(pc.is_finite(numbers.cast(pa.float64())), False)
        return pc.if_else(pc.is_valid(texts), pc.or_(infinite, finite), pa.scalar(None, pa.bool_()))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        infinite = pc.fill_null(matches(texts, INFINITY), False)
        minus = pc.starts_with(texts, "-")
        infinities = pc.if_else(minus, "-Infinity", "Infinity")
        fits = matches(texts, number_pattern(reading, strict=False))
        numbers = pc.coalesce(to_plain(texts, reading), keep_where(texts, fits))
        numbers = keep_where(numbers, self.canonical(numbers))
        return pc.if_else(infinite, infinities, numbers)

    def failures(self, texts: pa.Array) -> tuple[pa.Array, pa.Array]:
        too_large = matches(texts, rf"{PLAIN_NUMBER}|{EXPONENT}")
        codes = pc.if_else(too_large, str(ErrorCode.NUMBER_OVERFLOW), str(ErrorCode.TYPE_MISMATCH))
        return codes, pc.if_else(too_large, f"is out of range for {self.name}", "is not a valid number")

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.float64())
