"""TIMESTAMP: ISO dates with a time, `T` or a space between, unchanged; other formats as corrections."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, keep_where, matches
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.date_formats import (
    CLOCKS,
    ISO_DATE,
    ISO_TIME,
    date_formats,
    iso_mask,
)
from imports.column_types.date_readings import is_held_by, iso_by, patterns_tell, reads_iso_otherwise
from imports.column_types.wire import MICROSECONDS_TO_2000, Pieces, number_field
from imports.errors import ErrorCode


class Timestamp(ColumnType):
    name = "TIMESTAMP"
    label = "Date & time"
    not_valid = messages.NOT_A_DATE_AND_TIME
    error_code = ErrorCode.DATETIME_CONVERSION
    correction_type = CorrectionKind.DATETIME_STANDARDIZATION
    aliases = ("TIMESTAMP WITHOUT TIME ZONE",)
    in_catalog = "timestamp without time zone"
    stored_width = 8
    arrow = pa.timestamp("us")
    bounds = ("0001-01-01 00:00", "9999-12-31 23:59:59.999999")
    is_itself_as_written = True
    beginning = r"\d{4}-\d"
    told_by_patterns: ClassVar[tuple[str, ...]] = ("DATE", "TIMESTAMP")  # types of formats whose texts it holds

    def canonical(self, texts: pa.Array) -> pa.Array:
        return iso_mask(texts, f"{ISO_DATE}[T ]{ISO_TIME}")

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = iso_by(texts, reading, self.name)
        iso = iso if reads_iso_otherwise(reading) else pc.coalesce(iso, texts)
        at_midnight = pc.binary_join_element_wise(iso, "00:00:00", "T")
        iso = pc.if_else(matches(iso, ISO_DATE), at_midnight, iso)
        return keep_where(iso, self.canonical(iso))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        if reading.source_format and patterns_tell(reading, self.told_by_patterns):
            return is_held_by(texts, reading)
        return super().holds(texts, reading)

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.timestamp("us"))

    def display_text(self, texts: pa.Array) -> pa.Array:
        return pc.replace_substring(texts, " ", "T", max_replacements=1)

    @classmethod
    def notations(cls) -> list[str]:
        moments = [f"{date} {clock}" for date in date_formats() for clock in CLOCKS]
        return moments + [f"%Y-%m-%d {clock}" for clock in CLOCKS if "%p" in clock]

    @classmethod
    def from_iso(cls, text: str) -> datetime:
        return datetime.fromisoformat(text)

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values.cast(pa.int64()), wire=">i8", shift=MICROSECONDS_TO_2000)
