"""Conversions of values, as JSON: import-tracking.md, *Corrections Tracking*. Built only for the
rows that have something to tell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Change
from imports.column_types.correction_kinds import CorrectionKind
from imports.column_types.date_readings import format_of_each
from imports.conversion.json_columns import joined, json_strings

if TYPE_CHECKING:
    from imports.planning.plan import PlannedColumn


def corrections_of(changes: Sequence[tuple[PlannedColumn, Change]], rows: int) -> pa.Array:
    """Return `{column: {before, after, correction_type, …}}` for each row; null where nothing was converted."""
    if not changes:
        return pa.nulls(rows, pa.string())
    is_touched = np.zeros(rows, bool)
    for _, change in changes:
        is_touched[change.rows.to_numpy()] = True
    touched = np.flatnonzero(is_touched)
    members = [_spread(_members(column, change), change.rows, touched) for column, change in changes]
    options = pc.JoinOptions(null_handling="skip")
    objects = joined("{", pc.binary_join_element_wise(*members, ", ", options=options), "}")
    return _spread(objects, pa.array(touched), np.arange(rows))


def _spread(values: pa.Array, at: pa.Array, among: np.ndarray) -> pa.Array:
    """Return the values at their places among the given rows, null at the others."""
    if len(values) == len(among):
        return values
    indices = np.full(len(among), -1)
    indices[np.searchsorted(among, at.to_numpy())] = np.arange(len(values))
    return values.take(pa.array(indices, mask=indices < 0))


def _members(column: PlannedColumn, change: Change) -> pa.Array:
    """Return `"column": {…}` for every converted value."""
    before, after = json_strings(change.before), after_json(column, change.after)
    parts = joined(f'"{column.name}": {{"before": ', before, ', "after": ', pc.fill_null(after, "null"))
    return joined(parts, ", ", _kind(column, change), _steps(column, change, before, after), "}")


def after_json(column: PlannedColumn, canonical: pa.Array) -> pa.Array:
    """Return canonical texts as JSON values: numbers and booleans as such, the rest as strings."""
    if column.sql_type.json_literal:
        return pc.utf8_lower(canonical)
    return json_strings(column.sql_type.display_text(canonical))


def _only_trimmed(change: Change) -> pa.Array:
    return pc.fill_null(pc.equal(change.trimmed, change.after), False)


def _kind(column: PlannedColumn, change: Change) -> pa.Array:
    target = f'"target_type": "{column.sql_type.sql}"'
    kinds = pc.if_else(
        _only_trimmed(change),
        f'"correction_type": "{CorrectionKind.WHITESPACE_TRIMMED}", {target}',
        joined(f'"correction_type": "{column.sql_type.correction_type}", ', _how(column, change)),
    )
    return pc.if_else(pc.is_null(change.after), f'"correction_type": "{CorrectionKind.NULL_TOKEN}", {target}', kinds)


def _how(column: PlannedColumn, change: Change) -> pa.Scalar | pa.Array:
    if column.sql_type.correction_type != CorrectionKind.DATETIME_STANDARDIZATION:
        return pa.scalar(f'"target_type": "{column.sql_type.sql}"')
    if not column.reading.other_formats:
        return pa.scalar(f'"source_format": {_quoted(column.reading.source_format or "ISO 8601")}')
    formats = format_of_each(change.trimmed, column.reading, column.sql_type.name)
    return joined('"source_format": ', json_strings(formats))


def _quoted(text: str) -> str:
    return str(json_strings(pa.array([text]))[0].as_py())


def _steps(column: PlannedColumn, change: Change, before: pa.Array, after: pa.Array) -> pa.Array:
    """Return `, "steps": […]` where a value was trimmed and then converted; empty elsewhere."""
    several = pc.and_(pc.not_equal(change.before, change.trimmed), pc.invert(_only_trimmed(change)))
    if not pc.any(several).as_py():
        return pa.repeat("", len(before))
    trimmed = json_strings(change.trimmed)
    kind = f', "correction_type": "{CorrectionKind.WHITESPACE_TRIMMED}"}}'
    first = joined('{"before": ', before, ', "after": ', trimmed, kind)
    second = joined(
        '{"before": ', trimmed, ', "after": ', pc.fill_null(after, "null"), ", ", _kind(column, change), "}"
    )
    return pc.if_else(several, joined(', "steps": [', first, ", ", second, "]"), "")
