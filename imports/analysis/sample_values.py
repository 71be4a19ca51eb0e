"""The first values of each column: as the file has them, and as the table would."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import cast_column
from imports.inference.profile import ColumnProfile
from imports.planning.plan import PlannedColumn
from imports.text_batches import Records, TextBatch


def values_as_read(
    records: Records, profiles: Sequence[ColumnProfile], *, rule_effects: bool
) -> list[list[str | None]]:
    """A list a column, of the records that its profile has its first values of.

    ruled: whether rules change what was read. Null where the file has no value there, or no such column.
    """
    if not rule_effects:
        return [list(profile.first_values) for profile in profiles]
    found: list[list[str | None]] = [[] for _ in profiles]
    for batch in records.batches(len(profiles)):
        for position, profile in enumerate(profiles):
            left = len(profile.first_values) - len(found[position])
            if left:
                found[position] += _read(batch, position, left)
        if all(len(values) == len(one.first_values) for values, one in zip(found, profiles, strict=True)):
            break
    return found


def _read(batch: TextBatch, position: int, most: int) -> list[str | None]:
    """What stood in the file where there is a value now."""
    stays = pc.is_valid(batch.columns[position]).to_numpy(zero_copy_only=False).copy()
    if batch.rule_effects and batch.rule_effects.left_out:
        stays[batch.rule_effects.left_out.rows.to_numpy()] = False
    rows = pa.array(np.flatnonzero(stays)[:most])
    own = position < len(batch.as_read)
    read: list[str | None] = batch.as_read[position].take(rows).to_pylist() if own else [None] * len(rows)
    return read


def values_as_stored(planned: PlannedColumn, profile: ColumnProfile, null_tokens: tuple[str, ...]) -> list[str | None]:
    """Null where the cell would be empty."""
    texts = pa.array(profile.first_values, pa.string())
    cast = cast_column(texts, planned.sql_type, planned.reading, null_tokens)
    after: list[str | None] = texts.to_pylist()
    for position in [] if cast.failed is None else cast.failed.to_pylist():
        after[position] = None
    if cast.change:
        display_text = planned.sql_type.display_text(cast.change.after)
        for position, value in zip(cast.change.rows.to_pylist(), display_text.to_pylist(), strict=True):
            after[position] = value
    return after
