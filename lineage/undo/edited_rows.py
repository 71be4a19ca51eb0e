"""Rows with manual changes that an undo or a redo would remove. Noticed by triggers: imports/tables/manual_edits.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.manual_edits import delete_recorded_changes, manually_edited
from imports.tables.origins import Origin
from lineage.undo.replay import WRITTEN
from lineage.undo.replay_tables import ROWS

EDITED = sql.Identifier("pg_temp", "_atlas_edited")

#: The edited rows that a replay removes or changes.
_CHANGED = """
    SELECT DISTINCT held.id FROM {rows} rows JOIN {table} held USING (id)
    WHERE (rows.gone OR rows.row IN (SELECT row FROM {written})) AND {is_edited}
"""


class EditedRows:
    """The edited rows that an undo would remove, or take values from; in a temporary table of the transaction.

    To be made after the later imports were judged.
    """

    def __init__(
        self, table: str, undone: UUID, origin: Origin, columns: Sequence[str], *, table_dropped: bool
    ) -> None:
        """undone: the import whose rows are removed. origin: of rows. columns: those that would be dropped."""
        self.table_name = table
        self.table = sql.Identifier("public", table)
        self.undone = undone
        self.origin = origin
        parts = [self._of_undone_import(), self._updated_by_undone_import(), self._sql(_CHANGED)]
        if table_dropped:
            parts.append(self._of_other_imports(sql.SQL("TRUE")))
        elif columns and self._has_edited_rows():
            parts.append(self._of_other_imports(_any_value(columns)))
        with connection.cursor() as cursor:
            statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}")
            cursor.execute(statement.format(EDITED, sql.SQL(" UNION ").join(parts)))

    def count(self) -> int:
        return int(self._fetch("SELECT count(*) FROM {edited}")[0][0])

    def count_of_import(self) -> int:
        """Return how many of them the import that is undone inserted or updated."""
        parts = sql.SQL(" UNION ").join([self._of_undone_import(), self._updated_by_undone_import()])
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT count(*) FROM ({}) kept").format(parts))
            return int(cursor.fetchone()[0])

    def first_ids(self, limit: int) -> list[int]:
        return [row_id for (row_id,) in self._fetch("SELECT id FROM {edited} ORDER BY id LIMIT %s", limit)]

    def holds_values(self, column: str) -> bool:
        """Whether any of them has a value there."""
        query = self._sql("SELECT 1 FROM {edited} JOIN {table} held USING (id) WHERE ") + _any_value([column])
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT EXISTS ({})").format(query))
            return bool(cursor.fetchone()[0])

    def _has_edited_rows(self) -> bool:
        """Whether the table has edited rows at all."""
        answer = self._fetch(
            "SELECT EXISTS (SELECT 1 FROM imports_hand_change WHERE table_name = %s AND NOT deleted)", self.table_name
        )
        return bool(answer[0][0])

    def _of_undone_import(self) -> sql.Composed:
        return self._sql("SELECT held.id FROM {table} held {origin} WHERE {import_id} = {undone} AND {is_edited}")

    def _updated_by_undone_import(self) -> sql.Composed:
        return self._sql(
            "SELECT held.id FROM imports_row_update updated JOIN {table} held ON held.id = updated.row_id"
            " WHERE updated.import_id = {undone} AND updated.table_name = {table_name} AND {is_edited}"
        )

    def _of_other_imports(self, condition: sql.Composable) -> sql.Composed:
        # Not <>: so the index is used.
        rows = "SELECT id FROM {table} WHERE (_import_id < {undone} OR _import_id > {undone}) AND "
        return self._sql(rows) + sql.SQL("({})").format(condition)

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(
            table=self.table, table_name=sql.Literal(self.table_name), edited=EDITED, undone=sql.Literal(self.undone),
            is_edited=manually_edited(self.table_name), rows=ROWS, written=WRITTEN, origin=self.origin.join,
            import_id=self.origin.import_id,
        )  # fmt: skip

    def _fetch(self, statement: str, *values: Any) -> list[tuple[int, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement), values or None)
            return cursor.fetchall()


def edited_that_change(table: str) -> list[int]:
    """Return the ids of edited rows that a replay removes or changes."""
    query = sql.SQL(_CHANGED + " ORDER BY 1")
    with connection.cursor() as cursor:
        cursor.execute(
            query.format(
                rows=ROWS, written=WRITTEN, table=sql.Identifier("public", table), is_edited=manually_edited(table)
            )
        )
        return [row_id for (row_id,) in cursor.fetchall()]


def renumbered(table: str, import_id: UUID, records: int) -> list[int]:
    """Return the ids of edited rows of which it cannot be told which record of the import they are.

    Their number is none of the file, occurs twice, was changed last, or was another import's. records: of its
    file.
    """
    query = sql.SQL(
        "SELECT id FROM (SELECT held.id, _source_row_number, count(*) OVER (PARTITION BY _source_row_number) AS times"
        "  FROM {} held WHERE _import_id = %s AND {}) held"
        " WHERE times > 1 OR (_source_row_number BETWEEN 1 AND %s) IS NOT TRUE OR NOT EXISTS"
        "  (SELECT 1 FROM imports_hand_change change WHERE table_name = %s AND row_id = held.id AND import_id = %s"
        "   AND NOT deleted AND record_number = _source_row_number) ORDER BY id"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            query.format(sql.Identifier("public", table), manually_edited(table)),
            [import_id, records, table, import_id],
        )
        return [row_id for (row_id,) in cursor.fetchall()]


def count_deleted(table: str, import_id: UUID) -> int:
    """Return how many records of the import had a row that was noticed being deleted, and have none now."""
    query = sql.SQL(
        "SELECT count(DISTINCT coalesce(-record_number, row_id)) FROM imports_hand_change change"
        " WHERE table_name = %s AND deleted AND import_id = %s AND NOT EXISTS (SELECT 1 FROM {} held"
        "  WHERE held._import_id = change.import_id AND held._source_row_number = change.record_number)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query.format(sql.Identifier("public", table)), [table, import_id])
        return int(cursor.fetchone()[0])


def forget_removed(table: str, undone: UUID | None = None) -> None:
    """Delete the recorded manual changes of rows that an undo or redo removed. undone: the import that was undone.

    Manual deletes of rows of other imports stay known: these imports count the rows as inserted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(format('public.%%I', %s::text)) IS NULL", [table])
        if cursor.fetchone()[0]:
            delete_recorded_changes(table)
            return
        statement = sql.SQL(
            "DELETE FROM imports_hand_change change WHERE table_name = %s AND (NOT deleted OR import_id = %s)"
            " AND NOT EXISTS (SELECT 1 FROM {} held WHERE held.id = change.row_id)"
        )
        cursor.execute(statement.format(sql.Identifier("public", table)), [table, undone])


def _any_value(columns: Sequence[str]) -> sql.Composed:
    parts = [sql.SQL("{} IS NOT NULL").format(name) for name in map(sql.Identifier, columns)]
    return sql.SQL(" OR ").join(parts)
