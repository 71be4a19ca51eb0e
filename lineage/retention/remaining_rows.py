"""Rows that imports still have, in whichever table they stand: what a deleted import would take along."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from psycopg import sql

#: Every foreign key to the history but those of its own ledger: schema, table, column.
_KEYS = """
    SELECT relnamespace::regnamespace::name, relname, attname
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = 'import_history'::regclass
      AND conrelid NOT IN ('mapping_errors'::regclass, 'imports_kept_record'::regclass,
                           'imports_task'::regclass)
"""


def with_rows(import_ids: Collection[UUID]) -> set[UUID]:
    """Those of these imports that have rows."""
    wanted = list(import_ids)
    with connection.cursor() as cursor:
        cursor.execute(_KEYS)
        keys = cursor.fetchall() if wanted else []
    return {found for schema, table, column in keys for found in _in_table(schema, table, column, wanted)}


def _in_table(schema: str, table: str, column: str, wanted: list[UUID]) -> list[UUID]:
    query = sql.SQL(
        "SELECT wanted.id FROM unnest(%s::uuid[]) wanted (id) WHERE EXISTS (SELECT 1 FROM {} held WHERE {} = wanted.id)"
    )
    names = [
        sql.Identifier(*(name.replace("%", "%%") for name in path)) for path in ((schema, table), ("held", column))
    ]
    with connection.cursor() as cursor:
        cursor.execute(query.format(*names), [wanted])
        return [import_id for (import_id,) in cursor.fetchall()]
