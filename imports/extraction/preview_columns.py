"""What a preview shows of each column of a file: its type and why, its first values, and what a user must decide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from imports.extraction.questions import all_stay_numbers, questions_of
from imports.extraction.sample_values import values_as_read, values_as_stored
from imports.inference.near_misses import NearMiss
from imports.inference.profile import ColumnProfile
from imports.mapping import MappingRequest
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.text_batches import Records


def preview_columns(
    records: Records,
    profiles: Sequence[ColumnProfile],
    request: MappingRequest,
    plan: ImportPlan,
    full_plan: ImportPlan,
) -> Iterator[dict[str, Any]]:
    """Yield every column of the file and of the transformations, in order, imported or not.

    records, profiles: after the transformations. full_plan: with every column.
    """
    imported = {column.source for column in plan.columns}
    rule_effects = bool(request.transformations or request.filter_rows)
    first_values = values_as_read(records, profiles, rule_effects=rule_effects)
    stays = lru_cache(lambda decimal: all_stay_numbers(decimal, profiles))
    others = [column for column in full_plan.columns if column.source not in imported]
    for column in sorted([*plan.columns, *others], key=lambda column: column.source):
        yield {
            **_column(column, profiles[column.source], plan.null_tokens),
            "first_values": first_values[column.source],
            "questions": questions_of(column, profiles, request, stays),
            "take": column.source in imported,
            "key": column.name in plan.unique_columns,
        }


def _column(planned: PlannedColumn, profile: ColumnProfile, null_tokens: tuple[str, ...]) -> dict[str, Any]:
    return {
        "header": planned.header,
        "name": planned.name,
        "sql_type": planned.sql_type.sql,
        "type_given": not planned.inferred,
        **planned.reading.as_config(),
        "evidence": _evidence(planned, profile),
        "native_text": profile.native_text,
        "reasons": [{**item.as_json(), "reason": str(item.reason)} for item in planned.evidence],
        "near_miss": _near_miss(planned.near_miss),
        "values": profile.values,
        "null_tokens": profile.null_tokens,
        "first_values_after": values_as_stored(planned, profile, null_tokens),
    }


def _evidence(planned: PlannedColumn, profile: ColumnProfile) -> list[dict[str, Any]]:
    """Return how many values are valid in the chosen type and reading, then in the readings that are alternatives."""
    if not planned.inferred and planned.values:
        fits = {"fits": planned.values - planned.misfits, "of": planned.values}
        return [{"sql_type": planned.sql_type.sql, **planned.reading.as_config(), **fits}]
    chosen = (planned.sql_type.sql, planned.reading.as_config())
    rivals = [question.choices[1] for question in planned.questions]
    alternatives = [chosen, *((rival.sql_type.sql, rival.reading.as_config()) for rival in rivals)]
    shown = [
        item for item in profile.evidence()
        if (item["sql_type"], _reading(item)) in alternatives
        or (item["sql_type"] == chosen[0] and "source_format" in item)
    ]  # fmt: skip
    return sorted(shown, key=lambda item: _reading(item) != chosen[1])


def _reading(evidence: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in evidence.items() if key not in ("sql_type", "fits", "of")}


def _near_miss(near_miss: NearMiss | None) -> dict[str, Any] | None:
    """Return the type of most values of a text column, and the first values that are not of it."""
    if near_miss is None:
        return None
    return {
        "sql_type": near_miss.candidate.sql_type.sql, **near_miss.candidate.reading.as_config(),
        "fits": near_miss.fits, "of": near_miss.values,
        "misfits": [{"value": value, "location": location} for value, location in near_miss.misfits],
    }  # fmt: skip
