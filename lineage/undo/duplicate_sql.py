"""How a round of duplicate_replay.py ends: which of the compared records are duplicates, and of which row.

Templates over {alike}, into {duplicates}.
"""

#: Members that may be equal to another. The others need no sorting by their values.
ALIKE = """(
    SELECT member.* FROM {members} member
    JOIN (SELECT _hash FROM {members} GROUP BY _hash HAVING count(*) > 1) shared USING (_hash)
) alike"""

#: The first of equal members is a row, and every later record that is judged is its duplicate.
BY_KEY = """
    INSERT INTO {duplicates}
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

#: As many of an import's equal records are duplicates as there were equal rows before it. With u rows of imports that
#: are not judged and v others, v is the largest m − u of the judged imports before, m being an import's equal records.
AS_MULTISET = """
    INSERT INTO {duplicates}
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
    ), earlier AS (
        SELECT equal, import_order, judged, before + greatest(0, max(CASE WHEN judged THEN many - before END) OVER (
            PARTITION BY equal ORDER BY import_order, judged ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )) AS equal_rows
        FROM unjudged
    ), ranked AS (
        SELECT numbered.*, equal_rows FROM numbered JOIN earlier USING (equal, import_order, judged)
    ), placed AS (
        SELECT *, row_number() OVER (
            PARTITION BY equal ORDER BY import_order, record_number NULLS FIRST, row_id NULLS FIRST
        ) AS place
        FROM ranked WHERE NOT judged OR kth > equal_rows
    )
    SELECT ranked.import_id, ranked.record_number, ranked.row_id, placed.import_id, placed.record_number
    FROM ranked JOIN placed ON placed.equal = ranked.equal AND placed.place = ranked.kth
    WHERE ranked.judged AND ranked.kth <= ranked.equal_rows
"""
