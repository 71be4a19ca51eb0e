"""A dry run of an import: convert every row, find duplicates, and roll all of it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.db import transaction

from core.errors import AtlasError
from core.messages import Message
from imports.conversion.convert import TypedBatch
from imports.errors import TooManyErrors
from imports.history.foreign_columns import compared_columns
from imports.loading.key_warnings import KeyWarnings
from imports.loading.load import CELLS_WRITTEN, Counts
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan
from imports.table_description import TableColumn, TableDescription
from imports.tables import schema
from imports.tables.staging import Stage


def dry_run(
    plan: ImportPlan, batches: Iterator[TypedBatch], table: TableDescription | None, obstacle: AtlasError | None
) -> tuple[dict[str, Any], list[Message]]:
    """Return how many rows would have each outcome, how many errors of each code there would be, and the warnings.

    table: None if the import would create it. obstacle: why the import would be refused, whatever its rows are.
    `stopped_by`: the code of the error that would stop the import; then nothing is inserted.
    """
    counts, errors, keys = Counts(), Counter[str](), KeyWarnings(plan)
    with transaction.atomic():
        stage = _stage(plan, table)
        for typed in batches:
            counts.add(typed)
            errors.update(typed.problems.column("error_type").to_pylist())
            if stage and typed.rows:
                stage.put(typed)
                keys.add(typed)
        if stage:
            matched = stage.match(uuid4(), indexed=False)
            counts.duplicates, counts.updated = matched.duplicates, matched.updated
            keys.compare(stage, table, indexed=False)
        transaction.set_rollback(True)
    stopped_by = obstacle.code if obstacle else TooManyErrors.code if _too_many_errors(plan, counts) else None
    new_rows = counts.records - counts.rejected - counts.filtered - counts.duplicates - counts.updated
    forecast = {
        "rows": counts.records,
        "inserted": 0 if stopped_by else new_rows,
        "updated": 0 if stopped_by else counts.updated,
        "duplicates": counts.duplicates,
        "rejected": counts.rejected,
        "filtered": counts.filtered,
        "values_that_do_not_fit": counts.value_errors,
        "errors": dict(errors.most_common()),
        "stopped_by": stopped_by,
    }
    return forecast, keys.warnings()


def _too_many_errors(plan: ImportPlan, counts: Counts) -> bool:
    aborts = plan.on_error == OnError.ABORT and counts.rejected > 0
    return aborts or plan.max_errors.exceeded_by(counts.problems, counts.records)


def _stage(plan: ImportPlan, table: TableDescription | None) -> Stage | None:
    """Return the stage in which duplicates are found; None if no row can be a duplicate."""
    if not plan.check_duplicates or (table is None and not plan.unique_columns):
        return None
    columns = [TableColumn(column.name, column.sql_type.sql) for column in plan.columns]
    whole_row = compared_columns(table, [column.name for column in columns])
    return Stage(
        _table_to_compare(plan, table, columns), columns, plan.unique_columns, whole_row,
        writes=CELLS_WRITTEN[plan.on_match], empty_keys_match=plan.empty_keys_match,
    )  # fmt: skip


def _table_to_compare(plan: ImportPlan, table: TableDescription | None, columns: list[TableColumn]) -> str:
    """Return the name of a table with the columns that the import needs, created for the dry run if necessary."""
    name = f"forecast_{uuid4().hex}"
    if table is None:
        schema.create_table(name, columns)
    elif plan.new_columns:
        schema.create_preview_view(name, table.name, plan.new_columns)
    else:
        return table.name
    return name
