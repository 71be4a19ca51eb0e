"""TIME: a time of day without a date."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, keep_where, matches
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.date_formats import ISO_TIME, format_mask, iso_from
from imports.errors import ErrorCode


class Time(ColumnType):
    name = "TIME"
    not_valid = messages.NOT_A_TIME
    error_code = ErrorCode.DATETIME_CONVERSION
    correction_type = CorrectionKind.DATETIME_STANDARDIZATION

    def canonical(self, texts: pa.Array) -> pa.Array:
        return matches(texts, ISO_TIME)

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = iso_from(texts, reading.source_format) if reading.source_format else texts
        return keep_where(iso, self.canonical(iso))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        return format_mask(texts, reading.source_format) if reading.source_format else super().holds(texts, reading)

    def parse(self, texts: pa.Array) -> pa.Array:
        """Microseconds since midnight."""
        moments = pc.binary_join_element_wise("1970-01-01", texts, "T").cast(pa.timestamp("us"))
        return moments.cast(pa.int64())
