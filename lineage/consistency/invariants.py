"""The laws of the records of imports as SQL: each query finds what breaks one of them in one table. Read only."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from core.messages import Message, Sentence
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS
from imports.tables.manual_edits import manually_edited
from imports.tables.queries.selection import one_snapshot
from lineage.consistency import messages

_STANDS = "{0}.status IN ('success', 'partial') AND {0}.undone_at IS NULL"
_REMEMBERS = "NOT coalesce({0}.metadata->'forgotten' ? '{1}', false)"
#: Conditions on import_history, as h or there.
CONDITIONS = {
    "here": sql.SQL("h.table_name = %(table)s"),
    "stands": sql.SQL(_STANDS.format("h")),
    "planned": sql.SQL("h.mapping_config ? 'header'"),  # by our own line: every record is inserted or kept
    "remembers_errors": sql.SQL(_REMEMBERS.format("h", MAPPING_ERRORS)),
    "remembers_kept": sql.SQL(_REMEMBERS.format("h", KEPT_RECORDS)),
    "there_stands": sql.SQL(_STANDS.format("there")),
    "there_remembers_kept": sql.SQL(_REMEMBERS.format("there", KEPT_RECORDS)),
}


@dataclass(frozen=True)
class Invariant:
    """One law of one table. The query's first column is the import that breaks it; the sentence names the others.

    Where there is no one sentence, a column `code` says which one it is.
    """

    name: str
    sentence: Sentence | None
    query: str  # {table}: the data table; %(table)s: its name; %(made)s: whether imports made it; {manually_edited}: of
    # its row held; CONDITIONS
    needs_table: bool = False  # reads the data table


@dataclass(frozen=True)
class InvariantViolation:
    """A law that does not hold."""

    law: str
    import_id: UUID | None  # None: of the table as a whole
    sentence: Message


INVARIANTS = (
    Invariant(
        "fates_add_up",
        messages.COUNTS_DIFFER,
        """SELECT import_id, total_rows_in_file AS total, rows_inserted AS inserted, rows_skipped AS skipped,
                   duplicates_found AS duplicates, rows_rejected AS rejected, rows_filtered AS filtered
            FROM import_history h WHERE {here} AND status IN ('success', 'partial')
              AND (total_rows_in_file = rows_inserted + rows_skipped
                   AND rows_skipped = duplicates_found + rows_rejected + rows_filtered) IS NOT TRUE""",
    ),
    Invariant(
        "status_follows",
        messages.STATUS_DIFFERS,
        """SELECT import_id, status, rows_rejected AS rejected FROM import_history h WHERE {here} AND {planned}
              AND (status = 'success' AND rows_rejected > 0 OR status = 'partial' AND rows_rejected = 0)""",
    ),
    Invariant(
        "mapping_status_follows",
        messages.MAPPING_STATUS_DIFFERS,
        """SELECT import_id, mapping_status, coalesce(mapping_errors_count, 0) AS errors FROM import_history h
            WHERE {here} AND {planned} AND status IN ('success', 'partial')
              AND mapping_status IS DISTINCT FROM
                  CASE WHEN mapping_errors_count > 0 THEN 'completed_with_errors' ELSE 'completed' END""",
    ),
    Invariant(
        "order_known",
        messages.ORDER_UNKNOWN,
        "SELECT import_id FROM import_history h WHERE {here} AND {stands} AND import_order IS NULL",
    ),
    Invariant(
        "order_unique",
        messages.ORDER_SHARED,
        """SELECT (array_agg(import_id ORDER BY import_id))[1], import_order AS place, count(*) - 1 AS others
            FROM import_history h WHERE {here} AND import_order IS NOT NULL
            GROUP BY import_order HAVING count(*) > 1 ORDER BY import_order""",
    ),
    Invariant(
        "mapping_errors_counted",
        messages.MAPPING_ERRORS_DIFFER,
        """SELECT import_id, counted, kept FROM (
              SELECT import_id, coalesce(mapping_errors_count, 0) AS counted,
                     (SELECT count(*) FROM mapping_errors held WHERE held.import_id = h.import_id) AS kept
              FROM import_history h
              WHERE {here} AND status <> 'in_progress' AND {remembers_errors}) found
            WHERE counted <> kept""",
    ),
    Invariant(
        "mapping_errors_counted_by_type",
        messages.MAPPING_ERRORS_OF_TYPE_DIFFER,
        """SELECT import_id, error_type, counted, kept FROM (
              SELECT import_id, coalesce(error_type, '') AS error_type, count(*) AS kept,
                     coalesce(max((h.errors_by_type ->> coalesce(error_type, ''))::bigint), 0) AS counted
              FROM import_history h JOIN mapping_errors held USING (import_id)
              WHERE {here} AND status <> 'in_progress' AND {remembers_errors} GROUP BY 1, 2) found
            WHERE counted <> kept""",
    ),
    Invariant(
        "kept_records_counted",
        messages.KEPT_RECORDS_DIFFER,
        """SELECT import_id, fate, counted, kept FROM (
              SELECT import_id, fate, counted,
                     (SELECT count(*) FROM imports_kept_record held
                      WHERE held.import_id = h.import_id AND held.fate = counts.fate) AS kept
              FROM import_history h, LATERAL (VALUES
                ('duplicate', duplicates_found), ('rejected', rows_rejected), ('filtered', rows_filtered)
              ) counts (fate, counted)
              WHERE {here} AND status <> 'in_progress' AND {planned} AND {remembers_kept}) found
            WHERE counted <> kept""",
    ),
    Invariant(
        "record_numbers",
        messages.RECORD_NUMBERS_BEYOND_FILE,
        """SELECT h.import_id, h.total_rows_in_file AS total, count(*) AS records
            FROM import_history h JOIN (
              SELECT import_id, record_number AS number FROM imports_kept_record
              UNION ALL SELECT _import_id, _source_row_number FROM {table}) records USING (import_id)
            WHERE {here} AND {stands} AND ({planned} OR h.source_type = 'legacy')
              AND number NOT BETWEEN 1 AND h.total_rows_in_file
            GROUP BY 1, 2""",
        needs_table=True,
    ),
    Invariant(
        "one_fate_each",
        messages.RECORD_NUMBERS_TWICE,
        """SELECT import_id, count(*) AS records FROM (
              SELECT import_id FROM (
                SELECT _import_id AS import_id, _source_row_number AS number FROM {table}
                WHERE _source_row_number IS NOT NULL AND _import_id IS NOT NULL
                UNION ALL
                SELECT import_id, record_number FROM imports_kept_record JOIN import_history h USING (import_id)
                WHERE {here} AND {stands}) records
              GROUP BY import_id, number HAVING count(*) > 1) twice
            GROUP BY import_id""",
        needs_table=True,
    ),
    Invariant(
        "rows_counted",
        messages.ROWS_DIFFER,
        """SELECT import_id, inserted, rows, deleted FROM (
              SELECT h.import_id, rows_inserted AS inserted, coalesce(rows, 0) AS rows, coalesce(deleted, 0) AS deleted
              FROM import_history h
              LEFT JOIN (SELECT _import_id AS import_id, count(*) AS rows FROM {table} GROUP BY 1) held
                USING (import_id)
              LEFT JOIN (SELECT import_id, count(*) AS deleted FROM imports_hand_change
                         WHERE table_name = %(table)s AND deleted GROUP BY 1) noticed USING (import_id)
              WHERE {here} AND {stands}) found
            WHERE inserted NOT BETWEEN rows AND rows + deleted""",
        needs_table=True,
    ),
    Invariant(
        "rows_have_an_import",
        messages.ROWS_WITHOUT_IMPORT,
        """SELECT NULL::uuid, count(*) AS rows FROM {table}
           WHERE NOT EXISTS (SELECT 1 FROM import_history WHERE import_id = _import_id)
             AND (%(made)s OR _import_id IS NOT NULL) HAVING count(*) > 0""",
        needs_table=True,
    ),
    Invariant(
        "rows_stand",
        None,
        """SELECT h.import_id, count(*) AS rows,
                   CASE WHEN NOT ({here}) THEN 'rows_of_import_into_other_table'
                        WHEN h.undone_at IS NOT NULL THEN 'rows_of_undone' ELSE 'rows_of_failed' END AS code,
                   h.table_name AS table
            FROM {table} held JOIN import_history h ON h.import_id = held._import_id
            WHERE NOT ({here} AND h.undone_at IS NULL AND h.status <> 'failed')
              AND NOT ({here} AND h.undone_at IS NOT NULL AND {manually_edited})
            GROUP BY h.import_id""",
        needs_table=True,
    ),
    Invariant(
        "duplicates_match_an_import",
        messages.DUPLICATES_OF_NO_IMPORT,
        """SELECT h.import_id, count(*) AS records
            FROM import_history h JOIN imports_kept_record held USING (import_id)
            LEFT JOIN import_history there ON there.import_id = held.matched_import_id
              AND there.table_name = h.table_name AND {there_stands}
            WHERE {here} AND {stands} AND held.fate = 'duplicate' AND there.import_id IS NULL
              AND NOT EXISTS (SELECT 1 FROM {table} kept WHERE kept._import_id = held.matched_import_id
                AND kept._source_row_number = held.matched_record_number)
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "duplicates_match_a_record",
        messages.DUPLICATES_OF_NO_RECORD,
        """SELECT h.import_id, count(*) AS records
            FROM import_history h JOIN imports_kept_record held USING (import_id)
            JOIN import_history there ON there.import_id = held.matched_import_id
            LEFT JOIN {table} matched ON matched._import_id = held.matched_import_id
              AND matched._source_row_number = held.matched_record_number
            LEFT JOIN imports_kept_record other ON other.import_id = held.matched_import_id
              AND other.record_number = held.matched_record_number AND other.fate = 'duplicate'
            LEFT JOIN imports_hand_change noticed ON noticed.table_name = %(table)s AND noticed.deleted
              AND noticed.import_id = held.matched_import_id AND noticed.record_number = held.matched_record_number
            WHERE {here} AND {stands} AND held.fate = 'duplicate' AND held.matched_record_number IS NOT NULL
              AND {there_stands} AND {there_remembers_kept}
              AND matched._import_id IS NULL AND other.import_id IS NULL AND noticed.import_id IS NULL
            GROUP BY 1""",
        needs_table=True,
    ),
)  # fmt: skip


@contextmanager
def snapshot() -> Iterator[None]:
    """A snapshot, in which tables are joined whole: of a table that is just loaded the planner knows too little."""
    with one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


def violations(law: Invariant, table_name: str, *, made: bool) -> Iterator[InvariantViolation]:
    """Where one law does not hold, by import. made: whether imports made the table; else rows may have no import."""
    with connection.cursor() as cursor:
        cursor.execute(_filled_in(law.query, table_name), {"table": table_name, "made": made})
        names = [column.name for column in cursor.description][1:]
        for import_id, *values in cursor.fetchall():
            yield InvariantViolation(law.name, import_id, _message(law.sentence, dict(zip(names, values, strict=True))))


def _message(sentence: Sentence | None, found: dict[str, Any]) -> Message:
    """found: its parameters, and its code where the law has several sentences."""
    code = sentence.code if sentence else found.pop("code")
    return Message(code, found)


def _filled_in(query: str, table_name: str) -> sql.Composed:
    # A % in a name would be taken for a placeholder.
    name = table_name.replace("%", "%%")
    table = sql.Identifier("public", name)
    return sql.SQL(query).format(table=table, manually_edited=manually_edited(name), **CONDITIONS)


#: What the plans of the standing imports say of the table's columns.
_PLANNED_COLUMNS = """
    SELECT planned->>'name', planned->>'sql_type', (array_agg(import_id ORDER BY import_order))[1]
    FROM import_history h, jsonb_array_elements(
      CASE jsonb_typeof(h.mapping_config->'columns') WHEN 'array' THEN h.mapping_config->'columns' ELSE '[]' END
    ) planned
    WHERE {here} AND {stands}
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def planned_columns(table_name: str) -> list[tuple[str, str, UUID]]:
    """Name, SQL type, and the first of the standing imports that fill such a column."""
    with connection.cursor() as cursor:
        cursor.execute(_filled_in(_PLANNED_COLUMNS, table_name), {"table": table_name})
        return cursor.fetchall()


#: What makes a table a data table; without the columns that are needed to read it, no other law can be looked at.
_SHAPE = """
    SELECT wanted.complaint, wanted.about, wanted.to_read FROM pg_class held, LATERAL (VALUES
      ('column_of_other_type', '{"column": "_import_id", "type": "UUID"}', true, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_import_id' AND atttypid = 'uuid'::regtype)),
      ('column_of_other_type', '{"column": "_source_row_number", "type": "INTEGER"}', true, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_source_row_number' AND atttypid = 'integer'::regtype)),
      ('column_missing', '{"column": "id"}', true, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = 'id')),
      ('column_of_other_type', '{"column": "_imported_at", "type": "TIMESTAMPTZ"}', false, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_imported_at' AND atttypid = 'timestamptz'::regtype)),
      ('column_of_other_type', '{"column": "_corrections_applied", "type": "JSONB"}', false, EXISTS (
        SELECT 1 FROM pg_attribute
        WHERE attrelid = held.oid AND attname = '_corrections_applied' AND atttypid = 'jsonb'::regtype)),
      ('column_may_be_null', '{"column": "_import_id"}', false, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = '_import_id' AND attnotnull)),
      ('column_no_identity', '{"column": "id"}', false, EXISTS (
        SELECT 1 FROM pg_attribute WHERE attrelid = held.oid AND attname = 'id' AND atttypid = 'bigint'::regtype
          AND attidentity <> '' AND attnotnull)),
      ('column_not_unique', '{"column": "id"}', false, EXISTS (
        SELECT 1 FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = held.oid AND attname = 'id' AND indnatts = 1 AND indisunique AND indisvalid
          AND indpred IS NULL)),
      ('index_missing', '{"column": "_import_id"}', false, EXISTS (
        SELECT 1 FROM pg_index JOIN pg_class made ON made.oid = indexrelid
          JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0]
        WHERE indrelid = held.oid AND made.relname = %(index)s AND attname = '_import_id' AND indisvalid
          AND indpred IS NULL)),
      ('foreign_key_missing', '{"table": "import_history"}', false, EXISTS (
        SELECT 1 FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
        WHERE conrelid = held.oid AND confrelid = 'import_history'::regclass AND contype = 'f' AND confdeltype = 'c'
          AND convalidated AND attname = '_import_id'))
    ) wanted (complaint, about, to_read, is_there)
    WHERE held.relnamespace = 'public'::regnamespace AND held.relname = %(table)s AND NOT wanted.is_there
"""


@dataclass(frozen=True)
class SchemaIssue:
    """What a data table lacks."""

    sentence: Message
    to_read: bool  # without it the rows cannot be looked at


def schema_issues(table_name: str, index: str) -> list[SchemaIssue]:
    """What a data table lacks of its columns, index and keys. index: the name that its index has."""
    with connection.cursor() as cursor:
        cursor.execute(_SHAPE, {"table": table_name, "index": index})
        return [SchemaIssue(Message(code, json.loads(about)), to_read) for code, about, to_read in cursor.fetchall()]


def known_tables() -> list[str]:
    """The tables that imports stand in or run into."""
    query = sql.SQL("SELECT DISTINCT table_name FROM import_history h WHERE ({stands}) OR status = 'in_progress'")
    with connection.cursor() as cursor:
        cursor.execute(query.format(**CONDITIONS))
        return [name for (name,) in cursor.fetchall()]


_CHANGED = "SELECT EXISTS (SELECT 1 FROM {table} held WHERE {manually_edited})"


def has_changed_rows(table_name: str) -> bool:
    """Whether rows were changed by hand: kept ones outlive the last import that stood in the table."""
    with connection.cursor() as cursor:
        cursor.execute(_filled_in(_CHANGED, table_name), {"table": table_name})
        return bool(cursor.fetchone()[0])


#: Records of imports that are gone; the foreign keys of these tables should have taken them along.
_LEFT_OVER = (
    "SELECT count(*) FROM {} held WHERE NOT EXISTS (SELECT 1 FROM import_history WHERE import_id = held.import_id)"
)


def remaining_after_undo(ledger_table: str) -> int:
    """Records of a table of the ledger whose import is gone."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_LEFT_OVER).format(sql.Identifier(ledger_table)))
        return int(cursor.fetchone()[0])
