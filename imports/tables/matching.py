"""Find for staged rows the rows of the table that they match, and what they would change there: in SQL, by sets."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from psycopg import sql

from imports.tables.cell_changes import CellChanges, Writes
from imports.tables.row_order import RowOrder
from imports.tables.rows import has_key, identifiers, record_hash

# No data table's name begins with _.
STAGE = sql.Identifier("pg_temp", "_atlas_stage")
#: record_number; import_id and matched_record_number of the record that it repeats; row_id, NULL where that is of the
#: file itself; the cells that it writes and the others that differ, NULL where there are none; whether several rows
#: have its key.
MATCHES = sql.Identifier("pg_temp", "_atlas_matches")
REPEATS = sql.Identifier("pg_temp", "_atlas_repeats")  # records whose key another record of the file stands for
UNREAD_KEYS = sql.Identifier("pg_temp", "_atlas_unread_keys")
UNREAD_CELLS = sql.Identifier("pg_temp", "_atlas_unread_cells")  # record_number, columns: only records that have some

_NOTHING, _FALSE = sql.SQL(""), sql.SQL("FALSE")


@dataclass(frozen=True)
class Matching:
    """The statements by which the rows of a stage are matched with those of a table."""

    table: sql.Composable
    key: Sequence[str]  # empty: rows are compared whole
    compared: Sequence[str]
    new: Collection[str]  # columns that the table does not have yet: NULL there
    order: RowOrder
    changes: CellChanges
    empty_keys_match: bool
    has_unread_keys: bool  # whether UNREAD_KEYS is there

    @property
    def hashed(self) -> list[str]:
        return [name for name in self.compared if name not in self.new]

    # --- by a key

    def create_repeats(self) -> sql.Composed:
        """Find the records that repeat another of the file: the first of each key, or the last where it changes rows.

        Under `skip` records whose key was not read stand for others, as their rows do for the records of later files.
        """
        return self._query(
            "CREATE TEMPORARY TABLE {repeats} ON COMMIT DROP AS "
            "WITH twins AS ("
            " SELECT _source_row_number AS record_number,"
            "  first_value(_source_row_number) OVER same_key AS participant"
            " FROM {stage} staged WHERE {has_key} AND {takes_part} AND _hash IN"
            "  (SELECT _hash FROM {stage} staged WHERE {has_key} GROUP BY _hash HAVING count(*) > 1)"
            " WINDOW same_key AS (PARTITION BY {compared} ORDER BY _source_row_number {direction})) "
            "SELECT * FROM twins WHERE record_number <> participant AND {twin_was_read}",
            takes_part=self._was_read("staged") if self._changes_rows else sql.SQL("TRUE"),
            direction=sql.SQL("DESC" if self.changes.writes == Writes.DIFFERENT else "ASC"),
            twin_was_read=self._was_read("twins"),
        )

    def match_by_key(self, *, has_repeats: bool, first: bool) -> sql.Composed:
        """Match each staged row that takes part with the rows of the table that have its key, or the first of them.

        Most keys are those of one row: then nothing has to be sorted to find the first.
        """
        condition = sql.SQL("{} AND {}").format(self._has_key(), self._was_read("staged"))
        if has_repeats and self._changes_rows:
            condition += sql.SQL(
                " AND NOT EXISTS (SELECT 1 FROM {} repeats WHERE repeats.record_number = staged._source_row_number)"
            ).format(REPEATS)
        rows = self._first_there(condition) if first else self._there(condition)
        return sql.SQL("CREATE TEMPORARY TABLE {} ON COMMIT DROP AS ").format(MATCHES) + rows

    def add_repeats(self, import_id: UUID) -> sql.Composed:
        """Match repeats with the record that stands for them. import_id: of the staged rows."""
        differing = replace(self.changes, writes=Writes.NOTHING, missing=(), row="participant").differing()
        return self._query(
            "INSERT INTO {matches} SELECT repeats.record_number, {import_id}, repeats.participant, NULL, NULL,"
            " {differing_records}, FALSE"
            " FROM {repeats} repeats JOIN {stage} staged ON staged._source_row_number = repeats.record_number"
            " JOIN {stage} participant ON participant._source_row_number = repeats.participant {unread_join}"
            " WHERE NOT EXISTS (SELECT 1 FROM {matches} matches WHERE matches.record_number = repeats.record_number)",
            import_id=sql.Literal(import_id),
            differing_records=differing,
        )

    # --- as whole rows

    def match_as_multiset(self) -> sql.Composed:
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
            " SELECT held.*, repeated._hash, {origin_import} AS _origin_import, {origin_record} AS _origin_record,"
            " row_number() OVER (PARTITION BY repeated._hash, {held_compared} ORDER BY {order}) AS _kth"
            " FROM repeated JOIN {table} held ON {held_hash} = repeated._hash {join}"
            " WHERE held._import_id IS NOT NULL AND {limit}) "
            "SELECT * FROM there UNION ALL "
            "SELECT staged._source_row_number, held._origin_import, held._origin_record, held.id, NULL, NULL, FALSE"
            " FROM ours staged JOIN theirs held ON staged._hash = held._hash AND staged._kth = held._kth AND {same}",
            first_there=self._first_there(
                sql.SQL("NOT EXISTS (SELECT 1 FROM repeated WHERE repeated._hash = staged._hash)")
            ),
            held_compared=identifiers(self.hashed, "held"),
        )

    # --- pieces

    @property
    def _changes_rows(self) -> bool:
        return self.changes.writes != Writes.NOTHING

    def _first_there(self, condition: sql.Composable) -> sql.Composed:
        """Return the query for the first equal row of the table of each staged row that meets the condition."""
        several: sql.Composable = _FALSE
        if self._changes_rows:
            several = self._query(
                "coalesce(lead(staged._source_row_number) OVER (ORDER BY staged._source_row_number, {order})"
                " = staged._source_row_number, FALSE)"
            )
        there = self._there(condition, distinct=sql.SQL("DISTINCT ON (staged._source_row_number)"), several=several)
        return there + self._query(" ORDER BY staged._source_row_number, {order}")

    def _there(
        self,
        condition: sql.Composable,
        *,
        distinct: sql.Composable = _NOTHING,
        several: sql.Composable = _FALSE,
    ) -> sql.Composed:
        """Return the query for the equal rows of the table of each staged row that meets the condition."""
        return self._query(
            "SELECT {distinct} staged._source_row_number AS record_number,"
            " {origin_import} AS import_id, {origin_record} AS matched_record_number, held.id AS row_id,"
            " {written} AS written, {differing} AS differs, {several} AS several"
            " FROM {stage} staged JOIN {table} held ON {held_hash} = staged._hash AND {same} {join} {unread_join}"
            " WHERE held._import_id IS NOT NULL AND {limit} AND {condition}",
            distinct=distinct,
            several=several,
            written=self.changes.written(),
            differing=self.changes.differing(),
            condition=condition,
        )

    def _has_key(self) -> sql.Composable:
        """Return the condition that a staged row has a key: without one it repeats nothing."""
        return sql.SQL("TRUE") if self.empty_keys_match else has_key(self.key, "staged")

    def _was_read(self, alias: str) -> sql.Composable:
        """Return the condition that every cell of a record's key could be read: otherwise it repeats nothing."""
        if self.empty_keys_match or not self.has_unread_keys:
            return sql.SQL("TRUE")
        number = sql.Identifier(alias, "_source_row_number" if alias == "staged" else "record_number")
        return sql.SQL("NOT EXISTS (SELECT 1 FROM {} unread_key WHERE unread_key.record_number = {})").format(
            UNREAD_KEYS, number
        )

    def _same(self) -> sql.Composed:
        """Return the condition that a row of the table equals a staged one: its new columns will be NULL."""
        pairs = [
            sql.SQL("{} IS NOT DISTINCT FROM {}").format(
                sql.NULL if name in self.new else sql.Identifier("held", name), sql.Identifier("staged", name)
            )
            for name in self.compared
        ]
        return sql.SQL(" AND ").join(pairs)

    def _unread_join(self) -> sql.Composable:
        if self.changes.unread is None:
            return sql.SQL("")
        return sql.SQL("LEFT JOIN {} unread ON unread.record_number = staged._source_row_number").format(UNREAD_CELLS)

    def _query(self, statement: str, **pieces: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(
            matches=MATCHES, stage=STAGE, repeats=REPEATS, table=self.table,
            held_hash=record_hash(self.hashed, "held"), same=self._same(), compared=identifiers(self.compared),
            has_key=self._has_key() if self.key else sql.SQL("TRUE"), unread_join=self._unread_join(),
            origin_import=self.order.origin.import_id, origin_record=self.order.origin.record_number,
            join=self.order.join, limit=self.order.limit, order=self.order.by, **pieces,
        )  # fmt: skip
