"""What an import would do now: every record coerced, duplicates looked for, and all of it rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from imports.coerce import TypedBatch, coerce
from imports.loading import Counts
from imports.plan import ImportPlan
from imports.readers import TextBatch
from imports.tables import rows, schema
from imports.tables.description import TableColumn, TableDescription


def forecast(plan: ImportPlan, batches: Iterator[TextBatch], table: TableDescription | None) -> dict[str, Any]:
    """Fates of all records, and how many errors of each code. table: None where the import would make it."""
    counts, errors = Counts(), Counter[str]()
    with transaction.atomic():
        stage = _stage(plan, table)
        for batch in batches:
            typed = coerce(batch, plan)
            counts.add(typed)
            errors.update(typed.problems.column("error_type").to_pylist())
            if stage:
                stage.put(_that_may_match(typed, plan, table))
        counts.duplicates = stage.match(indexed=False) if stage else 0
        transaction.set_rollback(True)
    return {
        "rows": counts.records,
        "inserted": counts.records - counts.rejected - counts.filtered - counts.duplicates,
        "duplicates": counts.duplicates,
        "rejected": counts.rejected,
        "filtered": counts.filtered,
        "values_that_do_not_fit": counts.value_errors,
        "errors": dict(errors.most_common()),
    }


def _stage(plan: ImportPlan, table: TableDescription | None) -> rows.Stage | None:
    """Where duplicates are looked for; None where there is nothing that a record could be a duplicate of."""
    if not plan.check_duplicates or (table is None and not plan.unique_columns):
        return None
    columns = [TableColumn(one.name, one.sql_type.sql) for one in plan.columns]
    if table is None or _key_is_new(plan):
        name = f"forecast_{uuid4().hex}"
        schema.create_table(name, columns)
        return rows.Stage(name, columns, plan.unique_columns, [one.name for one in columns])
    there = [one.name for one in table.columns]
    return rows.Stage(table.name, [one for one in columns if one.name in there], plan.unique_columns, there)


def _key_is_new(plan: ImportPlan) -> bool:
    """Whether the key has a column that the table gets only now: then records can only repeat each other."""
    return any(one.is_new for one in plan.columns if one.name in plan.unique_columns)


def _that_may_match(batch: TypedBatch, plan: ImportPlan, table: TableDescription | None) -> TypedBatch:
    """The batch as the table as it is can be compared with it: without the columns that the import would add.

    Compared whole, a row with a value in such a column equals none that is there.
    """
    if table is None or not plan.new_columns or _key_is_new(plan):
        return batch
    pairs = list(zip(plan.columns, batch.columns, strict=True))
    stays = pa.repeat(True, batch.rows)
    for values in [] if plan.unique_columns else [values for one, values in pairs if one.is_new]:
        stays = pc.and_(stays, pc.is_null(values))
    return replace(
        batch,
        columns=[values.filter(stays) for one, values in pairs if not one.is_new],
        record_numbers=batch.record_numbers.filter(stays),
        corrections=batch.corrections.filter(stays),
    )
