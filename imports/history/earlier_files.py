"""What earlier imports of a table say of its next file: the headers that its columns had, and how files were read.

The plans of imports of one kind of file say the same. Each is read once a kind, of the latest active import: so the
cost grows with the kinds of files that a table was made of, not with its history. See docs/decisions.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg import sql

from imports.identifiers import Spelling, cut_header, cut_name, spelled
from imports.locks import read_without_keeping_locks
from imports.models import ImportHistory
from imports.table_description import MAX_EARLIER, EarlierImport, HeaderUse, LastReading, TableDescription

_ACTIVE = sql.SQL(
    "table_name = %(table)s AND status IN ('success', 'partial') AND undone_at IS NULL"
    " AND (%(since)s::timestamptz IS NULL OR mapping_completed_at > %(since)s)"
    " AND (%(before)s::bigint IS NULL OR import_order < %(before)s)"
)

#: Each value of columns_hash is found in the index by the one before; rows of equal value are not read.
_LATEST_OF_EACH_KIND = sql.SQL("""
    WITH RECURSIVE kinds (columns_hash) AS (
        SELECT min(columns_hash) FROM import_history WHERE {active}
        UNION ALL
        SELECT (
            SELECT min(columns_hash) FROM import_history
            WHERE {active} AND columns_hash > kinds.columns_hash
        ) FROM kinds WHERE kinds.columns_hash IS NOT NULL
    )
    SELECT latest.import_order, latest.file_type, latest.mapping_config -> 'header',
        latest.mapping_config -> 'columns', latest.mapping_config -> 'source_options'
    FROM kinds CROSS JOIN LATERAL (
        SELECT import_order, file_type, mapping_config FROM import_history
        WHERE {active} AND columns_hash = kinds.columns_hash
        ORDER BY import_order DESC LIMIT 1
    ) latest
    WHERE kinds.columns_hash IS NOT NULL
    ORDER BY latest.import_order
""").format(active=_ACTIVE)


def with_headers(table: TableDescription | None, *, before: int | None = None) -> TableDescription | None:
    """Return the table with the headers that active imports had for its columns, and with some of these imports.

    before: only imports before this place in their order.
    """
    return table and replace(
        table,
        header_uses=tuple(header_uses(table.name, before=before)),
        earlier=tuple(latest_imports(table.name, before=before)),
    )


def latest_imports(table_name: str, *, before: int | None = None) -> Iterator[EarlierImport]:
    """Yield what the latest active imports stored of their decisions, the latest first. before: as with_headers."""
    active = ImportHistory.objects.active().filter(table_name=table_name).order_by("-import_timestamp", "-import_id")
    if before is not None:
        active = active.filter(import_order__lt=before).order_by("-import_order")
    with read_without_keeping_locks():
        stored = list(active.values_list("mapping_config", "warning_details")[:MAX_EARLIER])
    for config, warnings in stored:
        yield EarlierImport(config or {}, warnings)


@dataclass(frozen=True)
class KindOfFile:
    """The latest active import of one kind of file into a table."""

    order: int  # import_order
    file_type: str
    header: list[str]
    columns: list[dict[str, Any]]  # of the plan
    source_options: dict[str, Any]  # as understood


def kinds_of_files(table_name: str, since: datetime | None = None, *, before: int | None = None) -> list[KindOfFile]:
    """Return the kinds of files that a table has active imports of, the earliest first.

    since: only imports after it. before: only imports before this place in their order.
    Imports by a caller's own code have no plan, and are of no kind.
    """
    # An undo that drops a table locks the history.
    with read_without_keeping_locks(), connection.cursor() as cursor:
        cursor.execute(_LATEST_OF_EACH_KIND, {"table": table_name, "since": since, "before": before})
        return [
            KindOfFile(order, file_type or "", *map(json.loads, (header, columns, options or "{}")))
            for order, file_type, header, columns, options in cursor.fetchall()
        ]


def header_uses(table_name: str, since: datetime | None = None, *, before: int | None = None) -> Iterator[HeaderUse]:
    """Yield which headers filled which columns in active imports, the earliest first.

    since, before: as `kinds_of_files` has them.
    """
    for kind in kinds_of_files(table_name, since, before=before):
        for spelling, column in spelled_columns({"header": kind.header, "columns": kind.columns}):
            yield HeaderUse(spelling, column, kind.order)


def last_reading(table_name: str, *, before: int | None = None) -> LastReading | None:
    """Return how the latest import of a table read its file; None where no active import has a plan.

    before: only imports before this place in their order.
    """
    kinds = kinds_of_files(table_name, before=before)
    if not kinds:
        return None
    last = kinds[-1]
    return LastReading(last.file_type, last.source_options, tuple(cut_header(last.header)))


def columns_hash(config: Mapping[str, Any]) -> str:
    """Return the hash of which header fills which column by this plan, whatever the order of the file's columns."""
    pairs = spelled_columns(config)
    triples = sorted((column, spelling.text, spelling.occurrence, spelling.of) for spelling, column in pairs)
    return hashlib.sha256(json.dumps(triples).encode()).hexdigest()


def spelled_columns(config: Mapping[str, Any]) -> Iterator[tuple[Spelling, str]]:
    """Yield what fills each column by a plan: a column of the file, or one that the mapping's rules made."""
    spellings = spelled(cut_header(config["header"]))
    for column in config["columns"]:
        of_file = column["source"] < len(spellings)
        yield spellings[column["source"]] if of_file else Spelling(cut_name(column["header"])), column["name"]
