"""The conditions and subqueries that the invariants share. %(table)s is the name of the data table."""

from __future__ import annotations

from psycopg import sql

from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS

_ACTIVE = "{0}.status IN ('success', 'partial') AND {0}.undone_at IS NULL"
_NOT_PURGED = "NOT coalesce({0}.metadata->'forgotten' ? '{1}', false)"
#: Conditions on import_history, as h or as matched_import.
CONDITIONS: dict[str, sql.Composable] = {
    "here": sql.SQL("h.table_name = %(table)s"),
    "active": sql.SQL(_ACTIVE.format("h")),
    "planned": sql.SQL("h.mapping_config ? 'header'"),  # by Content Atlas: every row is imported or stored as skipped
    "has_errors": sql.SQL(_NOT_PURGED.format("h", MAPPING_ERRORS)),
    "has_skipped": sql.SQL(_NOT_PURGED.format("h", KEPT_RECORDS)),
    "matched_active": sql.SQL(_ACTIVE.format("matched_import")),
    "matched_has_skipped": sql.SQL(_NOT_PURGED.format("matched_import", KEPT_RECORDS)),
}

#: The rows of the table with the record that inserted them, also where an update names another.
ROWS = sql.SQL("""(
    SELECT held.id, held._import_id AS writer, coalesce(origin.import_id, held._import_id) AS import_id,
           CASE WHEN origin.import_id IS NULL THEN held._source_row_number
                ELSE origin.record_number END AS record_number
    FROM {table} held LEFT JOIN imports_row_origin origin
      ON origin.table_name = %(table)s AND origin.row_id = held.id)""")
#: The rows that were deleted manually, by the record that inserted them. A row may have several.
DELETED = sql.SQL("""(
    SELECT edit.row_id, coalesce(origin.import_id, edit.import_id) AS import_id,
           CASE WHEN origin.import_id IS NULL THEN edit.record_number ELSE origin.record_number END AS record_number
    FROM imports_hand_change edit LEFT JOIN imports_row_origin origin USING (table_name, row_id)
    WHERE edit.table_name = %(table)s AND edit.deleted)""")
#: The updates of active imports, each with the one before it of the same row.
UPDATES = sql.SQL("""(
    SELECT held.*,
           lag(held.import_id) OVER versions AS last_import, lag(held.record_number) OVER versions AS last_record,
           row_number() OVER (PARTITION BY row_id ORDER BY held.import_order DESC) = 1 AS is_last
    FROM imports_row_update held JOIN import_history h USING (import_id)
    WHERE {here} AND {active} AND held.table_name = %(table)s AND row_id IS NOT NULL
    WINDOW versions AS (PARTITION BY row_id ORDER BY held.import_order))""").format(
    here=CONDITIONS["here"], active=CONDITIONS["active"]
)
