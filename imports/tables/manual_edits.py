"""Rows that somebody changes with SQL: noticed by triggers of a statement, which cost a COPY nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
