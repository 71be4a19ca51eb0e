"""Questions of a preview: all values of a column are valid in several readings, so that the user must choose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from imports.column_types import NUMBER_TYPES
from imports.column_types.date_formats import date_order
from imports.extraction.sample_values import shown
from imports.inference.candidates import Candidate
from imports.inference.profile import ColumnProfile
from imports.mapping import MappingRequest
from imports.planning.decide import DB_SCHEMA, Question
from imports.planning.evidence import DATE_ORDER, DECIMAL, PIVOT_YEAR
from imports.planning.plan import PlannedColumn


def questions_of(
    planned: PlannedColumn,
    profiles: Sequence[ColumnProfile],
    request: MappingRequest,
    all_stay_numbers: Callable[[str], bool],
) -> list[dict[str, Any]]:
    """Return each question with the option that decides, and a value as each choice reads it, the most likely first.

    None if a rule of the request has the column's format. A question whose choices the table leaves no choice of is
    not asked. all_stay_numbers: as of the same profiles, asked once for each decimal separator.
    """
    if _has_rule(planned, request):
        return []
    found = (_as_json(question, profiles[planned.source], all_stay_numbers) for question in planned.questions)
    return [question for question in found if question and (question["option"] != DB_SCHEMA or planned.is_new)]


def _as_json(
    question: Question, profile: ColumnProfile, all_stay_numbers: Callable[[str], bool]
) -> dict[str, Any] | None:
    choices = question.choices
    if question.option == DECIMAL:
        choices = tuple(choice for choice in choices if all_stay_numbers(choice.reading.decimal))
    if len(choices) < 2:
        return None
    value, texts = _distinguishing_value(profile, choices)
    return {
        "option": question.option,
        "value": shown(value),
        "choices": [
            {"choice": _answer(question, choice), "reads": shown(text)}
            for choice, text in zip(choices, texts, strict=True)
        ],
        "warning": str(question.warning),
        "warning_details": question.warning.as_json(),
    }


def _answer(question: Question, choice: Candidate) -> str:
    """Return the value of the option by which the choice is made."""
    if question.option == PIVOT_YEAR:
        return str(choice.reading.pivot_year)
    if question.option == DB_SCHEMA:
        return choice.sql_type.sql
    return date_order(choice.reading.source_format) if question.option == DATE_ORDER else choice.reading.decimal


def _has_rule(planned: PlannedColumn, request: MappingRequest) -> bool:
    return any(rule.field in (planned.name, planned.header) for rule in request.date_rules)


def all_stay_numbers(decimal: str, profiles: Sequence[ColumnProfile]) -> bool:
    """Return whether no column of numbers becomes text: the decimal separator applies to the whole file."""
    number_columns = (profile for profile in profiles if _has_number_type(profile.fitting()))
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
    if candidate.sql_type.name == "TEXT":
        return value
    return candidate.sql_type.convert(pa.array([value]), candidate.reading)[0].as_py() or ""
