"""Which record wrote each cell of a row last. Read only."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

_WRITERS = """
    SELECT DISTINCT ON (name) name, import_id, record_number
    FROM imports_row_update, unnest(columns) AS written (name)
    WHERE table_name = %s AND row_id = %s ORDER BY name, import_order DESC
"""


def cell_writers(table_name: str, row_id: int) -> dict[str, tuple[UUID, int]]:
    """Return column → import and record number, for the cells that were updated; the others are as inserted."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [table_name, row_id])
        return {column: (import_id, number) for column, import_id, number in cursor.fetchall()}
