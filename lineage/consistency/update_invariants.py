"""The invariants of updates: each update has its row and its place, and the versions of a row follow each other."""

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
        "updates_have_a_row",
        messages.UPDATES_OF_NO_ROW,
        """SELECT h.import_id, count(*) AS updates
            FROM imports_row_update updates JOIN import_history h USING (import_id)
            LEFT JOIN {table} held ON held.id = updates.row_id
            LEFT JOIN (SELECT DISTINCT row_id FROM {deleted} deleted) edits ON edits.row_id = updates.row_id
            WHERE {here} AND {active} AND (
              updates.table_name <> h.table_name OR updates.import_order IS DISTINCT FROM h.import_order
              OR held.id IS NULL AND edits.row_id IS NULL)
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "updates_are_active",
        messages.UPDATES_OF_UNDONE,
        """SELECT h.import_id, count(*) AS updates
            FROM imports_row_update updates JOIN import_history h USING (import_id)
            WHERE {here} AND h.undone_at IS NOT NULL AND updates.row_id IS NOT NULL GROUP BY 1""",
    ),
    Invariant(
        "rows_name_their_writer",
        messages.ROWS_OF_OTHER_WRITER,
        """WITH last AS (SELECT row_id, import_id, record_number FROM {updates} updates WHERE is_last),
            origins AS (SELECT row_id, import_id, record_number FROM imports_row_origin WHERE table_name = %(table)s)
            SELECT held._import_id, count(*) AS rows
            FROM last FULL JOIN origins USING (row_id) JOIN {table} held ON held.id = row_id
            WHERE (held._import_id, held._source_row_number) IS DISTINCT FROM (
                coalesce(last.import_id, origins.import_id), coalesce(last.record_number, origins.record_number))
              AND NOT {manually_edited}
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "versions_follow",
        messages.VERSIONS_BROKEN,
        """SELECT updates.import_id, count(*) AS updates
            FROM {updates} updates JOIN {table} held ON held.id = updates.row_id
            LEFT JOIN imports_row_origin origin ON origin.table_name = %(table)s AND origin.row_id = updates.row_id
            WHERE before_import_id IS NOT NULL AND NOT {manually_edited}
              AND (before_import_id, before_record_number) IS DISTINCT FROM (
                coalesce(last_import, origin.import_id), coalesce(last_record, origin.record_number))
            GROUP BY 1""",
        needs_table=True,
    ),
    Invariant(
        "updated_columns_named",
        messages.UPDATED_COLUMN_UNKNOWN,
        """SELECT DISTINCT h.import_id, name AS column
            FROM imports_row_update updates JOIN import_history h USING (import_id), unnest(updates.columns) name
            WHERE {here} AND {active} AND NOT (name = ANY (coalesce(h.updated_columns, '{{}}')))""",
    ),
)  # fmt: skip
