"""Questions whose answer is a type: lists of numbers, durations, and texts that are nearly all of another type."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import column_type
from imports.column_types.base import matches
from imports.inference.candidates import Candidate
from imports.inference.near_misses import NearMiss
from imports.inference.profile import ColumnProfile
from imports.planning import messages
from imports.planning.decide import DB_SCHEMA, Question
from imports.planning.digit_groups import DigitGroups
from imports.planning.header_words import names_a_duration

_SHORT_TIME = r"\d\d:\d\d"


def list_question(
    name: str, profile: ColumnProfile, taken: Candidate, groups: DigitGroups, *, is_new: bool
) -> Question | None:
    """Return whether “101,102,103” is a number or a list. Decimals, currencies or shorter groups show numbers.

    is_new: whether the column can have another type.
    """
    is_whole = any(candidate.sql_type.is_whole for candidate in profile.all_fitting())
    if not is_whole or profile.currencies or not groups.may_be_lists:
        return None
    sentence = messages.AMBIGUOUS_LIST if is_new else messages.LIST_IN_NUMBERS
    return Question(
        DB_SCHEMA, (taken, Candidate(column_type("TEXT"))), sentence(column=name, value=_first(profile, ","))
    )


def duration_question(
    name: str, profile: ColumnProfile, taken: Candidate, chunks: Iterable[pa.Array], *, is_new: bool
) -> Question | None:
    """Return whether “03:45” is a time of day or minutes and seconds, where the header names a duration.

    is_new: whether the column can have another type.
    """
    if taken.reading.source_format or not names_a_duration(profile.header):
        return None
    if not all(are_short_times(texts) for texts in chunks):
        return None  # hours, minutes and seconds: both are written alike
    sentence = messages.AMBIGUOUS_DURATION if is_new else messages.DURATION_IN_TIMES
    warning = sentence(column=name, value=_first(profile, ":"))
    return Question(DB_SCHEMA, (taken, Candidate(column_type("TEXT"))), warning)


def near_miss_question(name: str, text: Candidate, near_miss: NearMiss) -> Question:
    """Return whether a column is text, or another type with empty cells in place of a few values."""
    others = near_miss.values - near_miss.fits
    warning = messages.NEAR_MISS(
        column=name,
        type=near_miss.candidate.sql_type.sql,
        fits=near_miss.fits,
        values=near_miss.values,
        others=others,
        misfits=[list(misfit) for misfit in near_miss.misfits],
        more=others - len(near_miss.misfits),
    )
    return Question(DB_SCHEMA, (text, near_miss.candidate), warning)


def are_short_times(texts: pa.Array) -> bool:
    """Return whether no value has seconds; what is no time at all means “no value”."""
    times = pc.utf8_trim_whitespace(texts.drop_null())
    is_short = pc.or_(matches(times, _SHORT_TIME), pc.invert(pc.match_substring(times, ":")))
    return bool(pc.all(is_short).as_py())  # true for none


def _first(profile: ColumnProfile, mark: str) -> str:
    """Return the first value with the mark."""
    values: Sequence[str] = [value.strip() for value in profile.first_values]
    return next((value for value in values if mark in value), values[0])
