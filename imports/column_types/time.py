"""TIME: a time of day without a date."""

from __future__ import annotations

from datetime import time
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, keep_where, matches
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.date_formats import CLOCKS, ISO_TIME
from imports.column_types.date_readings import is_held_by, iso_by, patterns_tell
from imports.column_types.wire import Pieces, number_field
from imports.errors import ErrorCode


class Time(ColumnType):
    name = "TIME"
    label = "Time"
    not_valid = messages.NOT_A_TIME
    error_code = ErrorCode.DATETIME_CONVERSION
    correction_type = CorrectionKind.DATETIME_STANDARDIZATION
    aliases = ("TIME WITHOUT TIME ZONE",)
    in_catalog = "time without time zone"
    stored_width = 8
    arrow = pa.time64("us")
    bounds = ("00:00", "23:59:59.999999")
    is_itself_as_written = True
    beginning = r"\d\d:"
    told_by_patterns: ClassVar[tuple[str, ...]] = ("TIME",)  # types of formats whose texts it holds

    def canonical(self, texts: pa.Array) -> pa.Array:
        return matches(texts, ISO_TIME)

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = iso_by(texts, reading, self.name)
        return keep_where(iso, self.canonical(iso))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        if reading.source_format and patterns_tell(reading, self.told_by_patterns):
            return is_held_by(texts, reading)
        return super().holds(texts, reading)

    def parse(self, texts: pa.Array) -> pa.Array:
        """Return microseconds since midnight."""
        moments = pc.binary_join_element_wise("1970-01-01", texts, "T").cast(pa.timestamp("us"))
        return moments.cast(pa.int64())

    @classmethod
    def notations(cls) -> list[str]:
        return [clock for clock in CLOCKS if "%p" in clock]

    @classmethod
    def from_iso(cls, text: str) -> time:
        return time.fromisoformat(text)

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values, wire=">i8")
