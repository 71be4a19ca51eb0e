"""Sample values of each column, as in the file and as stored in the table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import cast_column
from imports.inference.profile import ColumnProfile
from imports.planning.plan import PlannedColumn
from imports.text_batches import Records, TextBatch

MAX_SHOWN_LENGTH = 300  # characters of a value


def shown(value: str | None) -> str | None:
    """Return as much of a value as previews and pages show."""
    return value if value is None or len(value) <= MAX_SHOWN_LENGTH else f"{value[: MAX_SHOWN_LENGTH - 1]}…"


def values_as_read(
    records: Records, profiles: Sequence[ColumnProfile], *, rule_effects: bool
) -> list[list[str | None]]:
    """Return for each column the file's values in the rows of its profile's first values.

    rule_effects: whether transformations or filters change the rows. Null if the file has no value or no such column.
    """
    if not rule_effects:
        return [list(map(shown, profile.first_values)) for profile in profiles]
    values: list[list[str | None]] = [[] for _ in profiles]
    for batch in records.batches(len(profiles)):
        for position, profile in enumerate(profiles):
            missing = len(profile.first_values) - len(values[position])
            if missing:
                values[position] += _read(batch, position, missing)
        if all(len(column) == len(profile.first_values) for column, profile in zip(values, profiles, strict=True)):
            break
    return values


def _read(batch: TextBatch, position: int, limit: int) -> list[str | None]:
    """Return the file's values in the rows that have a value after the transformations."""
    has_value = pc.is_valid(batch.columns[position]).to_numpy(zero_copy_only=False).copy()
    if batch.rule_effects and batch.rule_effects.left_out:
        has_value[batch.rule_effects.left_out.rows.to_numpy()] = False
    rows = pa.array(np.flatnonzero(has_value)[:limit])
    if position >= len(batch.as_read):
        return [None] * len(rows)
    return list(map(shown, batch.as_read[position].take(rows).to_pylist()))


def values_as_stored(planned: PlannedColumn, profile: ColumnProfile, null_tokens: tuple[str, ...]) -> list[str | None]:
    """Return the profile's first values as the table would store them; null for an empty cell."""
    texts = pa.array(profile.first_values, pa.string())
    cast = cast_column(texts, planned.sql_type, planned.reading, null_tokens)
    stored: list[str | None] = texts.to_pylist()
    for position in [] if cast.failed is None else cast.failed.to_pylist():
        stored[position] = None
    if cast.change:
        display_text = planned.sql_type.display_text(cast.change.after)
        for position, value in zip(cast.change.rows.to_pylist(), display_text.to_pylist(), strict=True):
            stored[position] = value
    return list(map(shown, stored))
