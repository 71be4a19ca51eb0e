"""Which of the compared records of a batch match a row or another record: by sets, into {matches}.

Members are the rows and the records that may be equal. Templates over {alike}, {members} and {matches}.
"""

#: Members that may be equal to another. The others need no sorting by their values.
ALIKE = """(
    SELECT member.* FROM {members} member
    JOIN (SELECT hash FROM {members} GROUP BY hash HAVING count(*) > 1) shared USING (hash)
) alike"""

#: The first of equal members is a row, and every later record that is judged is its duplicate.
BY_KEY = """
    INSERT INTO {matches}
    SELECT import_id, record_number, first_row, first_import, first_record
    FROM (
        SELECT import_id, record_number, judged,
               first_value(row) OVER equal AS first_row,
               first_value(import_id) OVER equal AS first_import,
               first_value(record_number) OVER equal AS first_record,
               row_number() OVER equal AS place
        FROM {alike}
        WINDOW equal AS (
            PARTITION BY hash, compared ORDER BY import_order, record_number NULLS FIRST, row NULLS FIRST
        )
    ) member
    WHERE judged AND place > 1
"""

#: As many of an import's equal records are duplicates as there were equal rows before it. With u rows of imports that
#: are not judged and v others, v is the largest m − u of the judged imports before, m being an import's equal records.
AS_MULTISET = """
    INSERT INTO {matches}
    WITH grouped AS MATERIALIZED (
        SELECT import_id, record_number, row, judged, import_order,
               dense_rank() OVER (ORDER BY hash, compared) AS equal
        FROM {alike}
    ), numbered AS (
        SELECT *, row_number() OVER (
            PARTITION BY equal, import_order, judged ORDER BY record_number NULLS FIRST, row NULLS FIRST
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
            PARTITION BY equal ORDER BY import_order, record_number NULLS FIRST, row NULLS FIRST
        ) AS place
        FROM ranked WHERE NOT judged OR kth > equal_rows
    )
    SELECT ranked.import_id, ranked.record_number, placed.row, placed.import_id, placed.record_number
    FROM ranked JOIN placed ON placed.equal = ranked.equal AND placed.place = ranked.kth
    WHERE ranked.judged AND ranked.kth <= ranked.equal_rows
"""

#: Each record of an import that changes rows matches the first equal row: its file repeats no key here.
FIRST_ROW = """
    INSERT INTO {matches}
    SELECT DISTINCT ON (record.record_number)
           record.import_id, record.record_number, held.row, held.import_id, held.record_number
    FROM {members} record JOIN {members} held ON held.hash = record.hash AND held.compared = record.compared
    WHERE record.judged AND NOT held.judged AND held.import_order < record.import_order
    ORDER BY record.record_number, held.import_order, held.record_number NULLS FIRST, held.row
"""
