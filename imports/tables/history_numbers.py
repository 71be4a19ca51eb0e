"""The numbers of some imports, which the server adds up in one pass over the history. Read only."""

from __future__ import annotations

import json
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from psycopg import sql

from imports.models import ImportHistory

MOST_GROUPS = 50  # tables and people that are told apart
SLOWEST = 10

#: The phases of an import's time and the columns that hold their seconds.
PHASES = {
    "parsing": "parsing_time_seconds",
    "mapping": "mapping_duration_seconds",
    "duplicate_check": "duplicate_check_time_seconds",
    "insert": "insert_time_seconds",
}
_READ = (
    "import_id", "import_timestamp", "file_name", "table_name", "user_id", "status", "rows_inserted",
    "duplicates_found", "mapping_errors_count", "duration_seconds", *PHASES.values(),
)  # fmt: skip

_COUNTS = sql.SQL("""
    count(*) AS total_imports,
    count(*) FILTER (WHERE status IN ('success', 'partial')) AS successful_imports,
    count(*) FILTER (WHERE status = 'failed') AS failed_imports,
    coalesce(sum(rows_inserted), 0) AS total_rows_inserted,
    coalesce(sum(duplicates_found), 0) AS total_duplicates_found
""")
_MORE = sql.SQL("""
    coalesce(sum(mapping_errors_count), 0) AS total_mapping_errors,
    coalesce(round(avg(duration_seconds), 3), 0) AS avg_duration_seconds
""")
_PHASE_NUMBERS = sql.SQL(", ").join(
    sql.SQL(
        "{}, json_build_object('total_seconds', coalesce(sum({}), 0), 'avg_seconds', coalesce(round(avg({}), 3), 0))"
    ).format(sql.Literal(phase), sql.Identifier(column), sql.Identifier(column))
    for phase, column in PHASES.items()
)
#: The history is read once, for everything that is told of it.
_PARTS = sql.SQL("""
    WITH counted AS MATERIALIZED ({imports})
    SELECT (SELECT row_to_json(found) FROM (
        SELECT {counts}, {more},
          count(DISTINCT table_name) FILTER (WHERE status IN ('success', 'partial')) AS tables_affected,
          count(DISTINCT user_id) AS unique_users
        FROM counted) found)::text,
      (SELECT json_build_object({phase_numbers}) FROM counted)::text,
      (SELECT json_agg(found) FROM (
        SELECT (import_timestamp AT TIME ZONE 'UTC')::date AS date, {counts}
        FROM counted GROUP BY 1 ORDER BY 1) found)::text,
      (SELECT json_agg(found) FROM (
        SELECT table_name, {counts}, {more} FROM counted
        GROUP BY 1 ORDER BY total_rows_inserted DESC, total_imports DESC, 1 LIMIT {most_groups}) found)::text,
      (SELECT json_agg(found) FROM (
        SELECT user_id, {counts}, {more}, (array_agg(import_id ORDER BY import_timestamp DESC))[1] AS last_import_id
        FROM counted GROUP BY 1 ORDER BY total_imports DESC, 1 LIMIT {most_groups}) found)::text,
      (SELECT json_agg(found) FROM (
        SELECT import_id, file_name, table_name, import_timestamp, rows_inserted, duration_seconds,
          {phases}
        FROM counted WHERE duration_seconds IS NOT NULL
        ORDER BY duration_seconds DESC, import_timestamp DESC LIMIT {slowest}) found)::text
""")
_ERRORS = sql.SQL("""
    WITH counted AS MATERIALIZED ({imports}),
    by_import AS (
      SELECT import_id, error_type, count(*) AS errors FROM mapping_errors
      WHERE import_id IN (SELECT import_id FROM counted) GROUP BY 1, 2
    ),
    by_table AS (
      SELECT error_type, table_name, sum(errors) AS errors, count(*) AS imports
      FROM by_import JOIN counted USING (import_id) GROUP BY 1, 2
    )
    SELECT json_agg(found)::text FROM (
      SELECT error_type, sum(errors) AS errors, sum(imports) AS imports,
        json_agg(json_build_object('table_name', table_name, 'errors', errors)
          ORDER BY errors DESC, table_name) AS tables
      FROM by_table GROUP BY 1 ORDER BY errors DESC, 1) found
""")


def numbers_of(imports: QuerySet[ImportHistory]) -> dict[str, Any]:
    """The specification's numbers, and `phases`, `per_day`, `per_table`, `per_user`, `slowest_imports`."""
    totals, phases, *lists = _told(_PARTS, imports.values(*_READ))
    names = ("per_day", "per_table", "per_user", "slowest_imports")
    return {**totals, "phases": phases, **{name: found or [] for name, found in zip(names, lists, strict=True)}}


def errors_of(imports: QuerySet[ImportHistory]) -> list[dict[str, Any]]:
    """What did not fit, by type, the most frequent first, and in which tables; without what retention forgot."""
    [found] = _told(_ERRORS, imports.filter(mapping_errors_count__gt=0).values("import_id", "table_name"))
    return found or []


def _told(query: sql.SQL, imports: QuerySet[ImportHistory, Any]) -> list[Any]:
    """The JSON values of the only row. query: with a place for the imports."""
    inner, values = imports.query.sql_with_params()
    parts = {
        "imports": sql.SQL(inner),
        "counts": _COUNTS,
        "more": _MORE,
        "phase_numbers": _PHASE_NUMBERS,
        "phases": sql.SQL(", ").join(map(sql.Identifier, PHASES.values())),
        "most_groups": sql.Literal(MOST_GROUPS),
        "slowest": sql.Literal(SLOWEST),
    }
    with connection.cursor() as cursor:
        cursor.execute(query.format(**parts), values)
        return [json.loads(text or "null") for text in cursor.fetchone()]
