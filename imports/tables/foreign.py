"""Rows without an import (`_import_id` NULL): undo and redo never change them, and no row is a duplicate of them."""

from __future__ import annotations

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
