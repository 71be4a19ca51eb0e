"""Kept duplicates, read from the database as many at once as a batch of a file may have: some may be very long."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.readers.limits import BATCH_TEXT

RECORD_BYTES = 100  # that a record takes besides its text, about

#: A batch ends with the record that exceeds this: most are much shorter.
_ENOUGH = BATCH_TEXT // 2

#: The database puts the records of a batch together, as one JSON list.
_CURSOR = """
    DECLARE _atlas_kept CURSOR FOR
    SELECT import_id, array_agg(record_number ORDER BY record_number),
           '[' || convert_from(string_agg(record, ',' ORDER BY record_number), 'UTF8') || ']'
    FROM (
        SELECT import_id, record_number, coalesce(mapped, original) AS record,
               sum(octet_length(coalesce(mapped, original)) + {record_bytes}) OVER (
                   PARTITION BY import_id ORDER BY record_number ROWS UNBOUNDED PRECEDING
               ) / {enough} AS batch
        FROM {pending} JOIN imports_kept_record USING (import_id, record_number)
        WHERE NOT EXISTS (SELECT 1 FROM imports_repaired_record repaired
          WHERE repaired.import_id = imports_kept_record.import_id
            AND repaired.record_number = imports_kept_record.record_number)
    ) kept
    GROUP BY import_id, batch
    ORDER BY import_id, batch
"""


def kept_duplicates(pending: sql.Identifier) -> Iterator[tuple[UUID, list[int], str]]:
    """Yield the records of a table with import_id and record_number by import, as `typed_duplicates` takes them.

    Without those that were repaired: their values are kept with the repair.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(_CURSOR).format(
                pending=pending, record_bytes=sql.Literal(RECORD_BYTES), enough=sql.Literal(_ENOUGH)
            )
        )
        while True:
            cursor.execute("FETCH 1 FROM _atlas_kept")
            if (batch := cursor.fetchone()) is None:
                break
            yield batch
        cursor.execute("CLOSE _atlas_kept")
