"""TIMESTAMPTZ: ISO dates with a time and a zone, unchanged; other formats with a zone as corrections."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import Reading, keep_where, matches
from imports.column_types.date_formats import (
    ISO_DATE,
    ISO_TIME,
    ISO_ZONE,
    all_but,
    iso_mask,
)
from imports.column_types.date_readings import iso_by, reads_iso_otherwise
from imports.column_types.timestamp import Timestamp

EDGES = "(?:0001-01-01|9999-12-31)"  # on these days the zone decides


class TimestampTz(Timestamp):
    """A text without a zone does not fit: which zone it means cannot be known."""

    name = "TIMESTAMPTZ"
    label = "Date & time with time zone"
    not_valid = messages.NOT_A_DATE_AND_TIME_WITH_ZONE
    aliases = ("TIMESTAMP WITH TIME ZONE",)
    in_catalog = "timestamp with time zone"
    arrow = pa.timestamp("us", "UTC")
    told_by_patterns = ("TIMESTAMPTZ",)
    bounds = ("0001-01-01 00:00+00", "9999-12-31 23:59:59.999999+00")

    def canonical(self, texts: pa.Array) -> pa.Array:
        """Also false where the moment is in the years 1 to 9999 of its zone, but not of UTC."""
        possible = iso_mask(texts, f"{ISO_DATE}[T ]{ISO_TIME}(?:{ISO_ZONE})")
        return all_but(possible, matches(texts, f"{EDGES}.*"), _is_in_calendar, texts)

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        iso = iso_by(texts, reading, self.name)
        iso = iso if reads_iso_otherwise(reading) else pc.coalesce(iso, texts)
        iso = pc.replace_substring_regex(iso, r"(?i) ?(?:z|utc|gmt)$", "Z")
        iso = pc.replace_substring_regex(iso, r" ([-+]\d\d:?\d\d)$", r"\1")
        return keep_where(iso, self.canonical(iso))

    def holds(self, texts: pa.Array, reading: Reading) -> pa.Array:
        doubtful = pc.match_substring_regex(texts, "0001|9999")
        return all_but(
            super().holds(texts, reading), doubtful, lambda some: pc.is_valid(self.convert(some, reading)), texts
        )

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts.cast(pa.timestamp("us", "UTC"))

    @classmethod
    def notations(cls) -> list[str]:
        return [*(f"{moment} %z" for moment in super().notations()), "%d/%b/%Y:%H:%M:%S %z"]


def _is_in_calendar(texts: pa.Array) -> pa.Array:
    """Return a mask of ISO texts whose moment is in the years 1 to 9999 of UTC."""
    return pa.array([_has_moment(text) for text in texts.to_pylist()], pa.bool_())


def _has_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text).astimezone(UTC)
    except OverflowError:
        return False
    return True
