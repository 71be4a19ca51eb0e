"""Complete rows of one import by record number. Read only."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.catalog import TRACKING_COLUMNS
from imports.tables.queries.conditions import quoted

#: A JSON object has the columns in order. The limit ends the search as soon as all rows are found.
_ROWS = sql.SQL(
    "SELECT _source_row_number, id, row_to_json(data)::text FROM {table} data"
    " WHERE _import_id = %s AND _source_row_number = ANY(%s) LIMIT %s"
)


@dataclass(frozen=True)
class NumberedRow:
    """A row of the table."""

    row_id: int
    cells: dict[str, str | None]  # column → text


def rows_by_number(table_name: str, import_id: UUID, numbers: Collection[int]) -> dict[int, NumberedRow]:
    """Return record number → row, for the rows that exist."""
    if not numbers:
        return {}
    with connection.cursor() as cursor:
        table = quoted("public", table_name)
        cursor.execute(_ROWS.format(table=table), [import_id, list(numbers), len(numbers)])
        return {number: NumberedRow(row_id, _cells(row)) for number, row_id, row in cursor.fetchall()}


def _cells(row: str) -> dict[str, str | None]:
    values = json.loads(row, parse_int=str, parse_float=str)
    return {name: _text(value) for name, value in values.items() if name not in ("id", *TRACKING_COLUMNS)}


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)
