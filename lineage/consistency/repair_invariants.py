"""The invariants of repairs: a repaired record is what its repairs say, and each attempt is kept."""

from lineage.consistency import messages
from lineage.consistency.invariant import Invariant

_TAKEN = "repair.undone_at IS NULL AND repair.result <> 'failed'"

REPAIR_INVARIANTS = (
    Invariant(
        "repairs_have_a_record",
        messages.REPAIRS_WITHOUT_RECORD,
        f"""SELECT import_id, count(*) AS records FROM (
              SELECT DISTINCT repair.import_id, repair.record_number
              FROM imports_repair repair JOIN import_history h USING (import_id) WHERE {{here}} AND {_TAKEN}) repair
            FULL JOIN (
              SELECT repaired.import_id, repaired.record_number
              FROM imports_repaired_record repaired JOIN import_history h USING (import_id) WHERE {{here}}) repaired
            USING (import_id, record_number)
            WHERE repair.import_id IS NULL OR repaired.import_id IS NULL GROUP BY 1""",  # noqa: S608
    ),
    Invariant(
        "attempts_counted",
        messages.ATTEMPTS_MISSING,
        """SELECT import_id, count(*) AS records FROM (
              SELECT repair.import_id, repair.record_number
              FROM imports_repair repair JOIN import_history h USING (import_id) WHERE {here}
              GROUP BY 1, 2 HAVING max(attempt) <> count(*)) attempts
            GROUP BY 1""",
    ),
    Invariant(
        "repaired_records_loaded",
        messages.REPAIRED_RECORDS_DIFFER,
        """SELECT h.import_id, count(*) AS records
            FROM import_history h JOIN imports_repaired_record repaired USING (import_id)
            LEFT JOIN imports_kept_record kept ON kept.import_id = repaired.import_id
              AND kept.record_number = repaired.record_number AND kept.fate = 'rejected'
            WHERE {here} AND {active} AND {has_skipped} AND (repaired.record IS NULL) <> (kept.id IS NOT NULL)
            GROUP BY 1""",
    ),
    Invariant(
        "repaired_rows_follow",
        messages.REPAIRED_ROWS_DIFFER,
        """SELECT h.import_id, count(*) AS rows
            FROM import_history h JOIN imports_repaired_record repaired USING (import_id)
            JOIN {table} held ON held._import_id = h.import_id AND held._source_row_number = repaired.record_number
            WHERE {here} AND {active} AND NOT {manually_edited}
              AND NOT EXISTS (SELECT 1 FROM imports_row_update change WHERE change.import_id = h.import_id
                AND change.record_number = repaired.record_number)
              AND held._corrections_applied IS DISTINCT FROM repaired.corrections
            GROUP BY 1""",
        needs_table=True,
    ),
)
