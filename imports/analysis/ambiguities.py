"""What only a person can know of a column: two readings that fit every value alike and mean other values."""

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
    """The option of source_options that decides, and how a value reads in each of its choices, the likeliest first.

    None where nothing is in doubt, or somebody said it already.
    """
    profile = profiles[planned.source]
    chosen = Candidate(planned.sql_type, planned.reading)
    rivals = profile.rivals(chosen)
    option = "date_order" if planned.reading.source_format else "decimal"
    if not rivals or option in request.source_options or _has_rule(planned, request):
        return None
    if option == "date_order":
        readings = {date_order(one.reading.source_format): one for one in [*reversed(rivals), chosen]}
    else:
        readings = {one: _read_with(one, profile) for one in (",", ".") if _all_stay_numbers(one, profiles)}
    if len(readings) < 2:
        return None
    warning = ambiguity(planned.name, chosen, rivals)
    value, read = _telling_value(profile, list(readings.values()))
    return {
        "option": option,
        "value": value,
        "choices": [{"choice": one, "reads": text} for one, text in zip(readings, read, strict=True)][::-1],
        "warning": str(warning),
        "warning_details": warning.as_json(),
    }


def _has_rule(planned: PlannedColumn, request: MappingRequest) -> bool:
    return any(rule.field in (planned.name, planned.header) for rule in request.date_rules)


def _read_with(decimal: str, profile: ColumnProfile) -> Candidate:
    return profile.fitting(decimal=decimal)[0]


def _all_stay_numbers(decimal: str, profiles: Sequence[ColumnProfile]) -> bool:
    """The mark goes for the whole file: no column of numbers may become text by it."""
    numbers = [one for one in profiles if any(found.sql_type.name in NUMBER_TYPES for found in one.fitting())]
    return all(any(found.sql_type.name in NUMBER_TYPES for found in one.fitting(decimal=decimal)) for one in numbers)


def _telling_value(profile: ColumnProfile, readings: Sequence[Candidate]) -> tuple[str, list[str]]:
    """The first of the first values that reads differently, or simply the first, and how it reads in each."""
    read = [(value.strip(), [_read(value.strip(), one) for one in readings]) for value in profile.first_values]
    sound = [(value, texts) for value, texts in read if "" not in texts]
    return next((one for one in sound if len(set(one[1])) > 1), (sound or read)[0])


def _read(value: str, candidate: Candidate) -> str:
    """The canonical text, or nothing for a null token."""
    return candidate.sql_type.convert(pa.array([value]), candidate.reading)[0].as_py() or ""
