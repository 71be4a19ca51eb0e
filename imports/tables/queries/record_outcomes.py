"""The outcomes of the records of one import: its rows in the data table, and its skipped rows. Read only."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import Outcome
from imports.tables.origins import AS_WRITTEN, origin_of_rows

_KEPT = sql.SQL(
    "SELECT record_number, fate, NULL::bigint AS row_id, id AS kept_id FROM imports_kept_record"
    " WHERE import_id = %(import_id)s AND (%(fate)s::text IS NULL OR fate = %(fate)s)"
)
#: Rows that the import inserted; those that were updated since name their last writer.
_INSERTED = sql.SQL(
    "SELECT {record_number} AS record_number, 'inserted' AS fate, held.id AS row_id, NULL::bigint AS kept_id"
    " FROM {table} held {origin} WHERE held._import_id = %(import_id)s AND {import_id} = %(import_id)s"
)
_INSERTED_AND_UPDATED = sql.SQL(
    "SELECT origin.record_number, 'inserted' AS fate, held.id AS row_id, NULL::bigint AS kept_id"
    " FROM imports_row_origin origin JOIN {table} held ON held.id = origin.row_id"
    " WHERE origin.import_id = %(import_id)s AND origin.table_name = {name} AND held._import_id <> %(import_id)s"
)
_UPDATED = sql.SQL(
    "SELECT record_number, 'updated' AS fate, row_id, NULL::bigint AS kept_id FROM imports_row_update"
    " WHERE import_id = %(import_id)s"
)
_NUMBERED = sql.SQL(
    "(SELECT * FROM ({part}) part (record_number, fate, row_id, kept_id)"
    " WHERE record_number BETWEEN %(first)s AND %(last)s LIMIT %(limit)s)"
)
_PAGE = sql.SQL(
    "SELECT page.record_number, page.fate, page.row_id, location, reason_code, reason, original,"
    " mapped, matched_import_id, matched_record_number, columns AS updated_columns, before, record "
    "FROM (SELECT * FROM ({records}) outcomes ORDER BY record_number, row_id LIMIT %(limit)s OFFSET %(offset)s) page "
    "LEFT JOIN imports_kept_record kept ON kept.id = page.kept_id "
    "LEFT JOIN imports_row_update change ON page.fate = 'updated' AND change.import_id = %(import_id)s"
    " AND change.record_number = page.record_number ORDER BY page.record_number, page.row_id"
)


@dataclass(frozen=True)
class RecordOutcome:
    """One record and its outcome."""

    record_number: int | None  # None: a row that a caller's own code inserted without a number
    fate: str
    row_id: int | None  # of an inserted record, and of one that updated a row: its id in the table
    location: str | None  # this and the following: of a skipped row
    reason_code: str | None
    reason: str | None
    original: bytes | None
    mapped: bytes | None  # of a duplicate, where the mapping saw it otherwise than it was read
    matched_import_id: UUID | None
    matched_record_number: int | None
    updated_columns: list[str] | None  # this and the following: of one that updated a row
    before: dict[str, str | None] | None  # the row's values as it was found; None: deleted by retention
    after: dict[str, str | None] | None  # the record's values

    def changes(self) -> dict[str, dict[str, str | None]] | None:
        """Return the cells that it changed: column → before and after, as texts."""
        if self.before is None or self.after is None:
            return None
        return {
            name: {"before": self.before.get(name), "after": self.after.get(name)}
            for name in self.updated_columns or ()
        }  # fmt: skip


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
        return [_outcome(row) for row in self._fetched(_PAGE, parts, **params)]

    def _parts(self) -> list[sql.Composable]:
        """Return the queries for records of the outcome."""
        parts = self._parts_with_rows() if self.table_name else {}
        if self.fate is None:
            return [_KEPT, *chain.from_iterable(parts.values())]
        return parts.get(self.fate, [_KEPT])

    def _parts_with_rows(self) -> dict[str, list[sql.Composable]]:
        """Return outcome → the queries for its records, for the outcomes that have a row of the table."""
        table, origin = sql.Identifier("public", self.table_name or ""), origin_of_rows(self.table_name or "")
        inserted: list[sql.Composable] = [
            _INSERTED.format(
                table=table, origin=origin.join, import_id=origin.import_id, record_number=origin.record_number
            )
        ]
        if origin == AS_WRITTEN:
            return {Outcome.INSERTED: inserted}
        moved = _INSERTED_AND_UPDATED.format(table=table, name=sql.Literal(self.table_name))
        return {Outcome.INSERTED: [*inserted, moved], Outcome.UPDATED: [_UPDATED]}

    def _fetched(self, query: sql.SQL, parts: Sequence[sql.Composable], **params: int) -> list[tuple[Any, ...]]:
        values = {"import_id": self.import_id, "fate": self.fate, **params}
        with connection.cursor() as cursor:
            cursor.execute(query.format(records=sql.SQL(" UNION ALL ").join(parts)), values)
            return cursor.fetchall()


def _outcome(row: tuple[Any, ...]) -> RecordOutcome:
    return RecordOutcome(*row[:-2], *map(_from_json, row[-2:]))


def _from_json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


_ROW_IDS = sql.SQL(
    "SELECT {import_id}, {record_number}, held.id FROM {table} held {origin}"
    " WHERE held._import_id = ANY(%(imports)s) AND held._source_row_number = ANY(%(numbers)s)"
)
_ROW_IDS_OF_UPDATED = sql.SQL(
    " UNION ALL SELECT import_id, record_number, row_id FROM imports_row_origin"
    " WHERE import_id = ANY(%(imports)s) AND record_number = ANY(%(numbers)s)"
    " UNION ALL SELECT import_id, record_number, row_id FROM imports_row_update"
    " WHERE import_id = ANY(%(imports)s) AND record_number = ANY(%(numbers)s) AND row_id IS NOT NULL"
)


def row_ids(table_name: str, records: Collection[tuple[UUID, int]]) -> dict[tuple[UUID, int], int]:
    """Return import and record number → id of the row that the record inserted or updated, for the rows that exist."""
    imports, numbers = {import_id for import_id, _ in records}, {number for _, number in records}
    origin = origin_of_rows(table_name)
    query: sql.Composed = _ROW_IDS.format(
        import_id=origin.import_id, record_number=origin.record_number, origin=origin.join,
        table=sql.Identifier("public", table_name),
    )  # fmt: skip
    if origin != AS_WRITTEN:
        query += _ROW_IDS_OF_UPDATED
    with connection.cursor() as cursor:
        cursor.execute(query, {"imports": list(imports), "numbers": list(numbers)})
        return {(import_id, number): row_id for import_id, number, row_id in cursor.fetchall()}
