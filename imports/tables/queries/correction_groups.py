"""The values that one import changed on their way into the table, those of one kind together. Read only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.queries.conditions import quoted

EXAMPLES = 3  # of each kind

#: What somebody's own code wrote may be no object, or one of other keys.
_KINDS = sql.SQL(
    """
    WITH seen AS (
      SELECT id, _corrections_applied AS corrections FROM {table} WHERE _import_id = %s LIMIT {among}
    ), told AS (
      SELECT id, one.key AS column_name, one.value->>'correction_type' AS kind,
        coalesce(one.value->>'source_format', one.value->>'target_type') AS detail,
        one.value->>'before' AS before, one.value->>'after' AS after
      FROM (SELECT * FROM seen WHERE jsonb_typeof(corrections) = 'object') rows, jsonb_each(corrections) one
    ), numbered AS (
      SELECT *, row_number() OVER (PARTITION BY column_name, kind, detail ORDER BY id) AS place FROM told
    )
    SELECT column_name, kind, detail, count(*) AS count,
      (json_agg(json_build_array(before, after) ORDER BY id) FILTER (WHERE place <= {examples}))::text
    FROM numbered GROUP BY 1, 2, 3 ORDER BY count DESC, column_name, kind
    """
)


@dataclass(frozen=True)
class CorrectionGroup:
    """What was done to some values of a column."""

    column: str
    kind: str | None  # correction_type
    detail: str | None  # the notation that was read, or the type that was read into
    count: int
    examples: list[tuple[str | None, str | None]]  # before and after, up to EXAMPLES


def correction_groups(table_name: str, import_id: UUID, *, among: int | None) -> list[CorrectionGroup]:
    """The most frequent first. among: how many of the import's rows are looked at; None: all of them."""
    query = _KINDS.format(table=quoted("public", table_name), among=sql.Literal(among), examples=sql.Literal(EXAMPLES))
    with connection.cursor() as cursor:
        cursor.execute(query, [import_id])
        return [_group(*row) for row in cursor.fetchall()]


def _group(column: str, kind: str | None, detail: str | None, count: int, examples: str) -> CorrectionGroup:
    pairs: list[Any] = json.loads(examples)
    return CorrectionGroup(column, kind, detail, count, [(before, after) for before, after in pairs])
