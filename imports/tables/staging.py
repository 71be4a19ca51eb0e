"""Stage rows in a temporary table and find duplicates there before they are inserted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.locks import try_to_hold_table
from imports.locks.relations import NO_WRITES
from imports.table_description import TableColumn
from imports.tables.row_order import BY_ID, RowOrder
from imports.tables.rows import (
    Match,
    StagedRows,
    copy_in,
    copy_statement,
    has_key,
    identifiers,
    key_index,
    record_hash,
    row_fields,
)
from imports.tables.temporary_tables import create_temporary_copy

# No data table's name begins with _.
STAGE = sql.Identifier("pg_temp", "_atlas_stage")
MATCHES = sql.Identifier("pg_temp", "_atlas_matches")
UNREAD = sql.Identifier("pg_temp", "_atlas_unread_keys")

#: Columns of a key index: PostgreSQL 15 to 17 cannot store the expression of many more. Wider keys need a scan of the
#: table.
MAX_INDEXED = 300


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
        order: RowOrder = BY_ID,
        *,
        empty_keys_match: bool = False,
        new_columns: Sequence[TableColumn] = (),
    ) -> None:
        """key: the columns that identify a row; empty: whole rows are compared, and equal rows are counted.

        whole_row: the columns in which whole rows are compared.
        order: of the existing rows. empty_keys_match: whether records without a key, or with one that could not be
        read, are compared too, as earlier versions did.

        new_columns: those that the table has at `insert_unmatched`, but not before.
        """
        self.order = order
        self.table = sql.Identifier("public", table)
        self.table_name = table
        self.columns = columns
        self.names = [column.name for column in columns]
        self.key = tuple(key)
        self.compared = self.key or tuple(whole_row)
        self.new = {column.name for column in new_columns}
        self.hashed = [name for name in self.compared if name not in self.new]
        self.empty_keys_match = empty_keys_match
        self.unread_keys: list[int] = []  # numbers of the staged records whose key could not be read
        self.matched = 0
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
        names = [*self.names, "_source_row_number", "_corrections_applied"]
        copy_in(copy_statement(STAGE, names), row_fields(self.columns, rows))

    def match(self, import_id: UUID, *, indexed: bool) -> int:
        """Find the duplicates among the staged rows; return how many.

        import_id: of the staged rows. indexed: whether to create an index on the table.
        """
        if indexed and 0 < len(self.hashed) <= MAX_INDEXED:
            self._index_table()
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute(sql.SQL("ANALYZE {}").format(STAGE))
            self._create_unread_keys(cursor)
            cursor.execute(self._match_by_key(import_id) if self.key else self._match_as_multiset())
            cursor.execute(sql.SQL("CREATE INDEX ON {} (record_number)").format(MATCHES))
            cursor.execute(sql.SQL("ANALYZE {}").format(MATCHES))
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(MATCHES))
            self.matched = int(cursor.fetchone()[0])
        return self.matched

    def _create_unread_keys(self, cursor: Any) -> None:
        if not self.unread_keys:
            return
        statement = "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT unnest(%s::int[]) AS record_number"
        cursor.execute(sql.SQL(statement).format(UNREAD), [self.unread_keys])
        cursor.execute(sql.SQL("ANALYZE {}").format(UNREAD))

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

    def _same(self) -> sql.Composed:
        """Return the condition that a row of the table equals a staged one: its new columns will be NULL."""
        pairs = [
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(
                sql.NULL if name in self.new else sql.Identifier("held", name), sql.Identifier("staged", name)
            )
            for name in self.compared
        ]
        return sql.SQL(" AND ").join(pairs)

    def _match_by_key(self, import_id: UUID) -> sql.Composed:
        """Match a staged row if the table, or an earlier row of the file, has the same key."""
        return self._query(
            "CREATE TEMPORARY TABLE {matches} ON COMMIT DROP AS "
            "WITH there AS ({first_there}),"
            "twins AS ("
            " SELECT _source_row_number AS record_number,"
            "  first_value(_source_row_number) OVER same_key AS first_record"
            " FROM {stage} staged WHERE {has_key} AND _hash IN"
            "  (SELECT _hash FROM {stage} staged WHERE {has_key} GROUP BY _hash HAVING count(*) > 1)"
            " WINDOW same_key AS (PARTITION BY {compared} ORDER BY _source_row_number)) "
            "SELECT * FROM there UNION ALL "
            "SELECT record_number, {import_id}, first_record FROM twins"
            " WHERE record_number <> first_record AND {twin_was_read}"
            " AND NOT EXISTS (SELECT 1 FROM there WHERE there.record_number = twins.record_number)",
            first_there=self._first_there(sql.SQL("{} AND {}").format(self._has_key(), self._was_read("staged"))),
            import_id=sql.Literal(import_id),
            has_key=self._has_key(),
            twin_was_read=self._was_read("twins"),
        )

    def _has_key(self) -> sql.Composable:
        """Return the condition that a staged row has a key: without one it repeats nothing."""
        return sql.SQL("TRUE") if self.empty_keys_match else has_key(self.key, "staged")

    def _was_read(self, alias: str) -> sql.Composable:
        """Return the condition that every cell of a record's key could be read: otherwise it repeats nothing."""
        if self.empty_keys_match or not self.unread_keys:
            return sql.SQL("TRUE")
        number = sql.Identifier(alias, "_source_row_number" if alias == "staged" else "record_number")
        return sql.SQL("NOT EXISTS (SELECT 1 FROM {} unread WHERE unread.record_number = {})").format(UNREAD, number)

    def _match_as_multiset(self) -> sql.Composed:
        """Match the k-th of equal rows of the file with the k-th of the table.

        A row that the file does not repeat matches the first one: most rows need no sorting by all their values.
        """
        return self._query(
            "CREATE TEMPORARY TABLE {matches} ON COMMIT DROP AS "
            "WITH repeated AS MATERIALIZED (SELECT _hash FROM {stage} GROUP BY _hash HAVING count(*) > 1),"
            "there AS ({first_there}),"
            "ours AS ("
            " SELECT staged.*, row_number() OVER (PARTITION BY _hash, {compared} ORDER BY _source_row_number) AS _kth"
            " FROM {stage} staged JOIN repeated USING (_hash)),"
            "theirs AS ("
            " SELECT held.*, repeated._hash,"
            " row_number() OVER (PARTITION BY repeated._hash, {held_compared} ORDER BY {order}) AS _kth"
            " FROM repeated JOIN {table} held ON {held_hash} = repeated._hash {join}"
            " WHERE held._import_id IS NOT NULL AND {limit}) "
            "SELECT * FROM there UNION ALL "
            "SELECT staged._source_row_number, held._import_id, held._source_row_number"
            " FROM ours staged JOIN theirs held ON staged._hash = held._hash AND staged._kth = held._kth AND {same}",
            first_there=self._first_there(
                sql.SQL("NOT EXISTS (SELECT 1 FROM repeated WHERE repeated._hash = staged._hash)")
            ),
            held_compared=identifiers(self.hashed, "held"),
        )

    def _first_there(self, condition: sql.Composable) -> sql.Composed:
        """Return the query for the first equal row of the table of each staged row that meets the condition."""
        return self._query(
            "SELECT DISTINCT ON (staged._source_row_number) staged._source_row_number AS record_number,"
            " held._import_id AS import_id, held._source_row_number AS matched_record_number"
            " FROM {stage} staged JOIN {table} held ON {held_hash} = staged._hash AND {same} {join}"
            " WHERE held._import_id IS NOT NULL AND {limit} AND {condition}"
            " ORDER BY staged._source_row_number, {order}",
            condition=condition,
        )

    def _query(self, statement: str, **pieces: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(
            matches=MATCHES, stage=STAGE, table=self.table, held_hash=self._hash("held"),
            same=self._same(), compared=identifiers(self.compared),
            join=self.order.join, limit=self.order.limit, order=self.order.by, **pieces,
        )  # fmt: skip

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
            unmatched=unmatched if self.matched else sql.SQL(""),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, [import_id])
            return cursor.rowcount

    def matches_between(self, first: int, last: int) -> list[Match]:
        """Return the matches of the records from first to last, in order."""
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(
                    "SELECT record_number, import_id, matched_record_number FROM {}"
                    " WHERE record_number BETWEEN %s AND %s ORDER BY record_number"
                ).format(MATCHES),
                [first, last],
            )
            return [Match(*row) for row in cursor.fetchall()]
