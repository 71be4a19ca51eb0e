"""The source of a table's columns: the columns of files that fill them, and the conversion by the mapping.

Read from the plans of the active imports.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from imports.mapping.wording import mapped_columns
from imports.tables.catalog import describe
from imports.tables.queries.selection import refuse_nul
from lineage.provenance.rule_trace import trace, traced_rules

MAX_IMPORTS = 2**31 - 1

#: Groups the imports that fill a column from the same source column, in the same format and with the same rules.
_SOURCES = """
    WITH newest AS (
      SELECT * FROM import_history
      WHERE table_name = %(table)s AND undone_at IS NULL AND status IN ('success', 'partial')
      ORDER BY import_timestamp DESC, import_id DESC LIMIT %(max_imports)s
    ),
    active AS MATERIALIZED (
      SELECT import_id, file_name, import_timestamp, rows_inserted, rows_updated,
        mapping_config -> 'columns' AS columns, mapping_config -> 'mappings' AS mappings,
        mapping_config #> '{rules,transformations}' AS rules, mapping_config -> 'header' AS header,
        row_number() OVER (ORDER BY import_order DESC NULLS LAST, import_timestamp DESC) AS position
      FROM newest
    ),
    fills AS (
      SELECT position, rows_inserted, rows_updated, filled ->> 'name' AS name, filled - 'is_new' AS planned,
        rules, header
      FROM active, jsonb_array_elements(
        CASE jsonb_typeof(columns) WHEN 'array' THEN columns ELSE '[]' END) filled
      UNION ALL
      SELECT position, rows_inserted, rows_updated, filled.key, jsonb_build_object('header', filled.value), NULL, NULL
      FROM active, jsonb_each(
        CASE WHEN jsonb_typeof(mappings) = 'object' AND columns IS NULL THEN mappings ELSE '{}' END) filled
    ),
    grouped AS (
      SELECT name, planned, rules, CASE WHEN rules IS NOT NULL THEN header END AS header, count(*) AS imports,
        coalesce(sum(rows_inserted), 0) AS rows_inserted, sum(rows_updated) AS rows_updated,
        max(position) AS first, min(position) AS last
      FROM fills GROUP BY 1, 2, 3, 4
    )
    SELECT name, planned::text, grouped.rules::text, grouped.header::text, imports, grouped.rows_inserted,
      grouped.rows_updated,
      earliest.import_id, earliest.file_name, earliest.import_timestamp,
      latest.import_id, latest.file_name, latest.import_timestamp
    FROM grouped JOIN active earliest ON earliest.position = first JOIN active latest ON latest.position = last
    ORDER BY last, first
"""


@dataclass(frozen=True)
class NamedImport:
    """What a link to an import shows."""

    import_id: UUID
    file_name: str | None
    import_timestamp: datetime


@dataclass(frozen=True)
class ColumnSource:
    """One way in which imports fill a column."""

    source_fields: list[str]  # headers of the files; empty if a rule of the mapping generated the values
    sql_type: str  # according to the plan
    notation: str  # the format of the values in words; empty for the standard format
    rules: list[str]  # that changed the values, in words
    imports: int  # number of imports
    rows_inserted: int  # by these imports
    rows_updated: int  # the same
    first_import: NamedImport
    last_import: NamedImport


@dataclass(frozen=True)
class ColumnOrigin:
    """A column of a table."""

    name: str
    sql_type: str
    sources: list[ColumnSource]  # the latest first; empty if no active import fills the column


def column_origins(table_name: str, *, newest: int = MAX_IMPORTS) -> list[ColumnOrigin]:
    """Return the user's columns in order. newest: the number of active imports whose plans are read.

    Raises UnknownTable, ReservedTable, UntrackedTable.
    """
    refuse_nul(table_name)
    table = describe(table_name)
    sources: dict[str, list[ColumnSource]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, {"table": table.name, "max_imports": newest})
        for name, planned, rules, header, *numbers in cursor.fetchall():
            plan = {"header": json.loads(header or "[]"), "rules": {"transformations": json.loads(rules or "null")}}
            sources.setdefault(name, []).append(_source(name, json.loads(planned), plan, numbers))
    return [ColumnOrigin(column.name, column.sql_type, sources.get(column.name, [])) for column in table.columns]


def _source(name: str, planned: Mapping[str, Any], plan: Mapping[str, Any], numbers: list[Any]) -> ColumnSource:
    """planned: an item of mapping_config.columns. plan: header and rules, both empty if there are no rules."""
    rules = traced_rules(plan)
    fields, rule_texts = [planned["header"]], list[str]()
    if rules:
        traced = trace(planned["source"], rules, len(plan["header"]))
        fields = [plan["header"][position] for position in traced.sources]
        rule_texts = [rule.in_words for rule in traced.rules]
    [mapped] = mapped_columns({"columns": [{"sql_type": "", **planned, "name": name}]})
    imports, rows_inserted, rows_updated, *ends = numbers
    return ColumnSource(
        source_fields=[str(field) for field in fields],
        sql_type=mapped.sql_type,
        notation=mapped.how,
        rules=rule_texts,
        imports=imports,
        rows_inserted=rows_inserted,
        rows_updated=rows_updated,
        first_import=NamedImport(*ends[:3]),
        last_import=NamedImport(*ends[3:]),
    )
