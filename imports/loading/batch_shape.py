"""What comes from the process that reads a file is what the plan says: otherwise nothing is loaded."""

from __future__ import annotations

import pyarrow as pa

from imports.column_types import TYPES
from imports.conversion.convert import TypedBatch
from imports.planning.plan import ImportPlan

#: Name of the SQL type -> the Arrow type in which its values are loaded.
LOADED_AS = {kind.name: kind().parse(pa.array([], pa.string())).type for kind in TYPES}


class UnexpectedBatch(Exception):
    """A batch or a plan is not what was asked for: a fault of ours, or a file has changed what reads it."""


def check_shape(batch: TypedBatch, plan: ImportPlan) -> None:
    """Raises UnexpectedBatch where columns are missing, or have another type or another length."""
    types = [column.type for column in batch.columns]
    if types != [LOADED_AS[column.sql_type.name] for column in plan.columns]:
        raise UnexpectedBatch
    if {len(column) for column in (*batch.columns, batch.corrections)} - {batch.rows}:
        raise UnexpectedBatch
