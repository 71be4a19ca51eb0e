"""What an import would do now: every record coerced, duplicates looked for, and all of it rolled back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.db import transaction

from core.errors import AtlasError
from imports.conversion.convert import convert
from imports.errors import TooManyErrors
from imports.loading.load import Counts
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan
from imports.table_description import TableColumn, TableDescription
from imports.tables import schema
from imports.tables.staging import Stage
from imports.text_batches import TextBatch


def forecast(
    plan: ImportPlan, batches: Iterator[TextBatch], table: TableDescription | None, obstacle: AtlasError | None
) -> dict[str, Any]:
    """Fates of all records, and how many errors of each code.

    table: None where the import would make it. obstacle: for which it would be refused, whatever its records are.
    `stopped_by`: the code of what would stop it; then nothing is inserted.
    """
    counts, errors = Counts(), Counter[str]()
    with transaction.atomic():
        stage = _stage(plan, table)
        for batch in batches:
            typed = convert(batch, plan)
            counts.add(typed)
            errors.update(typed.problems.column("error_type").to_pylist())
            if stage and typed.rows:
                stage.put(typed)
        counts.duplicates = stage.match(uuid4(), indexed=False) if stage else 0
        transaction.set_rollback(True)
    stopped_by = obstacle.code if obstacle else TooManyErrors.code if _too_many_errors(plan, counts) else None
    left = counts.records - counts.rejected - counts.filtered - counts.duplicates
    return {
        "rows": counts.records,
        "inserted": 0 if stopped_by else left,
        "duplicates": counts.duplicates,
        "rejected": counts.rejected,
        "filtered": counts.filtered,
        "values_that_do_not_fit": counts.value_errors,
        "errors": dict(errors.most_common()),
        "stopped_by": stopped_by,
    }


def _too_many_errors(plan: ImportPlan, counts: Counts) -> bool:
    aborts = plan.on_error == OnError.ABORT and counts.problems > 0
    return aborts or plan.max_errors.exceeded_by(counts.problems, counts.records)


def _stage(plan: ImportPlan, table: TableDescription | None) -> Stage | None:
    """Where duplicates are looked for; None where there is nothing that a record could be a duplicate of."""
    if not plan.check_duplicates or (table is None and not plan.unique_columns):
        return None
    columns = [TableColumn(one.name, one.sql_type.sql) for one in plan.columns]
    known = [one.name for one in table.columns] if table else []
    everything = list(dict.fromkeys([*known, *(one.name for one in columns)]))
    return Stage(_compared(plan, table, columns), columns, plan.unique_columns, everything)


def _compared(plan: ImportPlan, table: TableDescription | None, columns: list[TableColumn]) -> str:
    """The name of the table as the import would have it before its rows; made for now, where it is not so yet."""
    name = f"forecast_{uuid4().hex}"
    if table is None:
        schema.create_table(name, columns)
    elif plan.new_columns:
        schema.create_preview_view(name, table.name, plan.new_columns)
    else:
        return table.name
    return name
