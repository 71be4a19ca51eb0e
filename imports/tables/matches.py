"""Duplicates with what they match, by columns: there may be as many as a file has records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection
from psycopg import sql

_BY_COLUMNS = """
    SELECT array_agg(record_number), string_agg(uuid_send(import_id), ''), array_agg(matched_record_number),
           array_agg(to_json(differs)::text)
    FROM (SELECT * FROM ({found}) found ORDER BY record_number) found
"""


@dataclass(frozen=True)
class Matches:
    """Duplicates, by rising numbers."""

    record_numbers: pa.Array
    import_ids: pa.Array  # that inserted the existing rows, in 16 bytes
    matched_record_numbers: pa.Array  # that inserted them; null for rows that own code inserted
    differs: pa.Array  # JSON: the columns in which they differ; null: not compared

    @classmethod
    def found(cls, query: sql.Composable, values: Sequence[Any] = ()) -> Matches:
        """query: for record_number, import_id, matched_record_number and differs, as text[]."""
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(_BY_COLUMNS).format(found=query), values or None)
            numbers, import_ids, matched, differs = cursor.fetchone()
        return cls(
            pa.array(numbers or (), pa.int32()),
            pa.Array.from_buffers(pa.binary(16), len(numbers or ()), [None, pa.py_buffer(import_ids or b"")]),
            pa.array(matched or (), pa.int32()),
            pa.array(differs or (), pa.string()),
        )

    def __len__(self) -> int:
        return len(self.record_numbers)

    def between(self, first: int, last: int) -> Matches:
        """Return those of the records from first to last."""
        start, end = self.record_numbers.to_numpy().searchsorted([first, last + 1])
        return Matches(
            self.record_numbers[start:end], self.import_ids[start:end], self.matched_record_numbers[start:end],
            self.differs[start:end],
        )  # fmt: skip
