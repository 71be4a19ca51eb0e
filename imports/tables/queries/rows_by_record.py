"""Complete rows of one import by record number. Read only."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.catalog import TRACKING_COLUMNS
from imports.tables.queries.conditions import quoted
from imports.tables.queries.record_outcomes import row_ids

#: A JSON object has the columns in order; each value as a text, and JSON as it is written.
_ROWS = sql.SQL(
    "SELECT id, (SELECT json_object_agg(cell.key, cell.value #>> '{{}}')::text FROM json_each(row_to_json(data)) cell)"
    " FROM {table} data WHERE id = ANY(%s)"
)


@dataclass(frozen=True)
class NumberedRow:
    """A row of the table."""

    row_id: int
    cells: dict[str, str | None]  # column → text


def rows_by_number(table_name: str, import_id: UUID, numbers: Collection[int]) -> dict[int, NumberedRow]:
    """Return record number → the row that the record inserted or updated, for the rows that exist."""
    if not numbers:
        return {}
    found = row_ids(table_name, {(import_id, number) for number in numbers})
    with connection.cursor() as cursor:
        cursor.execute(_ROWS.format(table=quoted("public", table_name)), [list(found.values())])
        rows = dict(cursor.fetchall())
    return {
        number: NumberedRow(row_id, _cells(rows[row_id])) for (_, number), row_id in found.items() if row_id in rows
    }


def _cells(row: str) -> dict[str, str | None]:
    return {name: text for name, text in json.loads(row).items() if name not in ("id", *TRACKING_COLUMNS)}
