"""The corrections of one import in groups of the same conversion. Read only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.queries.conditions import quoted

MAX_EXAMPLES = 3  # of each group

#: A caller's own code may have stored something else than an object, or an object with other keys.
_GROUPS = sql.SQL(
    """
    WITH imported AS (
      SELECT id, _corrections_applied AS corrections FROM {table} WHERE _import_id = %s LIMIT {among}
    ), corrections AS (
      SELECT id, entry.key AS column_name, entry.value->>'correction_type' AS kind,
        coalesce(entry.value->>'source_format', entry.value->>'target_type') AS detail,
        entry.value->>'before' AS before, entry.value->>'after' AS after
      FROM (SELECT * FROM imported WHERE jsonb_typeof(corrections) = 'object') rows, jsonb_each(corrections) entry
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY column_name, kind, detail ORDER BY id) AS place FROM corrections
    )
    SELECT column_name, kind, detail, count(*) AS count,
      (json_agg(json_build_array(before, after) ORDER BY id) FILTER (WHERE place <= {examples}))::text
    FROM numbered GROUP BY 1, 2, 3 ORDER BY count DESC, column_name, kind
    """
)


@dataclass(frozen=True)
class CorrectionGroup:
    """One conversion of values of a column."""

    column: str
    kind: str | None  # correction_type
    detail: str | None  # the format that was read, or the type that values were converted to
    count: int
    examples: list[tuple[str | None, str | None]]  # before and after, up to MAX_EXAMPLES


def correction_groups(table_name: str, import_id: UUID, *, among: int | None) -> list[CorrectionGroup]:
    """Return the groups, most frequent first. among: how many of the import's rows are read; None: all of them."""
    query = _GROUPS.format(
        table=quoted("public", table_name), among=sql.Literal(among), examples=sql.Literal(MAX_EXAMPLES)
    )
    with connection.cursor() as cursor:
        cursor.execute(query, [import_id])
        return [_group(*row) for row in cursor.fetchall()]


def _group(column: str, kind: str | None, detail: str | None, count: int, examples: str) -> CorrectionGroup:
    pairs: list[Any] = json.loads(examples)
    return CorrectionGroup(column, kind, detail, count, [(before, after) for before, after in pairs])
