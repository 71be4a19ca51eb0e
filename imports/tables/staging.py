"""Stage rows in a temporary table and find duplicates there before they are inserted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
from django.db import connection
from psycopg import sql

from imports.column_types.wire import constant, number_field
from imports.locks import try_to_hold_table
from imports.locks.relations import NO_WRITES
from imports.table_description import TableColumn
from imports.tables.cell_changes import CellChanges, Writes
from imports.tables.matches import Matches
from imports.tables.matching import MATCHES, REPEATS, STAGE, UNREAD_CELLS, UNREAD_KEYS, Matching
from imports.tables.row_order import RowOrder, by_id
from imports.tables.rows import (
    StagedRows,
    copy_in,
    copy_statement,
    identifiers,
    key_index,
    record_hash,
    row_fields,
)
from imports.tables.temporary_tables import create_temporary_copy

#: Columns of a key index: PostgreSQL 15 to 17 cannot store the expression of many more. Wider keys need a scan of the
#: table.
MAX_INDEXED = 300

#: Rows that are looked up in an index in the time that a page of the table takes to be read and hashed.
LOOKUPS_PER_PAGE = 2

_UNREAD = sql.Identifier("pg_temp", "_atlas_unread")  # record_number, name: one line for each cell

_COUNTS = sql.SQL(
    "SELECT count(*) FILTER (WHERE written IS NULL), count(*) FILTER (WHERE written IS NOT NULL),"
    " count(*) FILTER (WHERE row_id IS NOT NULL), count(*) FILTER (WHERE row_id IS NOT NULL AND differs IS NOT NULL),"
    " count(*) FILTER (WHERE several) FROM {matches}"
)


@dataclass(frozen=True)
class Matched:
    """How many staged records match."""

    duplicates: int = 0  # that write nothing
    updated: int = 0  # that change a row
    of_table: int = 0  # of both: that match a row of the table
    differing: int = 0  # of these: with other values than the row in cells that they do not write
    several: int = 0  # whose key several rows have

    @property
    def records(self) -> int:
        return self.duplicates + self.updated


class Stage:
    """A temporary table of rows until it is known which of them are duplicates.

    An index on a hash of the compared columns pre-selects, so that the cost grows with the file, not with the table;
    then values are compared. Rows without an import match nothing.
    """

    def __init__(
        self,
        table: str,
        columns: Sequence[TableColumn],
        key: Sequence[str],
        whole_row: Sequence[str],
        order: RowOrder | None = None,
        *,
        writes: Writes = Writes.NOTHING,
        empty_keys_match: bool = False,
        new_columns: Sequence[TableColumn] = (),
    ) -> None:
        """key: the columns that identify a row; empty: whole rows are compared, and equal rows are counted.

        whole_row: the columns in which whole rows are compared.
        order: of the existing rows; by default by their ids. writes: which cells of the rows that they match the
        staged rows change. empty_keys_match: whether records without a key, or with one that could not be read, are
        compared too, as earlier versions did.

        new_columns: those that the table has at `insert_unmatched`, but not before.
        """
        self.order = order or by_id()
        self.table = sql.Identifier("public", table)
        self.table_name = table
        self.columns = columns
        self.names = [column.name for column in columns]
        self.key = tuple(key)
        self.compared = self.key or tuple(whole_row)
        self.new = {column.name for column in new_columns}
        self.hashed = [name for name in self.compared if name not in self.new]
        self.empty_keys_match = empty_keys_match
        self.writes = writes
        self.unread_keys: list[int] = []  # numbers of the staged records whose key could not be read
        self.has_unread_cells = False
        self._rows = 0  # staged
        self.matched = Matched()
        self._create(new_columns)

    def _create(self, new_columns: Sequence[TableColumn]) -> None:
        """Create the stage with all compared columns, also those that the file does not have."""
        names = dict.fromkeys([*self.names, *self.compared])
        create_temporary_copy(
            STAGE, self.table_name, [*names, "_source_row_number", "_corrections_applied"], new_columns
        )
        hashed = sql.SQL("ALTER TABLE {} ADD COLUMN _hash bigint GENERATED ALWAYS AS ({}) STORED")
        with connection.cursor() as cursor:
            cursor.execute(hashed.format(STAGE, self._hash()))

    def put(self, rows: StagedRows) -> None:
        if self.key:
            self.unread_keys += rows.unread_keys.to_pylist()
            for name, numbers in rows.unread_cells.items():
                if len(numbers):
                    self._put_unread_cells(name, numbers)
        names = [*self.names, "_source_row_number", "_corrections_applied"]
        copy_in(copy_statement(STAGE, names), row_fields(self.columns, rows))
        self._rows += len(rows.record_numbers)

    def match(self, import_id: UUID, *, indexed: bool) -> Matched:
        """Find the rows that the staged rows match, and what they would change there; return how many.

        import_id: of the staged rows. indexed: whether to create an index on the table.
        """
        if indexed and 0 < len(self.hashed) <= MAX_INDEXED:
            self._index_table()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute(sql.SQL("ANALYZE {} (_hash, _source_row_number)").format(STAGE))
            self._create_unread_keys(cursor)
            self._group_unread_cells(cursor)
            matching = self._matching()
            if self.key:
                cursor.execute(matching.create_repeats())
                repeats = cursor.rowcount
                if repeats:
                    cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(REPEATS))
                with self._by_index(cursor):
                    cursor.execute(matching.match_by_key(has_repeats=repeats > 0, first=False))
                    if self._matches_several(cursor):
                        cursor.execute(sql.SQL("DROP TABLE {}").format(MATCHES))
                        cursor.execute(matching.match_by_key(has_repeats=repeats > 0, first=True))
            else:
                cursor.execute(matching.match_as_multiset())
            cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(MATCHES))
            if self.key and repeats:
                cursor.execute(matching.add_repeats(import_id))
            cursor.execute(sql.SQL("ANALYZE {}").format(MATCHES))
            cursor.execute(_COUNTS.format(matches=MATCHES))
            self.matched = Matched(*cursor.fetchone())
        return self.matched

    def _matches_several(self, cursor: Any) -> bool:
        """Return whether a staged row was matched with several rows."""
        several = "SELECT EXISTS (SELECT 1 FROM {} GROUP BY record_number HAVING count(*) > 1)"
        cursor.execute(sql.SQL(several).format(MATCHES))
        return bool(cursor.fetchone()[0])

    @contextmanager
    def _by_index(self, cursor: Any) -> Iterator[None]:
        """Look few rows up one by one: the planner may know nothing of the values of the index, and reads the table."""
        cursor.execute(
            "SELECT to_regclass(format('public.%%I', %s::text)) IS NOT NULL AND"
            " pg_relation_size(to_regclass(format('public.%%I', %s::text))) / current_setting('block_size')::int > %s",
            [key_index(self.table_name, self.hashed), self.table_name, self._rows // LOOKUPS_PER_PAGE],
        )
        is_faster = cursor.fetchone()[0]
        for kind in ("hashjoin", "mergejoin") if is_faster else ():
            cursor.execute(f"SET LOCAL enable_{kind} = off")
        yield
        for kind in ("hashjoin", "mergejoin") if is_faster else ():
            cursor.execute(f"SET LOCAL enable_{kind} = on")

    def _matching(self) -> Matching:
        return Matching(
            table=self.table,
            key=self.key,
            compared=self.compared,
            new=self.new,
            order=self.order,
            changes=CellChanges(
                [name for name in self.names if name not in self.key] if self.key else [],
                self.writes,
                missing=self.new,
                unread=sql.Identifier("unread", "columns") if self.has_unread_cells else None,
            ),
            empty_keys_match=self.empty_keys_match,
            has_unread_keys=bool(self.unread_keys),
        )

    def _create_unread_keys(self, cursor: Any) -> None:
        if not self.unread_keys:
            return
        statement = "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT unnest(%s::int[]) AS record_number"
        cursor.execute(sql.SQL(statement).format(UNREAD_KEYS), [self.unread_keys])
        cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(UNREAD_KEYS))
        cursor.execute(sql.SQL("ANALYZE {}").format(UNREAD_KEYS))

    def _put_unread_cells(self, name: str, numbers: pa.Array) -> None:
        """Note the records whose cell of this column could not be read."""
        if not self.has_unread_cells:
            with connection.cursor() as cursor:
                statement = "CREATE TEMPORARY TABLE {} (record_number int, name text) ON COMMIT DROP"
                cursor.execute(sql.SQL(statement).format(_UNREAD))
            self.has_unread_cells = True
        fields = [number_field(numbers, wire=">i4"), constant(name.encode())]
        copy_in(copy_statement(_UNREAD, ["record_number", "name"]), fields)

    def _group_unread_cells(self, cursor: Any) -> None:
        if not self.has_unread_cells:
            return
        statement = (
            "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS"
            " SELECT record_number, array_agg(name ORDER BY name) AS columns FROM {} GROUP BY 1"
        )
        cursor.execute(sql.SQL(statement).format(UNREAD_CELLS, _UNREAD))
        cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(UNREAD_CELLS))
        cursor.execute(sql.SQL("ANALYZE {}").format(UNREAD_CELLS))

    def _index_table(self) -> None:
        """Create the index for the key, unless there is one. While another session writes, matching does without."""
        name = key_index(self.table_name, self.hashed)
        statement = sql.SQL("CREATE INDEX {} ON {} (({}))").format(sql.Identifier(name), self.table, self._hash())
        with connection.cursor() as cursor:
            cursor.execute("SELECT to_regclass(format('public.%%I', %s::text)) IS NOT NULL", [name])
            is_there = cursor.fetchone()[0]
            if not is_there and try_to_hold_table(self.table_name, NO_WRITES):
                cursor.execute(statement)

    def _hash(self, prefix: str = "") -> sql.Composed:
        return record_hash(self.hashed, prefix)

    def insert_unmatched(self, import_id: UUID) -> int:
        """Insert the rows that are not duplicates, in the order of the file; return how many."""
        names = [*self.names, "_source_row_number", "_corrections_applied"]
        # Without a match the stage is read as it was written, and needs no sorting.
        unmatched = sql.SQL(
            " WHERE NOT EXISTS (SELECT 1 FROM {} matches WHERE matches.record_number = _source_row_number)"
            " ORDER BY _source_row_number"
        ).format(MATCHES)
        statement = sql.SQL(
            "INSERT INTO {table} ({names}, _import_id) SELECT {names}, %s FROM {stage}{unmatched}"
        ).format(
            table=self.table,
            names=identifiers(names),
            stage=STAGE,
            unmatched=unmatched if self.matched.records else sql.SQL(""),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [import_id])
            return cursor.rowcount

    def matches_between(self, first: int, last: int) -> Matches:
        """Return the matches of the records from first to last that write nothing."""
        return Matches.found(
            sql.SQL(
                "SELECT record_number, import_id, matched_record_number, coalesce(differs, ARRAY[]::text[]) AS differs"
                " FROM {} WHERE record_number BETWEEN %s AND %s AND written IS NULL"
            ).format(MATCHES),
            [first, last],
        )
