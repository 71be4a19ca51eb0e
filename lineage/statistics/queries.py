"""Statistics of imports as SQL, in one pass over the history."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from psycopg import sql

from imports.models import ImportHistory

MAX_GROUPS = 50  # tables and users listed
MAX_SLOWEST = 10

#: The phases of an import's time and the columns that hold their seconds.
PHASES = {
    "parsing": "parsing_time_seconds",
    "mapping": "mapping_duration_seconds",
    "duplicate_check": "duplicate_check_time_seconds",
    "insert": "insert_time_seconds",
}
_SECONDS = ("duration_seconds", *PHASES.values())
_READ = (
    "import_id", "import_timestamp", "file_name", "table_name", "user_id", "status", "rows_inserted",
    "rows_updated", "duplicates_found", "mapping_errors_count", *_SECONDS,
)  # fmt: skip

#: One pass over the history; all statistics are sums of its groups.
_GROUPED = sql.SQL("""
    SELECT (import_timestamp AT TIME ZONE 'UTC')::date AS date, table_name, user_id, status, count(*) AS imports,
      sum(rows_inserted) AS inserted, sum(rows_updated) AS updated,
      sum(duplicates_found) AS duplicates, sum(mapping_errors_count) AS errors,
      max(import_id::text) AS any_import_id, {sums}
    FROM ({imports}) history GROUP BY 1, 2, 3, 4
""")
_COUNTS = sql.SQL("""
    coalesce(sum(imports), 0) AS total_imports,
    coalesce(sum(imports) FILTER (WHERE status IN ('success', 'partial')), 0) AS successful_imports,
    coalesce(sum(imports) FILTER (WHERE status = 'failed'), 0) AS failed_imports,
    coalesce(sum(inserted), 0) AS total_rows_inserted,
    coalesce(sum(updated), 0) AS total_rows_updated,
    coalesce(sum(duplicates), 0) AS total_duplicates_found
""")
_SUM, _MEASURED = "{}_sum", "{}_measured"  # sum of the seconds, number of imports that have them
_MEAN = sql.SQL("coalesce(round(sum({}) / nullif(sum({}), 0), 3), 0)")
_PARTS = sql.SQL("""
    WITH grouped AS MATERIALIZED ({grouped})
    SELECT (SELECT row_to_json(totals) FROM (
        SELECT {counts}, {more},
          count(DISTINCT table_name) FILTER (WHERE status IN ('success', 'partial')) AS tables_affected,
          count(DISTINCT user_id) AS unique_users
        FROM grouped) totals)::text,
      (SELECT json_build_object({phases}) FROM grouped)::text,
      (SELECT json_agg(entry) FROM (SELECT date, {counts} FROM grouped GROUP BY 1 ORDER BY 1) entry)::text,
      (SELECT json_agg(entry) FROM (
        SELECT table_name, {counts}, {more} FROM grouped
        GROUP BY 1 ORDER BY total_rows_inserted DESC, total_imports DESC, 1 LIMIT {max_groups}) entry)::text,
      (SELECT json_agg(entry) FROM (
        SELECT user_id, {counts}, {more}, max(any_import_id) AS any_import_id
        FROM grouped GROUP BY 1 ORDER BY total_imports DESC, 1 LIMIT {max_groups}) entry)::text,
      (SELECT json_agg(entry) FROM (
        SELECT import_id, file_name, table_name, import_timestamp, rows_inserted, {seconds}
        FROM ({imports}) history WHERE duration_seconds IS NOT NULL
        ORDER BY duration_seconds DESC, import_timestamp DESC LIMIT {slowest}) entry)::text
""")
_ERRORS = sql.SQL("""
    WITH by_table AS (
      SELECT nullif(key, '') AS error_type, table_name, sum(value::bigint) AS errors, count(*) AS imports
      FROM ({imports}) counted, jsonb_each_text(errors_by_type)
      GROUP BY 1, 2
    )
    SELECT json_agg(entry)::text FROM (
      SELECT error_type, sum(errors) AS errors, sum(imports) AS imports,
        json_agg(json_build_object('table_name', table_name, 'errors', errors)
          ORDER BY errors DESC, table_name) AS tables
      FROM by_table GROUP BY 1 ORDER BY errors DESC, 1) entry
""")


def numbers_of(imports: QuerySet[ImportHistory]) -> dict[str, Any]:
    """Return the specification's numbers, and `phases`, `per_day`, `per_table`, `per_user`, `slowest_imports`."""
    inner, values = _as_sql(imports.values(*_READ))
    grouped = _GROUPED.format(sums=_comma_separated(map(_sums, _SECONDS)), imports=inner)
    query = _PARTS.format(
        grouped=grouped,
        imports=inner,
        counts=_COUNTS,
        more=sql.SQL("coalesce(sum(errors), 0) AS total_mapping_errors, {} AS avg_duration_seconds").format(
            _mean("duration_seconds")
        ),
        phases=_comma_separated(map(_phase, PHASES)),
        seconds=_comma_separated(map(sql.Identifier, _SECONDS)),
        max_groups=sql.Literal(MAX_GROUPS),
        slowest=sql.Literal(MAX_SLOWEST),
    )
    totals, phases, *lists = _read_json(query, [*values, *values])
    names = ("per_day", "per_table", "per_user", "slowest_imports")
    return {**totals, "phases": phases, **{name: groups or [] for name, groups in zip(names, lists, strict=True)}}


def errors_of(imports: QuerySet[ImportHistory]) -> list[dict[str, Any]]:
    """Return the errors by type, the most frequent first, with their number in each table."""
    inner, values = _as_sql(imports.filter(errors_by_type__isnull=False).values("table_name", "errors_by_type"))
    [groups] = _read_json(_ERRORS.format(imports=inner), values)
    return groups or []


def _sums(column: str) -> sql.Composable:
    names = (sql.Identifier(name.format(column)) for name in (_SUM, _MEASURED))
    return sql.SQL("sum({0}) AS {1}, count({0}) AS {2}").format(sql.Identifier(column), *names)


def _mean(column: str) -> sql.Composable:
    return _MEAN.format(*(sql.Identifier(name.format(column)) for name in (_SUM, _MEASURED)))


def _phase(name: str) -> sql.Composable:
    total = sql.SQL("coalesce(sum({}), 0)").format(sql.Identifier(_SUM.format(PHASES[name])))
    return sql.SQL("{}, json_build_object('total_seconds', {}, 'avg_seconds', {})").format(
        sql.Literal(name), total, _mean(PHASES[name])
    )


def _comma_separated(parts: Iterable[sql.Composable]) -> sql.Composable:
    return sql.SQL(", ").join(parts)


def _as_sql(imports: QuerySet[ImportHistory, Any]) -> tuple[sql.SQL, tuple[Any, ...]]:
    text, values = imports.query.sql_with_params()
    return sql.SQL(text), values


def _read_json(query: sql.Composable, values: Sequence[Any]) -> list[Any]:
    """Return the JSON values of the query's only row."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [json.loads(text or "null") for text in cursor.fetchone()]
