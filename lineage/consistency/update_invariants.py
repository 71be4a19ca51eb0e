"""The invariants of updates: each has its row and its place, and the versions of a row follow each other."""

from lineage.consistency import messages
from lineage.consistency.invariant import Invariant

UPDATE_INVARIANTS = (
    Invariant(
        "updates_counted",
        messages.UPDATES_DIFFER,
        """SELECT import_id, counted, kept FROM (
              SELECT import_id, rows_updated AS counted,
                     (SELECT count(*) FROM imports_row_update held WHERE held.import_id = h.import_id) AS kept
              FROM import_history h WHERE {here} AND status <> 'in_progress' AND {planned}) counts
            WHERE counted <> kept""",
    ),
    Invariant(
        "updated_rows_exist",
        messages.UPDATED_ROWS_MISSING,
        """SELECT h.import_id, count(*) AS updates
            FROM import_history h JOIN imports_row_update change USING (import_id)
            LEFT JOIN {table} held ON held.id = change.row_id
            LEFT JOIN imports_hand_change edit ON edit.table_name = change.table_name AND edit.row_id = change.row_id
              AND edit.deleted
            WHERE {here} AND {active} AND held.id IS NULL AND edit.id IS NULL GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "rows_name_their_last_update",
        messages.LAST_WRITER_DIFFERS,
        """SELECT import_id, count(*) AS rows FROM (
              SELECT DISTINCT ON (change.row_id) change.*
              FROM imports_row_update change JOIN import_history h USING (import_id)
              WHERE change.table_name = %(table)s AND {active} ORDER BY change.row_id, change.import_order DESC) change
            JOIN {table} held ON held.id = change.row_id
            WHERE (held._import_id, held._source_row_number)
                  IS DISTINCT FROM (change.import_id, change.record_number) AND NOT {manually_edited}
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "origins_stand",
        messages.ORIGIN_UNDONE,
        """SELECT origin.import_id, count(*) AS rows
            FROM imports_row_origin origin JOIN {table} held ON held.id = origin.row_id
            LEFT JOIN import_history h ON h.import_id = origin.import_id
            WHERE origin.table_name = %(table)s AND (({active}) AND {here}) IS NOT TRUE AND NOT {manually_edited}
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "updates_are_active",
        messages.UPDATES_OF_UNDONE,
        """SELECT h.import_id, count(*) AS updates
            FROM import_history h JOIN imports_row_update change USING (import_id)
            WHERE {here} AND h.undone_at IS NOT NULL AND change.row_id IS NOT NULL GROUP BY 1""",
    ),
    Invariant(
        "updates_in_order",
        messages.UPDATES_IN_OTHER_ORDER,
        """SELECT h.import_id, count(*) AS updates
            FROM import_history h JOIN imports_row_update change USING (import_id)
            WHERE {here} AND {active} AND change.import_order IS DISTINCT FROM h.import_order GROUP BY 1""",
    ),
    Invariant(
        "versions_follow",
        messages.VERSIONS_BROKEN,
        """SELECT change.import_id, count(*) AS updates FROM (
              SELECT change.*, lag(change.import_id) OVER versions AS last_import,
                     lag(change.record_number) OVER versions AS last_record
              FROM imports_row_update change JOIN import_history h USING (import_id)
              WHERE change.table_name = %(table)s AND {active}
              WINDOW versions AS (PARTITION BY row_id ORDER BY change.import_order)) change
            JOIN {table} held ON held.id = change.row_id {origin_join}
            WHERE before_import_id IS NOT NULL AND NOT {manually_edited}
              AND (before_import_id, before_record_number) IS DISTINCT FROM (
                coalesce(last_import, {origin_import}), coalesce(last_record, {origin_record}))
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "updated_columns_named",
        messages.UPDATED_COLUMN_UNKNOWN,
        """SELECT DISTINCT h.import_id, name AS column
            FROM import_history h JOIN imports_row_update change USING (import_id), unnest(change.columns) name
            WHERE {here} AND {active} AND NOT (name = ANY (coalesce(h.updated_columns, '{{}}')))""",
    ),
)  # fmt: skip
