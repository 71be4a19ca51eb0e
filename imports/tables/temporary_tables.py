"""Temporary tables that hold rows of a data table before they are its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection
from psycopg import sql

from imports.table_description import TableColumn


def create_temporary_copy(
    target: sql.Identifier, table: str, columns: Sequence[str], new: Sequence[TableColumn] = ()
) -> None:
    """Create a copy with these columns, without rows, for the transaction. It has the table's default values.

    new: those of the columns that the table does not have yet.
    """
    statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    empty = {column.name: sql.SQL("NULL::{}").format(sql.SQL(column.sql_type)) for column in new}
    selected = [
        sql.SQL("{} AS {}").format(empty.get(name, sql.Identifier(name)), sql.Identifier(name)) for name in columns
    ]
    with connection.cursor() as cursor:
        cursor.execute(statement.format(target, sql.SQL(", ").join(selected), sql.Identifier("public", table)))
        for column, default in _defaults(table, columns):
            change = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}")
            cursor.execute(change.format(target, sql.Identifier(column), sql.SQL(default)))


#: Without defaults from sequences: rows that are not inserted in the end must not use up numbers.
_DEFAULTS = """
    SELECT attname, pg_get_expr(adbin, adrelid)
    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE adrelid = format('public.%%I', %s::text)::regclass AND attname = ANY(%s) AND attgenerated = ''
      AND pg_get_expr(adbin, adrelid) !~ 'nextval'
"""


def _defaults(table: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each column with a default value, and the expression of the default."""
    with connection.cursor() as cursor:
        cursor.execute(_DEFAULTS, [table, list(columns)])
        yield from cursor.fetchall()
