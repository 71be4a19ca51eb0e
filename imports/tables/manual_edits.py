"""Rows that somebody changes with SQL: noticed by triggers of a statement, which cost a COPY nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection
from psycopg import sql

#: imports_note_hand_change() is made by a migration.
_TRIGGERS = """
    CREATE OR REPLACE TRIGGER atlas_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS was NEW TABLE AS becomes
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change()
"""


def triggers(table: str) -> str:
    """The statements from which on changes of the table's rows are noticed."""
    return sql.SQL(_TRIGGERS).format(table=sql.Identifier("public", table)).as_string(connection.connection)


def manually_edited(table: str) -> sql.Composable:
    """The condition that a row of the table, called `held`, was."""
    return sql.SQL(
        "EXISTS (SELECT 1 FROM imports_hand_change change WHERE change.table_name = {}"
        " AND change.row_id = held.id AND NOT change.deleted)"
    ).format(sql.Literal(table))


def renumbered(table: str, import_id: UUID, records: int) -> list[int]:
    """The ids of rows changed by hand whose record of the import cannot be told. records: of its file.

    Their number is none of the file, stands twice, was changed last, or came with another import.
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
    """How many records of the import had a row that was seen being deleted, and have none now."""
    query = sql.SQL(
        "SELECT count(DISTINCT coalesce(-record_number, row_id)) FROM imports_hand_change change"
        " WHERE table_name = %s AND deleted AND import_id = %s AND NOT EXISTS (SELECT 1 FROM {} held"
        "  WHERE held._import_id = change.import_id AND held._source_row_number = change.record_number)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query.format(sql.Identifier("public", table)), [table, import_id])
        return int(cursor.fetchone()[0])


def forget_changes(table: str) -> None:
    """What was noticed of a table of this name that is gone: its successor's rows have the same ids again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM imports_hand_change WHERE table_name = %s", [table])


@contextmanager
def own_changes() -> Iterator[None]:
    """Changes of rows in here, within a transaction, are the product's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('atlas.own_change', 'on', true)")
        yield
        cursor.execute("SELECT set_config('atlas.own_change', 'off', true)")
