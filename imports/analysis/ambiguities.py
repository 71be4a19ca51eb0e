"""Ambiguous columns: all values are valid in two formats, with different meanings, so that the user must choose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from imports.column_types import NUMBER_TYPES
from imports.column_types.date_formats import date_order
from imports.inference.profile import Candidate, ColumnProfile
from imports.mapping import MappingRequest
from imports.planning.make_plan import ambiguity
from imports.planning.plan import PlannedColumn


def ambiguity_of(
    planned: PlannedColumn, profiles: Sequence[ColumnProfile], request: MappingRequest
) -> dict[str, Any] | None:
    """Return the option of source_options that decides, and a value as each choice reads it, the most likely first.

    None if the column is not ambiguous, or the request already has the option.
    """
    profile = profiles[planned.source]
    chosen = Candidate(planned.sql_type, planned.reading)
    rivals = profile.rivals(chosen)
    option = "date_order" if planned.reading.source_format else "decimal"
    if not rivals or option in request.source_options or _has_rule(planned, request):
        return None
    if option == "date_order":
        readings = {date_order(rival.reading.source_format): rival for rival in [*reversed(rivals), chosen]}
    else:
        readings = {mark: _read_with(mark, profile) for mark in (",", ".") if _all_stay_numbers(mark, profiles)}
    if len(readings) < 2:
        return None
    warning = ambiguity(planned.name, chosen, rivals)
    value, texts = _distinguishing_value(profile, list(readings.values()))
    return {
        "option": option,
        "value": value,
        "choices": [{"choice": choice, "reads": text} for choice, text in zip(readings, texts, strict=True)][::-1],
        "warning": str(warning),
        "warning_details": warning.as_json(),
    }


def _has_rule(planned: PlannedColumn, request: MappingRequest) -> bool:
    return any(rule.field in (planned.name, planned.header) for rule in request.date_rules)


def _read_with(decimal: str, profile: ColumnProfile) -> Candidate:
    return profile.fitting(decimal=decimal)[0]


def _all_stay_numbers(decimal: str, profiles: Sequence[ColumnProfile]) -> bool:
    """Return whether no column of numbers becomes text: the decimal separator applies to the whole file."""
    number_columns = [profile for profile in profiles if _has_number_type(profile.fitting())]
    return all(_has_number_type(profile.fitting(decimal=decimal)) for profile in number_columns)


def _has_number_type(candidates: Sequence[Candidate]) -> bool:
    return any(candidate.sql_type.name in NUMBER_TYPES for candidate in candidates)


def _distinguishing_value(profile: ColumnProfile, readings: Sequence[Candidate]) -> tuple[str, list[str]]:
    """Return a sample value and its text in each reading: the first whose texts differ, else the first."""
    values = [value.strip() for value in profile.first_values]
    samples = [(value, [_read(value, reading) for reading in readings]) for value in values]
    valid = [(value, texts) for value, texts in samples if "" not in texts]
    return next(((value, texts) for value, texts in valid if len(set(texts)) > 1), (valid or samples)[0])


def _read(value: str, candidate: Candidate) -> str:
    """Return the canonical text; empty for a null token."""
    return candidate.sql_type.convert(pa.array([value]), candidate.reading)[0].as_py() or ""
