"""The invariants of import records as SQL: each query finds the violations of one of them in one table."""

from __future__ import annotations

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
from imports.tables.origins import recorded_origin
from imports.tables.queries.selection import one_snapshot
from lineage.consistency import messages
from lineage.consistency.invariant import Invariant
from lineage.consistency.repair_invariants import REPAIR_INVARIANTS
from lineage.consistency.update_invariants import UPDATE_INVARIANTS

_ACTIVE = "{0}.status IN ('success', 'partial') AND {0}.undone_at IS NULL"
_NOT_PURGED = "NOT coalesce({0}.metadata->'forgotten' ? '{1}', false)"
#: Conditions on import_history, as h or as matched_import.
CONDITIONS = {
    "here": sql.SQL("h.table_name = %(table)s"),
    "active": sql.SQL(_ACTIVE.format("h")),
    "planned": sql.SQL("h.mapping_config ? 'header'"),  # by Content Atlas: every row is imported or stored as skipped
    "has_errors": sql.SQL(_NOT_PURGED.format("h", MAPPING_ERRORS)),
    "has_skipped": sql.SQL(_NOT_PURGED.format("h", KEPT_RECORDS)),
    "matched_active": sql.SQL(_ACTIVE.format("matched_import")),
    "matched_has_skipped": sql.SQL(_NOT_PURGED.format("matched_import", KEPT_RECORDS)),
}


@dataclass(frozen=True)
class InvariantViolation:
    """A violated invariant."""

    invariant: str
    import_id: UUID | None  # None: of the table as a whole
    sentence: Message


INVARIANTS = (
    Invariant(
        "fates_add_up",
        messages.COUNTS_DIFFER,
        """SELECT import_id, total_rows_in_file AS total, rows_inserted AS inserted, rows_updated AS updated,
                   rows_skipped AS skipped, duplicates_found AS duplicates, rows_rejected AS rejected,
                   rows_filtered AS filtered
            FROM import_history h WHERE {here} AND status IN ('success', 'partial')
              AND (total_rows_in_file = rows_inserted + rows_updated + rows_skipped
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
        "SELECT import_id FROM import_history h WHERE {here} AND {active} AND import_order IS NULL",
    ),
    Invariant(
        "order_unique",
        messages.ORDER_SHARED,
        """SELECT (array_agg(import_id ORDER BY import_id))[1], import_order AS place, count(*) - 1 AS others
            FROM import_history h WHERE {here} AND {active} AND import_order IS NOT NULL
            GROUP BY import_order HAVING count(*) > 1 ORDER BY import_order""",
    ),
    Invariant(
        "mapping_errors_counted",
        messages.MAPPING_ERRORS_DIFFER,
        """SELECT import_id, counted, kept FROM (
              SELECT import_id, coalesce(mapping_errors_count, 0) AS counted,
                     (SELECT count(*) FROM mapping_errors held WHERE held.import_id = h.import_id) AS kept
              FROM import_history h
              WHERE {here} AND status <> 'in_progress' AND {has_errors}) counts
            WHERE counted <> kept""",
    ),
    Invariant(
        "mapping_errors_counted_by_type",
        messages.MAPPING_ERRORS_OF_TYPE_DIFFER,
        """SELECT import_id, error_type, counted, kept FROM (
              SELECT import_id, coalesce(error_type, '') AS error_type, count(*) AS kept,
                     coalesce(max((h.errors_by_type ->> coalesce(error_type, ''))::bigint), 0) AS counted
              FROM import_history h JOIN mapping_errors held USING (import_id)
              WHERE {here} AND status <> 'in_progress' AND {has_errors} GROUP BY 1, 2) counts
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
              WHERE {here} AND status <> 'in_progress' AND {planned} AND {has_skipped}) counts
            WHERE counted <> kept""",
    ),
    Invariant(
        "purged_details_audited",
        messages.PURGED_DETAILS_DIFFER,
        # What was deleted: by the counts of the import, by its mark, and by the audit log as far as its details are
        # there.
        """SELECT import_id, detail, purged, missing, audited FROM (
              SELECT h.import_id, detail, purged::bigint AS purged,
                CASE detail WHEN 'kept_records' THEN h.rows_skipped - (
                    SELECT count(*) FROM imports_kept_record held WHERE held.import_id = h.import_id)
                  WHEN 'row_versions' THEN (
                    SELECT count(*) FROM imports_row_update held WHERE held.import_id = h.import_id AND before IS NULL)
                  ELSE coalesce(h.mapping_errors_count, 0) - (
                    SELECT count(*) FROM mapping_errors held WHERE held.import_id = h.import_id) END AS missing,
                (SELECT CASE WHEN count(*) = count(told.entry_id)
                        THEN coalesce(sum((told.detail ->> counts.detail)::bigint), 0) END
                 FROM audit_auditentry entry LEFT JOIN audit_auditdetail told ON told.entry_id = entry.id
                 WHERE entry.subject = h.import_id::text AND entry.action = 'retention.details') AS audited
              FROM import_history h, jsonb_each_text(h.metadata -> 'forgotten_counts') counts (detail, purged)
              WHERE {here} AND {planned} AND status <> 'in_progress') sums
            WHERE purged <> missing OR purged <> audited""",
    ),
    Invariant(
        "record_numbers",
        messages.RECORD_NUMBERS_BEYOND_FILE,
        """SELECT h.import_id, h.total_rows_in_file AS total, count(*) AS records
            FROM import_history h JOIN (
              SELECT import_id, record_number AS number FROM imports_kept_record
              UNION ALL SELECT _import_id, _source_row_number FROM {table}) records USING (import_id)
            WHERE {here} AND {active} AND ({planned} OR h.source_type = 'legacy')
              AND number NOT BETWEEN 1 AND h.total_rows_in_file
            GROUP BY 1, 2""",
        needs_table=True,
    ),
    Invariant(
        "one_fate_each",
        messages.RECORD_NUMBERS_TWICE,
        """SELECT import_id, count(*) AS records FROM (
              SELECT import_id FROM (
                SELECT import_id, number FROM {row_records} rows (row_id, import_id, number)
                WHERE number IS NOT NULL AND import_id IS NOT NULL
                UNION ALL
                SELECT import_id, record_number FROM imports_kept_record JOIN import_history h USING (import_id)
                WHERE {here} AND {active}) records
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
              LEFT JOIN (SELECT {origin_import} AS import_id, count(*) AS rows FROM {table} held {origin_join}
                         GROUP BY 1) held USING (import_id)
              LEFT JOIN (SELECT coalesce(origin.import_id, edit.import_id) AS import_id, count(*) AS deleted
                         FROM imports_hand_change edit LEFT JOIN imports_row_origin origin USING (table_name, row_id)
                         WHERE table_name = %(table)s AND deleted GROUP BY 1) edits USING (import_id)
              WHERE {here} AND {active}) counts
            WHERE inserted NOT BETWEEN rows AND rows + deleted""",
        needs_table=True,
    ),
    Invariant(
        "rows_have_an_import",
        messages.ROWS_WITHOUT_IMPORT,
        """SELECT NULL::uuid, count(*) AS rows FROM {table}
           WHERE NOT EXISTS (SELECT 1 FROM import_history WHERE import_id = _import_id)
             AND (%(by_imports)s OR _import_id IS NOT NULL) HAVING count(*) > 0""",
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
            LEFT JOIN import_history matched_import ON matched_import.import_id = held.matched_import_id
              AND matched_import.table_name = h.table_name AND {matched_active}
            WHERE {here} AND {active} AND held.fate = 'duplicate' AND matched_import.import_id IS NULL
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
            JOIN import_history matched_import ON matched_import.import_id = held.matched_import_id
            LEFT JOIN {row_records} matched (row_id, import_id, number) ON matched.import_id = held.matched_import_id
              AND matched.number = held.matched_record_number
            LEFT JOIN imports_kept_record other ON other.import_id = held.matched_import_id
              AND other.record_number = held.matched_record_number AND other.fate = 'duplicate'
            LEFT JOIN (SELECT coalesce(origin.import_id, edit.import_id) AS import_id,
                         CASE WHEN origin.id IS NULL THEN edit.record_number ELSE origin.record_number END AS number
                       FROM imports_hand_change edit LEFT JOIN imports_row_origin origin USING (table_name, row_id)
                       WHERE table_name = %(table)s AND deleted) edits
              ON edits.import_id = held.matched_import_id AND edits.number = held.matched_record_number
            WHERE {here} AND {active} AND held.fate = 'duplicate' AND held.matched_record_number IS NOT NULL
              AND {matched_active} AND {matched_has_skipped}
              AND matched.import_id IS NULL AND other.import_id IS NULL AND edits.import_id IS NULL
            GROUP BY 1""",
        needs_table=True,
    ),
    *UPDATE_INVARIANTS,
    *REPAIR_INVARIANTS,
)  # fmt: skip

#: The records that are rows: those that inserted one, by its origin, and those that updated one.
_ROW_RECORDS = """(
    SELECT held.id, {origin_import}, {origin_record} FROM {table} held {origin_join}
    UNION ALL
    SELECT change.row_id, change.import_id, change.record_number
    FROM imports_row_update change JOIN import_history h USING (import_id)
    WHERE change.table_name = {name} AND {active}
)"""


@contextmanager
def snapshot() -> Iterator[None]:
    """Open a snapshot without nested loops, which the planner may choose wrongly for a table that was just loaded."""
    with one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


def violations(invariant: Invariant, table_name: str, *, by_imports: bool) -> Iterator[InvariantViolation]:
    """Return the violations of one invariant. by_imports: whether imports created the table, so all rows have one."""
    with connection.cursor() as cursor:
        cursor.execute(_formatted(invariant.query, table_name), {"table": table_name, "by_imports": by_imports})
        names = [column.name for column in cursor.description][1:]
        for import_id, *values in cursor.fetchall():
            message = _message(invariant.sentence, dict(zip(names, values, strict=True)))
            yield InvariantViolation(invariant.name, import_id, message)


def _message(sentence: Sentence | None, params: dict[str, Any]) -> Message:
    """params: of the sentence, with its `code` if the invariant has several sentences."""
    code = sentence.code if sentence else params.pop("code")
    return Message(code, params)


def _formatted(query: str, table_name: str) -> sql.Composed:
    # psycopg would read a % in a name as a placeholder.
    name = table_name.replace("%", "%%")
    table, origin = sql.Identifier("public", name), recorded_origin(name)
    pieces = {
        "table": table, "origin_join": origin.join, "origin_import": origin.import_id,
        "origin_record": origin.record_number, **CONDITIONS,
    }  # fmt: skip
    row_records = sql.SQL(_ROW_RECORDS).format(name=sql.Literal(name), **pieces)
    return sql.SQL(query).format(manually_edited=manually_edited(name), row_records=row_records, **pieces)


#: The table's columns according to the plans of its active imports.
_PLANNED_COLUMNS = """
    SELECT planned->>'name', planned->>'sql_type', (array_agg(import_id ORDER BY import_order))[1]
    FROM import_history h, jsonb_array_elements(
      CASE jsonb_typeof(h.mapping_config->'columns') WHEN 'array' THEN h.mapping_config->'columns' ELSE '[]' END
    ) planned
    WHERE {here} AND {active}
    GROUP BY 1, 2 ORDER BY 1, 2
"""


def planned_columns(table_name: str) -> list[tuple[str, str, UUID]]:
    """Return name, SQL type, and the first active import that fills such a column."""
    with connection.cursor() as cursor:
        cursor.execute(_formatted(_PLANNED_COLUMNS, table_name), {"table": table_name})
        return cursor.fetchall()


def known_tables() -> list[str]:
    """Return the tables with active or running imports."""
    query = sql.SQL("SELECT DISTINCT table_name FROM import_history h WHERE ({active}) OR status = 'in_progress'")
    with connection.cursor() as cursor:
        cursor.execute(query.format(**CONDITIONS))
        return [name for (name,) in cursor.fetchall()]


_CHANGED_ROWS_EXIST = "SELECT EXISTS (SELECT 1 FROM {table} held WHERE {manually_edited})"


def has_changed_rows(table_name: str) -> bool:
    """Return whether rows were changed manually; such rows may be kept after the last import is undone."""
    with connection.cursor() as cursor:
        cursor.execute(_formatted(_CHANGED_ROWS_EXIST, table_name), {"table": table_name})
        return bool(cursor.fetchone()[0])


#: Details of deleted imports, which foreign keys should have deleted too.
_WITHOUT_IMPORT = (
    "SELECT count(*) FROM {} held WHERE NOT EXISTS (SELECT 1 FROM import_history WHERE import_id = held.import_id)"
)


def details_without_import(details_table: str) -> int:
    """Return the number of details in a table whose import does not exist."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_WITHOUT_IMPORT).format(sql.Identifier(details_table)))
        return int(cursor.fetchone()[0])
