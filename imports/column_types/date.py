"""DATE: ISO dates unchanged, other formats as corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, keep_where
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.date_formats import (
    ISO_DATE,
    date_formats,
    iso_mask,
)
from imports.column_types.date_readings import is_held_by, iso_by, patterns_tell
from imports.column_types.wire import DAYS_TO_2000, Pieces, number_field
from imports.errors import ErrorCode


class Date(ColumnType):
    name = "DATE"
    label = "Date"
    not_valid = messages.NOT_A_DATE
    error_code = ErrorCode.DATETIME_CONVERSION
    correction_type = CorrectionKind.DATETIME_STANDARDIZATION
    stored_width = 4
    arrow = pa.date32()
    bounds = ("0001-01-01", "9999-12-31")
    is_itself_as_written = True
    beginning = r"\d{4}-\d"
    told_by_patterns: ClassVar[tuple[str, ...]] = ("DATE",)  # types of formats whose texts it holds

    def canonical(self, texts: pa.Array) -> pa.Array:
        return iso_mask(texts, ISO_DATE)

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = iso_by(texts, reading, self.name)
        day_only = pc.replace_substring_regex(iso, r"[T ]00:00(?::00(?:\.0+)?)?$", "")
        return keep_where(day_only, self.canonical(day_only))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        if reading.source_format and patterns_tell(reading, self.told_by_patterns):
            return is_held_by(texts, reading)
        return super().holds(texts, reading)

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.date32())

    @classmethod
    def notations(cls) -> Sequence[str]:
        return date_formats()

    @classmethod
    def from_iso(cls, text: str) -> date:
        return date.fromisoformat(text)

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values.cast(pa.int32()), wire=">i4", shift=DAYS_TO_2000)
