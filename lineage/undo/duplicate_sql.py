"""How a round of replay.py ends: of all records and rows that are looked at, which are duplicates, and of which row.

Templates over {alike}, into {settled}.
"""

#: Members that may be equal to another. The others stand alone, and need no sorting by their values.
ALIKE = """(
    SELECT member.* FROM {members} member
    JOIN (SELECT _hash FROM {members} GROUP BY _hash HAVING count(*) > 1) shared USING (_hash)
) alike"""

#: The first of all that are equal is a row, and every later record that is judged is its duplicate.
BY_KEY = """
    INSERT INTO {settled}
    SELECT member._import_id, member._record_number, member._row_id, member._first_import, member._first_record
    FROM (
        SELECT _import_id, _record_number, _row_id, _judged,
               first_value(_import_id) OVER equal AS _first_import,
               first_value(_record_number) OVER equal AS _first_record,
               row_number() OVER equal AS _place
        FROM {alike}
        WINDOW equal AS (
            PARTITION BY _hash, _values ORDER BY _import_order, _record_number NULLS FIRST, _row_id NULLS FIRST
        )
    ) member
    WHERE member._judged AND member._place > 1
"""

#: Of an import's equal records so many are duplicates as equal rows stood before it. With u rows of imports that are
#: not judged and v others, v is the largest m − u of the judged imports before, m being an import's equal records.
AS_MULTISET = """
    INSERT INTO {settled}
    WITH grouped AS MATERIALIZED (
        SELECT _import_id AS import_id, _record_number AS record_number, _row_id AS row_id, _judged AS judged,
               _import_order AS import_order, dense_rank() OVER (ORDER BY _hash, _values) AS equal
        FROM {alike}
    ), numbered AS (
        SELECT *, row_number() OVER (
            PARTITION BY equal, import_order, judged ORDER BY record_number NULLS FIRST, row_id NULLS FIRST
        ) AS kth
        FROM grouped
    ), counted AS (
        SELECT equal, import_order, judged, count(*) AS many FROM grouped GROUP BY equal, import_order, judged
    ), unjudged AS (
        SELECT *, sum(CASE WHEN judged THEN 0 ELSE many END) OVER (
            PARTITION BY equal ORDER BY import_order, judged ROWS UNBOUNDED PRECEDING
        ) - CASE WHEN judged THEN 0 ELSE many END AS before
        FROM counted
    ), stood AS (
        SELECT equal, import_order, judged, before + greatest(0, max(CASE WHEN judged THEN many - before END) OVER (
            PARTITION BY equal ORDER BY import_order, judged ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )) AS equal_rows
        FROM unjudged
    ), fated AS (
        SELECT numbered.*, equal_rows FROM numbered JOIN stood USING (equal, import_order, judged)
    ), placed AS (
        SELECT *, row_number() OVER (
            PARTITION BY equal ORDER BY import_order, record_number NULLS FIRST, row_id NULLS FIRST
        ) AS place
        FROM fated WHERE NOT judged OR kth > equal_rows
    )
    SELECT fated.import_id, fated.record_number, fated.row_id, placed.import_id, placed.record_number
    FROM fated JOIN placed ON placed.equal = fated.equal AND placed.place = fated.kth
    WHERE fated.judged AND fated.kth <= fated.equal_rows
"""
