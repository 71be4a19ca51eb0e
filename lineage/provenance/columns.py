"""Where the columns of a table come from: which columns of which files fill them, and what the mapping does on the way.

Read from the plans of the imports that stand.
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

#: Alike are those imports that fill a column from the same place, by the same notation and the same rules.
_SOURCES = """
    WITH newest AS (
      SELECT * FROM import_history
      WHERE table_name = %(table)s AND undone_at IS NULL AND status IN ('success', 'partial')
      ORDER BY import_timestamp DESC, import_id DESC LIMIT %(most)s
    ),
    standing AS MATERIALIZED (
      SELECT import_id, file_name, import_timestamp, rows_inserted,
        mapping_config -> 'columns' AS columns, mapping_config -> 'mappings' AS mappings,
        mapping_config #> '{rules,transformations}' AS rules, mapping_config -> 'header' AS header,
        row_number() OVER (ORDER BY import_order DESC NULLS LAST, import_timestamp DESC) AS position
      FROM newest
    ),
    fills AS (
      SELECT position, rows_inserted, filled ->> 'name' AS name, filled - 'is_new' AS planned, rules, header
      FROM standing, jsonb_array_elements(
        CASE jsonb_typeof(columns) WHEN 'array' THEN columns ELSE '[]' END) filled
      UNION ALL
      SELECT position, rows_inserted, filled.key, jsonb_build_object('header', filled.value), NULL, NULL
      FROM standing, jsonb_each(
        CASE WHEN jsonb_typeof(mappings) = 'object' AND columns IS NULL THEN mappings ELSE '{}' END) filled
    ),
    alike AS (
      SELECT name, planned, rules, CASE WHEN rules IS NOT NULL THEN header END AS header, count(*) AS imports,
        coalesce(sum(rows_inserted), 0) AS rows_inserted, max(position) AS first, min(position) AS last
      FROM fills GROUP BY 1, 2, 3, 4
    )
    SELECT name, planned::text, alike.rules::text, alike.header::text, imports, alike.rows_inserted,
      earliest.import_id, earliest.file_name, earliest.import_timestamp,
      latest.import_id, latest.file_name, latest.import_timestamp
    FROM alike JOIN standing earliest ON earliest.position = first JOIN standing latest ON latest.position = last
    ORDER BY last, first
"""


@dataclass(frozen=True)
class NamedImport:
    """An import as a link needs it."""

    import_id: UUID
    file_name: str | None
    import_timestamp: datetime


@dataclass(frozen=True)
class ColumnSource:
    """One way in which imports fill a column."""

    source_fields: list[str]  # headers of the files; none where the mapping's rules made the values of nothing
    sql_type: str  # by the plan
    notation: str  # in words, where values are not written plainly
    rules: list[str]  # of the mapping that the values went through, in words
    imports: int  # that fill it so
    rows_inserted: int  # that they brought
    first_import: NamedImport
    last_import: NamedImport


@dataclass(frozen=True)
class ColumnOrigin:
    """A column of a table."""

    name: str
    sql_type: str
    sources: list[ColumnSource]  # the latest first; none: it was made, and filled, by other means


def column_origins(table_name: str, *, newest: int = MAX_IMPORTS) -> list[ColumnOrigin]:
    """The user's columns in their order. newest: of how many standing imports the plans are read.

    Raises UnknownTable, ReservedTable, UntrackedTable.
    """
    refuse_nul(table_name)
    table = describe(table_name)
    sources: dict[str, list[ColumnSource]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_SOURCES, {"table": table.name, "most": newest})
        for name, planned, rules, header, *numbers in cursor.fetchall():
            plan = {"header": json.loads(header or "[]"), "rules": {"transformations": json.loads(rules or "null")}}
            sources.setdefault(name, []).append(_source(name, json.loads(planned), plan, numbers))
    return [ColumnOrigin(one.name, one.sql_type, sources.get(one.name, [])) for one in table.columns]


def _source(name: str, planned: Mapping[str, Any], plan: Mapping[str, Any], numbers: list[Any]) -> ColumnSource:
    """planned: as mapping_config.columns has it. plan: header and rules, both empty where there are no rules."""
    rules = traced_rules(plan)
    fields, on_the_way = [planned["header"]], list[str]()
    if rules:
        found = trace(planned["source"], rules, len(plan["header"]))
        fields = [plan["header"][position] for position in found.sources]
        on_the_way = [rule.in_words for rule in found.rules]
    [said] = mapped_columns({"columns": [{"sql_type": "", **planned, "name": name}]})
    imports, rows_inserted, *ends = numbers
    return ColumnSource(
        source_fields=[str(field) for field in fields],
        sql_type=said.sql_type,
        notation=said.how,
        rules=on_the_way,
        imports=imports,
        rows_inserted=rows_inserted,
        first_import=NamedImport(*ends[:3]),
        last_import=NamedImport(*ends[3:]),
    )
