"""Which records of a batch have no key that could repeat another: it is empty, or a cell of it could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Cast
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.text_batches import TextBatch


def unread_keys(batch: TextBatch, casts: Sequence[tuple[PlannedColumn, Cast]], plan: ImportPlan) -> list[pa.Array]:
    """Return positions of the records with an error in a cell of the key; a record may occur more than once."""
    key = [(column, cast) for column, cast in casts if column.name in plan.unique_columns]
    sources = {column.source for column, _ in key}
    failures = batch.rule_effects.failures if batch.rule_effects else ()
    cells = [problem.index for problem in batch.problems if problem.column in sources]
    return [
        *(cast.failed for _, cast in key if cast.failed is not None),
        *(failure.rows for failure in failures if sources.intersection(failure.targets)),
        *([pa.array(cells, pa.int64())] if cells else []),
    ]


def empty_keys(columns: Sequence[pa.Array], record_numbers: pa.Array, plan: ImportPlan) -> pa.Array:
    """Return the numbers of the records that have no value in any column of the key. columns: as the plan has them."""
    key = [
        values for planned, values in zip(plan.columns, columns, strict=True) if planned.name in plan.unique_columns
    ]  # fmt: skip
    if not key or not all(values.null_count for values in key):
        return record_numbers.slice(0, 0)
    return record_numbers.filter(reduce(pc.and_, map(pc.is_null, key)))
