"""TIMESTAMPTZ: ISO dates with a time and a zone, as they stand; other formats with a zone as corrections."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.base import Reading, keep_where
from imports.column_types.calendar import ISO_DATE, ISO_TIME, ISO_ZONE, iso_from, iso_mask
from imports.column_types.timestamp import Timestamp


class TimestampTz(Timestamp):
    """A text without a zone does not fit: which zone it means cannot be known."""

    name = "TIMESTAMPTZ"
    noun = "date and time with a zone"

    def canonical(self, texts: pa.Array) -> pa.Array:
        return iso_mask(texts, f"{ISO_DATE}[T ]{ISO_TIME}(?:{ISO_ZONE})")

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = pc.coalesce(iso_from(texts, reading.source_format), texts) if reading.source_format else texts
        iso = pc.replace_substring_regex(iso, r"(?i) ?(?:z|utc|gmt)$", "Z")
        iso = pc.replace_substring_regex(iso, r" ([-+]\d\d:?\d\d)$", r"\1")
        return keep_where(iso, self.canonical(iso))

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.timestamp("us", "UTC"))
