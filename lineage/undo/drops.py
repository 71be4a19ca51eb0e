"""What an undo drops besides rows: columns that only its import filled, and the table itself."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.conversion.stored_plan import columns_of, has_plan
from imports.errors import TableChanged
from imports.history.foreign_columns import added_by_plans, columns_only_from, foreign_columns, in_no_plan
from imports.locks import hold_table, hold_table_and_history
from imports.locks.relations import EXCLUSIVE
from imports.models import ImportHistory
from imports.table_description import TableDescription
from imports.tables import catalog, schema
from imports.tables.foreign import has_foreign_rows
from lineage.undo import messages
from lineage.undo.obstacles import unless_used
from lineage.undo.table_imports import other_active_imports


class Drops:
    """What the undo of an import drops, unless rows are kept that were changed manually.

    table: whether the table is dropped: imports created it, no other import is active, and no row or column is foreign.
    columns: the import's columns that nothing else fills; of a table that no import created, only those that imports
    added to it.
    """

    def __init__(self, record: ImportHistory, table: TableDescription, *, imports_remaining: int) -> None:
        self.record = record
        self.table_name = table.name
        self.created_by_imports = schema.created_by_imports(table.name)
        is_last = self.created_by_imports and not imports_remaining
        self.table = is_last and not has_foreign_parts(table.name)
        # What is foreign keeps a table as it is.
        self.columns = () if is_last else self._columns_only_from_import(table)

    def _columns_only_from_import(self, table: TableDescription) -> tuple[str, ...]:
        own, others = _columns_filled(self.record, table), other_active_imports(self.record)
        if self.created_by_imports:
            foreign = foreign_columns(table)
            candidates = columns_only_from([name for name in own if name not in foreign], others)
        else:
            added = schema.added_columns(self.table_name) | added_by_plans(own, self.table_name)
            candidates = in_no_plan([name for name in own if name in added], others)
        filled = self._filled_by_other_rows(candidates)
        return tuple(name for name in candidates if name not in filled)

    def _filled_by_other_rows(self, columns: Sequence[str]) -> set[str]:
        """Return those of the columns that foreign rows fill; in a table that no import created, any other rows.

        There the other rows may be of imports that own code recorded: they have no plan, and their manual changes may
        not be noticed.
        """
        return filled_columns(self.table_name, columns, but=None if self.created_by_imports else self.record.pk)

    def drop_table(self) -> None:
        """Raises TableBusy, TableChanged, CannotUndo."""
        hold_table_and_history(self.table_name)
        self._refuse_if_changed(has_foreign_parts(self.table_name))
        with unless_used():
            schema.drop_table(self.table_name)

    def drop_columns(self, columns: Sequence[str]) -> None:
        """Raises TableBusy, TableChanged, CannotUndo."""
        hold_table(self.table_name, EXCLUSIVE)
        self._refuse_if_changed(bool(self._filled_by_other_rows(columns)))
        with unless_used():
            schema.drop_columns(self.table_name, columns)

    def _refuse_if_changed(self, is_changed: bool) -> None:
        """Raises TableChanged where foreign rows, inserted or changed since the undo began, would lose values."""
        if is_changed:
            raise TableChanged(messages.FOREIGN_ROWS_CHANGED(table=self.table_name), table_name=self.table_name)


def _columns_filled(record: ImportHistory, table: TableDescription) -> list[str]:
    """Return the columns of the table that the import's plan fills."""
    config = record.mapping_config
    if not config or not has_plan(config):
        return []
    existing = {column.name for column in table.columns}
    return [column.name for column in columns_of(config) if column.name in existing]


def has_foreign_parts(table_name: str) -> bool:
    """Return whether a table that imports created has rows or columns that no import added."""
    return has_foreign_rows(table_name) or bool(foreign_columns(catalog.describe(table_name)))


def filled_columns(table: str, columns: Sequence[str], *, but: UUID | None = None) -> set[str]:
    """Return those of the columns that have a value in a foreign row. but: in any row that is not of this import."""
    if not columns:
        return set()
    filled = sql.SQL(", ").join(sql.SQL("bool_or({} IS NOT NULL)").format(sql.Identifier(name)) for name in columns)
    rows = sql.SQL("IS DISTINCT FROM {}").format(sql.Literal(but)) if but else sql.SQL("IS NULL")
    query = sql.SQL("SELECT {} FROM {} WHERE _import_id {}")
    with connection.cursor() as cursor:
        cursor.execute(query.format(filled, sql.Identifier("public", table), rows))
        return {name for name, is_filled in zip(columns, cursor.fetchone(), strict=True) if is_filled}
