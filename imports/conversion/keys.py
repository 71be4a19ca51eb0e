"""Which cells of a batch could not be read, and which records have no key that could repeat another."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Cast
from imports.errors import ErrorCode
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.text_batches import TextBatch


def unread_cells(batch: TextBatch, casts: Sequence[tuple[PlannedColumn, Cast]]) -> dict[str, list[pa.Array]]:
    """Return column -> positions of the records with an error in this cell; a record may occur more than once.

    Columns without an error are left out.
    """
    found = {column.name: _failed(batch, column, cast) for column, cast in casts}
    return {name: positions for name, positions in found.items() if positions}


def _failed(batch: TextBatch, column: PlannedColumn, cast: Cast) -> list[pa.Array]:
    failures = batch.rule_effects.failures if batch.rule_effects else ()
    cells = [problem.index for problem in batch.problems if problem.column == column.source]
    return [
        *([cast.failed] if cast.failed is not None else []),
        *(failure.rows for failure in failures if column.source in failure.targets),
        *([pa.array(cells, pa.int64())] if cells else []),
    ]


def missing_cells(batch: TextBatch, columns: Sequence[PlannedColumn]) -> dict[str, list[pa.Array]]:
    """Return column -> positions of the records that were too short to have a cell for it."""
    short = [
        (problem.index, len(problem.original))
        for problem in batch.problems
        if problem.code == ErrorCode.TOO_FEW_FIELDS and problem.original is not None
    ]
    if not short:
        return {}
    in_file = [column for column in columns if column.source < len(batch.as_read)]
    found = {
        column.name: [pa.array([index for index, cells in short if cells <= column.source], pa.int64())]
        for column in in_file
    }  # fmt: skip
    return {name: positions for name, positions in found.items() if len(positions[0])}


def empty_keys(columns: Sequence[pa.Array], record_numbers: pa.Array, plan: ImportPlan) -> pa.Array:
    """Return the numbers of the records that have no value in any column of the key. columns: as the plan has them."""
    key = [
        values for planned, values in zip(plan.columns, columns, strict=True) if planned.name in plan.unique_columns
    ]  # fmt: skip
    if not key or not all(values.null_count for values in key):
        return record_numbers.slice(0, 0)
    return record_numbers.filter(reduce(pc.and_, map(pc.is_null, key)))
