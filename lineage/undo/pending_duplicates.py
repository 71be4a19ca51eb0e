"""Kept duplicates, read from the database as many at once as a batch of a file may have: some may be very long."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.readers.limits import BATCH_TEXT

RECORDS_AT_A_TIME = 20_000
SHORT = 2_000  # bytes of a record that is read together with others

_CURSOR = """
    DECLARE _atlas_kept CURSOR FOR
    SELECT import_id, record_number, octet_length(record), CASE WHEN octet_length(record) <= {short} THEN record END
    FROM (SELECT import_id, record_number, coalesce(mapped, original) AS record
          FROM {pending} JOIN imports_kept_record USING (import_id, record_number)
          WHERE NOT EXISTS (SELECT 1 FROM imports_repaired_record repaired
            WHERE repaired.import_id = imports_kept_record.import_id
              AND repaired.record_number = imports_kept_record.record_number)) kept
    ORDER BY 1, 2
"""
_LONG = "SELECT coalesce(mapped, original) FROM imports_kept_record WHERE import_id = %s AND record_number = %s"


def kept_duplicates(pending: sql.Identifier) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
    """Yield the records of a table with import_id and record_number by import, as `typed_duplicates` takes them.

    Without those that were repaired: their values are kept with the repair.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(_CURSOR).format(pending=pending, short=sql.Literal(SHORT)))
        while some := _next(cursor):
            yield from _batches(some)
        cursor.execute("CLOSE _atlas_kept")


def _next(cursor: Any) -> list[tuple[UUID, int, int, bytes | None]]:
    cursor.execute(sql.SQL("FETCH {} FROM _atlas_kept").format(sql.Literal(RECORDS_AT_A_TIME)))
    return cursor.fetchall()


def _batches(some: list[tuple[UUID, int, int, bytes | None]]) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
    """Yield lists of one import each, of about BATCH_TEXT bytes at most. Of long records there is only the size yet."""
    batch: list[tuple[int, bytes]] = []
    batch_of, taken = some[0][0], 0
    for import_id, number, size, record in some:
        if batch and (import_id != batch_of or taken + size > BATCH_TEXT):
            yield batch_of, batch
            batch, taken = [], 0
        batch_of, taken = import_id, taken + size
        batch.append((number, bytes(_long(import_id, number) if record is None else record)))
    yield batch_of, batch


def _long(import_id: UUID, number: int) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(_LONG, [import_id, number])
        [(record,)] = cursor.fetchall()
    return bytes(record)
