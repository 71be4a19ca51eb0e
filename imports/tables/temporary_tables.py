"""Temporary tables that hold rows of a data table before they are its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db import connection
from psycopg import sql

from imports.tables.rows import identifiers


def create_temporary_copy(target: sql.Identifier, table: str, columns: Sequence[str]) -> None:
    """Makes one with these columns, for the transaction. What a row leaves out is what the table would make of it."""
    statement = sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(target, identifiers(columns), sql.Identifier("public", table)))
        for column, default in _defaults(table, columns):
            change = sql.SQL("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}")
            cursor.execute(change.format(target, sql.Identifier(column), sql.SQL(default)))


#: A sequence is not counted on for rows that may never be the table's.
_DEFAULTS = """
    SELECT attname, pg_get_expr(adbin, adrelid)
    FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
    WHERE adrelid = format('public.%%I', %s::text)::regclass AND attname = ANY(%s) AND attgenerated = ''
      AND pg_get_expr(adbin, adrelid) !~ 'nextval'
"""


def _defaults(table: str, columns: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Column, and the expression by which the table fills it where a row leaves it out."""
    with connection.cursor() as cursor:
        cursor.execute(_DEFAULTS, [table, list(columns)])
        yield from cursor.fetchall()
