"""Texts that only the header tells from dates, times and numbers: versions `1.2.10`, scores `21:15`."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa

from core.messages import Message
from imports.inference.candidates import ENDS_IN_ZERO, Candidate
from imports.inference.profile import ColumnProfile
from imports.planning import messages
from imports.planning.evidence import HEADER, SQL_TYPE, Evidence
from imports.planning.header_words import names_scores, names_versions
from imports.planning.type_questions import are_short_times


def text_by_header(profile: ColumnProfile, likeliest: Candidate, chunks: Iterable[pa.Array]) -> list[Evidence]:
    """Return why a column is text; nothing where it is what its values look like. chunks: its values."""
    if _may_be_versions(profile, likeliest) and names_versions(profile.header):
        return [_evidence(messages.VERSION_HEADER())]
    is_time = likeliest.sql_type.name == "TIME" and not likeliest.reading.source_format
    if is_time and names_scores(profile.header) and all(map(are_short_times, chunks)):
        return [_evidence(messages.SCORE_HEADER())]
    return []


def _may_be_versions(profile: ColumnProfile, likeliest: Candidate) -> bool:
    """Return whether the values are groups of digits with dots between them: dates with a short year, decimals."""
    reading = likeliest.reading
    if reading.source_format:
        return "." in reading.source_format and "%y" in reading.source_format
    if likeliest.sql_type.is_whole:
        return likeliest.pattern == ENDS_IN_ZERO and not profile.typed
    return likeliest.sql_type.name == "NUMERIC" and not (reading.thousands or profile.typed or profile.currencies)


def _evidence(reason: Message) -> Evidence:
    return Evidence(SQL_TYPE, "TEXT", HEADER, reason)
