"""Manual changes of rows with SQL, recorded by statement triggers, which do not slow down a COPY."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from psycopg import sql

_NAMES = ("atlas_changed", "atlas_deleted", "atlas_truncated")
#: A migration creates imports_note_hand_change().
_TRIGGERS = """
    CREATE OR REPLACE TRIGGER atlas_changed AFTER UPDATE ON {table} REFERENCING OLD TABLE AS was NEW TABLE AS becomes
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_deleted AFTER DELETE ON {table} REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change();
    CREATE OR REPLACE TRIGGER atlas_truncated BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION public.imports_note_hand_change()
"""


def triggers(table: str) -> str:
    """Return the statements that create the triggers of a table."""
    return sql.SQL(_TRIGGERS).format(table=sql.Identifier("public", table)).as_string(connection.connection)


def without_triggers(table: str) -> str:
    """Return the statements that drop the triggers of a table."""
    drops = "; ".join(f"DROP TRIGGER IF EXISTS {name} ON {{table}}" for name in _NAMES)
    return sql.SQL(drops).format(table=sql.Identifier("public", table)).as_string(connection.connection)


def manually_edited(table: str) -> sql.Composable:
    """Return the condition that a row of the table, with the alias `held`, was changed manually."""
    return sql.SQL(
        "EXISTS (SELECT 1 FROM imports_hand_change change WHERE change.table_name = {}"
        " AND change.row_id = held.id AND NOT change.deleted)"
    ).format(sql.Literal(table))


def delete_recorded_changes(table: str) -> None:
    """Delete the changes recorded for a dropped table of this name: a new table uses the same row ids again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM imports_hand_change WHERE table_name = %s", [table])


@contextmanager
def own_changes() -> Iterator[None]:
    """Do not record changes of rows in this block, within a transaction, as manual ones."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('atlas.own_change', 'on', true)")
        yield
        cursor.execute("SELECT set_config('atlas.own_change', 'off', true)")
