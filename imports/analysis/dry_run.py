"""A dry run of an import: convert every row, find those that the table has, and roll all of it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pyarrow as pa
from django.conf import settings
from django.db import DatabaseError, transaction

from core.errors import AtlasError
from core.messages import Message
from core.sqlstates import sqlstate_of
from core.waits.given_up import CANCELLED
from core.waits.limits import limit_statements_of_transaction
from core.waits.operations import current_operation
from imports.analysis import messages
from imports.analysis.changes import Changes, changes_of
from imports.conversion.convert import TypedBatch, first_rows
from imports.errors import TooManyErrors
from imports.history.foreign_columns import compared_columns
from imports.history.row_order import order_of_rows
from imports.loading.key_warnings import KeyWarnings
from imports.loading.load import CELLS_WRITTEN, Counts
from imports.loading.messages import DIFFERING_ROWS
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan
from imports.table_description import TableColumn, TableDescription
from imports.tables import schema
from imports.tables.staging import Stage

MAX_ERRORS = 50  # that a dry run shows
SHOWN_OF_ERRORS = [
    "record_number", "error_type", "error_message", "source_field", "target_field", "source_value"
]  # fmt: skip


@dataclass(frozen=True)
class DryRun:
    """What an import would do."""

    forecast: dict[str, Any]  # how many rows would have each outcome, how many errors of each code there would be
    key_warnings: list[Message]
    changes: Changes | None  # of rows that the table has; None where none are found by a key
    first_errors: list[dict[str, Any]]  # as `convert` found them, in the order of the file


def dry_run(
    plan: ImportPlan, batches: Iterator[TypedBatch], table: TableDescription | None, obstacle: AtlasError | None
) -> DryRun:
    """Return what an import would do.

    table: None if the import would create it. obstacle: why the import would be refused, whatever its rows are.
    `stopped_by` of the forecast: the code of the error that would stop the import; then nothing is inserted.
    `not_compared`: rows beyond the limit of a preview, of which it is not known whether they are new.
    """
    run = _Run(plan, table)
    with transaction.atomic():
        run.put(batches)
        run.compare()
        transaction.set_rollback(True)
    stopped_by = obstacle.code if obstacle else TooManyErrors.code if _too_many_errors(plan, run.counts) else None
    return DryRun(run.forecast(stopped_by), run.key_warnings(), run.changes, run.first_errors)


class _Run:
    """One dry run, in a transaction that is rolled back."""

    def __init__(self, plan: ImportPlan, table: TableDescription | None) -> None:
        self.plan = plan
        self.table = table
        self.counts = Counts()
        self.errors = Counter[str]()
        self.first_errors: list[dict[str, Any]] = []
        self.keys = KeyWarnings(plan)
        self.changes: Changes | None = None
        self.compared = 0  # rows that were staged
        self.not_compared = 0

    def put(self, batches: Iterator[TypedBatch]) -> None:
        """Count all rows, and stage those that are compared."""
        self.stage = _stage(self.plan, self.table)
        for typed in batches:
            self.counts.add(typed)
            self.errors.update(typed.problems.column("error_type").to_pylist())
            self._note_errors(typed.problems)
            if self.stage and typed.rows:
                self._stage_rows(self.stage, typed)

    def _note_errors(self, problems: pa.RecordBatch) -> None:
        left = MAX_ERRORS - len(self.first_errors)
        if left and problems.num_rows:
            self.first_errors += problems.sort_by("record_number").slice(0, left).select(SHOWN_OF_ERRORS).to_pylist()

    def _stage_rows(self, stage: Stage, typed: TypedBatch) -> None:
        """Stage the rows of a batch, up to the limit of a preview."""
        limit = settings.ATLAS_PREVIEW_COMPARED_ROWS
        rows = min(typed.rows, limit - self.compared) if limit else typed.rows
        self.not_compared += typed.rows - rows
        if not rows:
            return
        compared = typed if rows == typed.rows else first_rows(typed, rows)
        stage.put(compared)
        self.keys.add(compared)
        self.compared += rows

    def compare(self) -> None:
        """Find the rows that the table, or the file itself, has; in vain where that would take too long."""
        if not self.stage:
            return
        try:
            with transaction.atomic():
                limit_statements_of_transaction(settings.ATLAS_PREVIEW_SECONDS)
                self._compare(self.stage)
        except DatabaseError as error:
            operation = current_operation()
            if sqlstate_of(error) != CANCELLED or (operation and operation.stop_reason):
                raise
            self.not_compared += self.compared

    def _compare(self, stage: Stage) -> None:
        matched = stage.match(uuid4(), indexed=False)
        self.keys.compare(stage, self.table, indexed=False)
        if stage.key and self.table:
            self.changes = changes_of(
                stage, self.plan.on_match, empty_keys=self.keys.empty, unread_keys=self.keys.unread
            )
        self.counts.duplicates, self.counts.updated = matched.duplicates, matched.updated

    def forecast(self, stopped_by: str | None) -> dict[str, Any]:
        counts = self.counts
        known = counts.rejected + counts.filtered + counts.duplicates + counts.updated + self.not_compared
        return {
            "rows": counts.records,
            "inserted": 0 if stopped_by else counts.records - known,
            "updated": 0 if stopped_by else counts.updated,
            "duplicates": counts.duplicates,
            "rejected": counts.rejected,
            "filtered": counts.filtered,
            "not_compared": self.not_compared,
            "values_that_do_not_fit": counts.value_errors,
            "errors": dict(self.errors.most_common()),
            "stopped_by": stopped_by,
        }

    def key_warnings(self) -> list[Message]:
        """Return the warnings of the comparison, in the words of a preview."""
        return [
            messages.DIFFERING_ROWS_OF_FILE(**warning.params) if warning.code == DIFFERING_ROWS.code else warning
            for warning in self.keys.warnings()
        ]


def _too_many_errors(plan: ImportPlan, counts: Counts) -> bool:
    aborts = plan.on_error == OnError.ABORT and counts.rejected > 0
    return aborts or plan.max_errors.exceeded_by(counts.problems, counts.records)


def _stage(plan: ImportPlan, table: TableDescription | None) -> Stage | None:
    """Return the stage in which duplicates are found; None if no row can be a duplicate."""
    if not plan.check_duplicates or (table is None and not plan.unique_columns):
        return None
    columns = [TableColumn(column.name, column.sql_type.sql) for column in plan.columns]
    whole_row = compared_columns(table, [column.name for column in columns])
    order = order_of_rows(table.name) if table else None
    return Stage(
        _table_to_compare(plan, table, columns), columns, plan.unique_columns, whole_row, order,
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
