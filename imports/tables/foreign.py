"""Rows that no import brought (`_import_id` NULL): they stay, whatever becomes of imports, and match no record."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from psycopg import sql


def has_foreign_rows(table: str) -> bool:
    with connection.cursor() as cursor:
        query = sql.SQL("SELECT EXISTS (SELECT 1 FROM {} WHERE _import_id IS NULL)")
        cursor.execute(query.format(sql.Identifier("public", table)))
        return bool(cursor.fetchone()[0])


def count_foreign_rows(table: str) -> int:
    with connection.cursor() as cursor:
        query = sql.SQL("SELECT count(*) FROM {} WHERE _import_id IS NULL")
        cursor.execute(query.format(sql.Identifier("public", table)))
        return int(cursor.fetchone()[0])


def filled_columns(table: str, columns: Sequence[str], *, but: UUID | None = None) -> set[str]:
    """Which of these columns have a value in a foreign row. but: in any row that is not of this import."""
    if not columns:
        return set()
    filled = sql.SQL(", ").join(sql.SQL("bool_or({} IS NOT NULL)").format(sql.Identifier(one)) for one in columns)
    looked_at = sql.SQL("IS DISTINCT FROM {}").format(sql.Literal(but)) if but else sql.SQL("IS NULL")
    query = sql.SQL("SELECT {} FROM {} WHERE _import_id {}")
    with connection.cursor() as cursor:
        cursor.execute(query.format(filled, sql.Identifier("public", table), looked_at))
        return {name for name, is_filled in zip(columns, cursor.fetchone(), strict=True) if is_filled}


def hold_table(table: str) -> None:
    """From here to the end of the transaction nobody else reads or writes the table."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier("public", table)))
