"""The outcomes of the records of one import: its rows in the data table, and its skipped rows. Read only."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import Outcome

_KEPT = sql.SQL(
    "SELECT record_number, fate, NULL::bigint AS row_id, id AS kept_id FROM imports_kept_record"
    " WHERE import_id = %(import_id)s AND (%(fate)s::text IS NULL OR fate = %(fate)s)"
)
_ROWS = sql.SQL(
    "SELECT _source_row_number AS record_number, 'inserted' AS fate, id AS row_id, NULL::bigint AS kept_id"
    " FROM {table} WHERE _import_id = %(import_id)s"
)
_NUMBERED = sql.SQL(
    "(SELECT * FROM ({part}) part (record_number, fate, row_id, kept_id)"
    " WHERE record_number BETWEEN %(first)s AND %(last)s LIMIT %(limit)s)"
)
_PAGE = sql.SQL(
    "SELECT page.record_number, page.fate, page.row_id, location, reason_code, reason, original,"
    " mapped, matched_import_id, matched_record_number "
    "FROM (SELECT * FROM ({records}) outcomes ORDER BY record_number, row_id LIMIT %(limit)s OFFSET %(offset)s) page "
    "LEFT JOIN imports_kept_record kept ON kept.id = page.kept_id ORDER BY page.record_number, page.row_id"
)


@dataclass(frozen=True)
class RecordOutcome:
    """One record and its outcome."""

    record_number: int | None  # None: a row that a caller's own code inserted without a number
    fate: str
    row_id: int | None  # of an inserted record: its id in the table
    location: str | None  # this and the following: of a skipped row
    reason_code: str | None
    reason: str | None
    original: bytes | None
    mapped: bytes | None  # of a duplicate, where the mapping saw it otherwise than it was read
    matched_import_id: UUID | None
    matched_record_number: int | None


@dataclass(frozen=True)
class RecordOutcomePages:
    """The records of one import by number. Supports len and slices, as a list does, for any paginator."""

    import_id: UUID
    table_name: str | None  # the data table; None if it can have no row of the import
    fate: str | None = None  # one of Outcome; None: all
    last_number: int | None = None  # of the records, if they are numbered 1, 2, 3, … without a gap

    def count(self) -> int:
        return self._count

    def __len__(self) -> int:
        return self._count

    @cached_property
    def _count(self) -> int:
        rows = self._fetched(sql.SQL("SELECT count(*) FROM ({records}) outcomes"), self._parts())
        return int(rows[0][0])

    def __getitem__(self, window: slice) -> list[RecordOutcome]:
        start = window.start or 0
        params = {"limit": window.stop - start, "offset": start}
        parts = self._parts()
        if self._count == self.last_number:
            # Every record exists, so the page's numbers are known: nothing has to be sorted or skipped.
            params |= {"first": start + 1, "last": window.stop, "offset": 0}
            parts = [_NUMBERED.format(part=part) for part in parts]
        return [RecordOutcome(*row) for row in self._fetched(_PAGE, parts, **params)]

    def _parts(self) -> list[sql.Composable]:
        """Return the queries for records of the outcome."""
        rows: list[sql.Composable] = []
        if self.table_name:
            rows = [_ROWS.format(table=sql.Identifier("public", self.table_name))]
        if self.fate is None:
            return [_KEPT, *rows]
        return rows if rows and self.fate == Outcome.INSERTED else [_KEPT]

    def _fetched(self, query: sql.SQL, parts: Sequence[sql.Composable], **params: int) -> list[tuple[Any, ...]]:
        values = {"import_id": self.import_id, "fate": self.fate, **params}
        with connection.cursor() as cursor:
            cursor.execute(query.format(records=sql.SQL(" UNION ALL ").join(parts)), values)
            return cursor.fetchall()


def row_ids(table_name: str, records: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], int]:
    """Return import and record number → id of the row, for the rows that exist."""
    imports, numbers = {import_id for import_id, _ in records}, {number for _, number in records}
    query = sql.SQL(
        "SELECT _import_id, _source_row_number, id FROM {} WHERE _import_id = ANY(%s) AND _source_row_number = ANY(%s)"
    )
    with connection.cursor() as cursor:
        cursor.execute(query.format(sql.Identifier("public", table_name)), [list(imports), list(numbers)])
        return {(import_id, number): row_id for import_id, number, row_id in cursor.fetchall()}
