"""Rows that somebody changed with SQL, and that would be lost when an import goes. See hand_changes.py."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.manual_edits import forget_changes, manually_edited
from lineage.undo.duplicate_replay import SETTLED

EDITED_ROWS = sql.Identifier("pg_temp", "_atlas_at_stake")


class EditedRows:
    """Of one table, when an import goes; after a Replay has settled. A temporary table of the transaction."""

    def __init__(self, table: str, going: UUID, columns: Sequence[str], *, table_dropped: bool) -> None:
        """going: the import whose rows go. columns: those that would be dropped."""
        self.table_name = table
        self.table = sql.Identifier("public", table)
        self.going = going
        parts = [self._changed_and_going(), self._changed_and_leaving()]
        if table_dropped:
            parts.append(self._others(sql.SQL("TRUE")))
        elif columns and self._touched():
            parts.append(self._others(_any_value(columns)))
        with connection.cursor() as cursor:
            statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS {}")
            cursor.execute(statement.format(EDITED_ROWS, sql.SQL(" UNION ").join(parts)))

    def count(self) -> int:
        return int(self._fetch("SELECT count(*) FROM {at_stake}")[0][0])

    def of_import(self) -> int:
        """How many of them are rows of the import that goes."""
        return int(
            self._fetch("SELECT count(*) FROM {at_stake} JOIN {table} held USING (id) WHERE _import_id = {going}")[0][0]
        )

    def first(self, most: int) -> list[int]:
        """Ids of the rows."""
        return [row_id for (row_id,) in self._fetch("SELECT id FROM {at_stake} ORDER BY id LIMIT %s", most)]

    def holds_values(self, column: str) -> bool:
        """Whether any of them has a value there."""
        some = self._sql("SELECT 1 FROM {at_stake} JOIN {table} held USING (id) WHERE ") + _any_value([column])
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("SELECT EXISTS ({})").format(some))
            return bool(cursor.fetchone()[0])

    def _touched(self) -> bool:
        """Whether anybody changed rows of the table."""
        found = self._fetch(
            "SELECT EXISTS (SELECT 1 FROM imports_hand_change WHERE table_name = %s AND NOT deleted)", self.table_name
        )
        return bool(found[0][0])

    def _changed_and_going(self) -> sql.Composed:
        return self._sql("SELECT held.id FROM {table} held WHERE held._import_id = {going} AND {changed}")

    def _changed_and_leaving(self) -> sql.Composed:
        return self._sql(
            "SELECT held.id FROM {settled} settled JOIN {table} held ON held.id = settled.row_id WHERE {changed}"
        )

    def _others(self, condition: sql.Composable) -> sql.Composed:
        others = (
            "SELECT id FROM {table} WHERE (_import_id < {going} OR _import_id > {going}) AND "  # not <>: by the index
        )
        return self._sql(others) + sql.SQL("({})").format(condition)

    def _sql(self, statement: str) -> sql.Composed:
        return sql.SQL(statement).format(
            table=self.table, settled=SETTLED, at_stake=EDITED_ROWS, going=sql.Literal(self.going),
            changed=manually_edited(self.table_name),
        )  # fmt: skip

    def _fetch(self, statement: str, *values: Any) -> list[tuple[int, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement), values or None)
            return cursor.fetchall()


def changed_and_leaving(table: str) -> list[int]:
    """The ids of rows changed by hand that leave as duplicates, after a Replay has settled."""
    query = sql.SQL("SELECT held.id FROM {} settled JOIN {} held ON held.id = settled.row_id WHERE {} ORDER BY 1")
    with connection.cursor() as cursor:
        cursor.execute(query.format(SETTLED, sql.Identifier("public", table), manually_edited(table)))
        return [row_id for (row_id,) in cursor.fetchall()]


def forget_gone(table: str, going: UUID | None = None) -> None:
    """What was noticed of rows that an undo or redo took concerns nobody any more. going: the import that was undone.

    That rows of other imports were deleted by hand stays known: their imports count them as inserted.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(format('public.%%I', %s::text)) IS NULL", [table])
        if cursor.fetchone()[0]:
            forget_changes(table)
            return
        statement = sql.SQL(
            "DELETE FROM imports_hand_change change WHERE table_name = %s AND (NOT deleted OR import_id = %s)"
            " AND NOT EXISTS (SELECT 1 FROM {} held WHERE held.id = change.row_id)"
        )
        cursor.execute(statement.format(sql.Identifier("public", table)), [table, going])


def _any_value(columns: Sequence[str]) -> sql.Composed:
    parts = [sql.SQL("{} IS NOT NULL").format(name) for name in map(sql.Identifier, columns)]
    return sql.SQL(" OR ").join(parts)
