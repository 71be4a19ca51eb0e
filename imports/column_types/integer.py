"""INTEGER: whole numbers of 32 bits."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, TypeFailures, either, keep_where, matches
from imports.column_types.numbers import READINGS, number_pattern, to_plain
from imports.column_types.wire import Pieces, number_field
from imports.errors import ErrorCode

WHOLE_NUMBER = r"0|-?[1-9]\d*"


class Integer(ColumnType):
    name = "INTEGER"
    label = "Whole number"
    not_valid = messages.NOT_AN_INTEGER
    json_literal = True
    is_number = True
    is_whole = True
    aliases: ClassVar[tuple[str, ...]] = ("INT", "INT4")
    stored_width = 4
    arrow = pa.int32()
    is_itself_as_written = True
    wire: ClassVar[str] = ">i4"
    largest: ClassVar[str] = "2147483647"
    smallest: ClassVar[str] = "2147483648"  # without its sign

    def canonical(self, texts: pa.Array) -> pa.Array:
        digits = len(self.largest)
        surely = matches(texts, rf"0|-?[1-9]\d{{0,{digits - 2}}}")
        if surely.true_count == len(texts) - texts.null_count:
            return surely
        # Of equal length, digits compare as text like numbers.
        positive = pc.and_(matches(texts, rf"[1-9]\d{{{digits - 1}}}"), pc.less_equal(texts, self.largest))
        negative = pc.and_(matches(texts, rf"-[1-9]\d{{{digits - 1}}}"), pc.less_equal(texts, f"-{self.smallest}"))
        return pc.or_(surely, pc.or_(positive, negative))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        whole = pc.replace_substring_regex(to_plain(texts, reading), r"\.0+$", "")
        return keep_where(whole, self.canonical(whole))

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(self.arrow)

    def failures(self, texts: pa.Array) -> TypeFailures:
        too_large = pc.and_(matches(texts, WHOLE_NUMBER), pc.invert(self.canonical(texts)))
        overflow = (ErrorCode.NUMBER_OVERFLOW, messages.OUT_OF_RANGE(type=self.name))
        return either(too_large, overflow, self.not_valid_failure)

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        return [(reading, number_pattern(reading, strict=True, whole_only=True)) for reading in READINGS]

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values, wire=cls.wire)
