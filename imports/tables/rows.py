"""Typed batches into a data table, by COPY: straight into it, or through a stage where duplicates are looked for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

import pyarrow as pa
from django.db import connection
from psycopg import sql

from imports.errors import UnknownImport
from imports.tables.copy_format import (
    HEADER,
    TRAILER,
    Pieces,
    constant,
    encode_rows,
    field,
    jsonb_field,
    number_field,
)  # fmt: skip
from imports.tables.description import TableColumn
from imports.tables.order import BY_ID, Order

# No data table's name begins with _.
STAGE = sql.Identifier("pg_temp", "_atlas_stage")
MATCHES = sql.Identifier("pg_temp", "_atlas_matches")


#: Columns of a key index: PostgreSQL 15 to 17 cannot store the expression of many more. Wider keys are looked for by a
#: scan of the table.
MOST_INDEXED = 300


class Rows(Protocol):
    """What is loaded: rows as coerce.TypedBatch has them."""

    @property
    def columns(self) -> list[pa.Array]: ...

    @property
    def record_numbers(self) -> pa.Array: ...

    @property
    def corrections(self) -> pa.Array: ...


@dataclass(frozen=True)
class Match:
    """A record that stands in the table already: in which import's row, and which record of it."""

    record_number: int
    import_id: UUID
    matched_record_number: int | None


def copy_in(statement: sql.Composed, fields: list[Pieces]) -> None:
    """One COPY of one batch. The statement says `FORMAT binary`."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(HEADER)
        copy.write(encode_rows(fields))
        copy.write(TRAILER)


def insert_directly(table: str, columns: Sequence[TableColumn], rows: Rows, import_id: UUID) -> None:
    """Rows into the table, as rows of the import."""
    names = [*(one.name for one in columns), "_source_row_number", "_corrections_applied", "_import_id"]
    copy_in(
        copy_statement(sql.Identifier("public", table), names), [*row_fields(columns, rows), constant(import_id.bytes)]
    )


def copy_statement(target: sql.Composable, names: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(target, identifiers(names))


def row_fields(columns: Sequence[TableColumn], rows: Rows) -> list[Pieces]:
    fields = [
        field(one.sql_type.partition("(")[0].replace("VARCHAR", "TEXT"), values)
        for one, values in zip(columns, rows.columns, strict=True)
    ]
    return [*fields, number_field(rows.record_numbers, wire=">i4"), jsonb_field(rows.corrections)]


def identifiers(names: Sequence[str], prefix: str = "") -> sql.Composed:
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def record_hash(columns: Sequence[str], prefix: str = "") -> sql.Composed:
    """The expression by which equal rows are looked for: 64 bits of these columns, equal for equal values."""
    return sql.SQL("hash_record_extended(ROW({}), 0)").format(identifiers(columns, prefix))


def key_index(table: str, columns: Sequence[str]) -> str:
    """The name of the index by which equal rows are looked for."""
    return f"idx_key_{hashlib.sha256(repr((table, tuple(columns))).encode()).hexdigest()[:32]}"


def hold_import(import_id: UUID) -> None:
    """From here to the commit the import's record stays, which every loaded row points to. Raises UnknownImport."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM import_history WHERE import_id = %s FOR KEY SHARE", [import_id])
        if cursor.fetchone() is None:
            raise UnknownImport("Somebody deleted the record of this import while it ran; nothing was loaded.")


def number_onwards() -> None:
    """From here on ids are higher than any that stands: none of a block that an earlier import left over."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD SEQUENCES")


@contextmanager
def without_key_checks() -> Iterator[None]:
    """COPY into tables with a foreign key without a look-up for every row, where the role may switch it off.

    The look-ups would also lock the history until the commit. `hold_import` is the one that stands for them all.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        may = cursor.fetchone()[0]
        if may:
            cursor.execute("SET LOCAL session_replication_role = replica")
        yield
        if may:
            cursor.execute("SET LOCAL session_replication_role = origin")


def count_rows(table: str, import_id: UUID | None = None) -> int:
    """Of one import, or all; 0 where there is no such table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(format('public.%%I', %s::text)) IS NULL", [table])
        if cursor.fetchone()[0]:
            return 0
        cursor.execute(
            sql.SQL("SELECT count(*) FROM {} WHERE %s::uuid IS NULL OR _import_id = %s").format(
                sql.Identifier("public", table)
            ),
            [import_id, import_id],
        )
        return int(cursor.fetchone()[0])


def delete_rows(table: str, import_id: UUID, *, but: sql.Composable | None = None) -> int:
    """The rows of one import go; how many there were. but: the condition that a row, called `held`, stays."""
    statement = sql.SQL("DELETE FROM {} held WHERE _import_id = %s").format(sql.Identifier("public", table))
    if but:
        statement += sql.SQL(" AND NOT ") + but
    with connection.cursor() as cursor:
        cursor.execute(statement, [import_id])
        return cursor.rowcount


def records_there(table: str, import_id: UUID) -> list[int]:
    """The record numbers of one import's rows."""
    statement = sql.SQL("SELECT _source_row_number FROM {} WHERE _import_id = %s AND _source_row_number IS NOT NULL")
    with connection.cursor() as cursor:
        cursor.execute(statement.format(sql.Identifier("public", table)), [import_id])
        return [number for (number,) in cursor.fetchall()]


class Stage:
    """Rows beside the table, until it is known which of them are there already.

    A hash of the compared columns pre-selects through an index, so that the cost grows with the file; values decide.
    """

    def __init__(
        self,
        table: str,
        columns: Sequence[TableColumn],
        key: Sequence[str],
        all_columns: Sequence[str],
        order: Order = BY_ID,
    ) -> None:
        """key: the columns that make a row unique; empty: whole rows are compared, as a multiset. order: of the rows
        that are there."""
        self.order = order
        self.table = sql.Identifier("public", table)
        self.table_name = table
        self.columns = columns
        self.names = [one.name for one in columns]
        self.key = tuple(key)
        self.compared = self.key or tuple(all_columns)
        self.matched = 0
        self._make()

    def _make(self) -> None:
        hashed = sql.SQL("ADD COLUMN _hash bigint GENERATED ALWAYS AS ({}) STORED").format(self._hash())
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "CREATE TEMPORARY TABLE {stage} ON COMMIT DROP AS "
                    "SELECT {columns}, _source_row_number, _corrections_applied FROM {table} WITH NO DATA"
                ).format(stage=STAGE, columns=identifiers(self._stage_names()), table=self.table)
            )
            cursor.execute(sql.SQL("ALTER TABLE {} {}").format(STAGE, hashed))

    def _stage_names(self) -> list[str]:
        """All compared columns, so that those the file lacks are there as NULL."""
        return list(dict.fromkeys([*self.names, *self.compared]))

    def put(self, rows: Rows) -> None:
        names = [*self.names, "_source_row_number", "_corrections_applied"]
        copy_in(copy_statement(STAGE, names), row_fields(self.columns, rows))

    def match(self, import_id: UUID, *, indexed: bool) -> int:
        """Finds the staged rows that are there already; how many. import_id: theirs; indexed: whether the table is
        worth an index yet."""
        if indexed and len(self.compared) <= MOST_INDEXED:
            self._index_table()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute(sql.SQL("ANALYZE {}").format(STAGE))
            cursor.execute(self._match_by_key(import_id) if self.key else self._match_as_multiset())
            cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(MATCHES))
            cursor.execute(sql.SQL("ANALYZE {}").format(MATCHES))
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(MATCHES))
            self.matched = int(cursor.fetchone()[0])
        return self.matched

    def _index_table(self) -> None:
        """The first use of a key builds its index."""
        index = sql.Identifier(key_index(self.table_name, self.compared))
        statement = sql.SQL("CREATE INDEX IF NOT EXISTS {} ON {} (({}))").format(index, self.table, self._hash())
        with connection.cursor() as cursor:
            cursor.execute(statement)

    def _hash(self, prefix: str = "") -> sql.Composed:
        return record_hash(self.compared, prefix)

    def _same(self, left: str, right: str) -> sql.Composed:
        pairs = [
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(sql.Identifier(left, name), sql.Identifier(right, name))
            for name in self.compared
        ]
        return sql.SQL(" AND ").join(pairs)

    def _match_by_key(self, import_id: UUID) -> sql.Composed:
        """A staged row is there already when the table has its key, or an earlier row of the file."""
        return sql.SQL(
            "CREATE TEMPORARY TABLE {matches} ON COMMIT DROP AS "
            "WITH there AS ("
            " SELECT DISTINCT ON (staged._source_row_number) staged._source_row_number AS record_number,"
            "  held._import_id AS import_id, held._source_row_number AS matched_record_number"
            " FROM {stage} staged JOIN {table} held ON {held_hash} = staged._hash AND {same} {join}"
            " WHERE {limit} ORDER BY staged._source_row_number, {order}),"
            "twins AS ("
            " SELECT _source_row_number AS record_number,"
            "  first_value(_source_row_number) OVER same_key AS first_record"
            " FROM {stage} WHERE _hash IN (SELECT _hash FROM {stage} GROUP BY _hash HAVING count(*) > 1)"
            " WINDOW same_key AS (PARTITION BY {key} ORDER BY _source_row_number)) "
            "SELECT * FROM there UNION ALL "
            "SELECT record_number, {import_id}, first_record FROM twins"
            " WHERE record_number <> first_record"
            " AND NOT EXISTS (SELECT 1 FROM there WHERE there.record_number = twins.record_number)"
        ).format(
            matches=MATCHES, stage=STAGE, table=self.table, held_hash=self._hash("held"),
            same=self._same("held", "staged"), key=identifiers(self.key), import_id=sql.Literal(import_id),
            join=self.order.join, limit=self.order.limit, order=self.order.by,
        )  # fmt: skip

    def _match_as_multiset(self) -> sql.Composed:
        """The k-th equal row of the file is the k-th equal row of the table."""
        return sql.SQL(
            "CREATE TEMPORARY TABLE {matches} ON COMMIT DROP AS "
            "WITH ours AS ("
            " SELECT *, row_number() OVER (PARTITION BY _hash, {compared} ORDER BY _source_row_number) AS _kth"
            " FROM {stage} staged WHERE EXISTS (SELECT 1 FROM {table} held WHERE {held_hash} = staged._hash)),"
            "theirs AS ("
            " SELECT held.*, ours._hash AS _hash,"
            " row_number() OVER (PARTITION BY ours._hash, {held_compared} ORDER BY {order}) AS _kth"
            " FROM (SELECT DISTINCT _hash FROM ours) ours JOIN {table} held ON {held_hash} = ours._hash {join}"
            " WHERE {limit}) "
            "SELECT ours._source_row_number AS record_number, theirs._import_id AS import_id,"
            " theirs._source_row_number AS matched_record_number"
            " FROM ours JOIN theirs ON ours._hash = theirs._hash AND ours._kth = theirs._kth AND {same}"
        ).format(
            matches=MATCHES, stage=STAGE, table=self.table, held_hash=self._hash("held"),
            compared=identifiers(self.compared), held_compared=identifiers(self.compared, "held"),
            same=self._same("ours", "theirs"), join=self.order.join, limit=self.order.limit, order=self.order.by,
        )  # fmt: skip

    def insert_unmatched(self, import_id: UUID) -> int:
        """The rows that are new go into the table, in the order of the file; how many."""
        names = [*self.names, "_source_row_number", "_corrections_applied"]
        # Without a match the stage is read as it was written, and needs no sorting.
        among = sql.SQL(
            " WHERE NOT EXISTS (SELECT 1 FROM {} found WHERE found.record_number = _source_row_number)"
            " ORDER BY _source_row_number"
        ).format(MATCHES)
        statement = sql.SQL("INSERT INTO {table} ({names}, _import_id) SELECT {names}, %s FROM {stage}{among}").format(
            table=self.table, names=identifiers(names), stage=STAGE, among=among if self.matched else sql.SQL("")
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [import_id])
            return cursor.rowcount

    def matches_between(self, first: int, last: int) -> list[Match]:
        """The matches of these records, in order."""
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "SELECT record_number, import_id, matched_record_number FROM {}"
                    " WHERE record_number BETWEEN %s AND %s ORDER BY record_number"
                ).format(MATCHES),
                [first, last],
            )
            return [Match(*row) for row in cursor.fetchall()]
