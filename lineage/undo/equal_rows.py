"""Find the rows of the table whose compared values a concerned row or record has, as they were at a round.

Only hashes of the values are looked up, by the index of the key where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from psycopg import sql

from imports.table_description import TableColumn
from imports.tables.origins import Origin
from imports.tables.rows import has_key, key_index, record_hash
from imports.tables.states import States
from lineage.undo.replay_tables import ReplayTables, uuids
from lineage.undo.rounds import Round

FEW_GROUPS = 10_000  # that are looked up in an index, one by one


class EqualRows:
    """The comparison of one round, and the rows of the table that may be equal by it."""

    def __init__(
        self, tables: ReplayTables, number: int, current: Round, states: States, origin: Origin,
        *, updating: Sequence[UUID] = (),
    ) -> None:  # fmt: skip
        """number: of the round. states: of rows at its beginning. origin: of rows.

        updating: later imports that changed a compared column.
        """
        self.tables = tables
        self.number = number
        self.round = current
        self.comparison = current.comparison
        self.states = states
        self.origin = origin
        self.updating = list(updating)

    def hash(self, prefix: str) -> sql.Composed:
        """Return the hash by which the table is indexed: without columns that it does not have yet."""
        return record_hash(self._hashed, prefix)

    @property
    def _hashed(self) -> list[str]:
        return [name for name in self.comparison.columns if name not in self.tables.new]

    def has_key(self, prefix: str) -> sql.Composable:
        """Return the condition that a row is compared at all."""
        return self._has_key(self.comparison.columns, prefix)

    def _held_has_key(self) -> sql.Composable:
        """Return the condition for a row of the table, where columns that it does not have yet are NULL."""
        return self._has_key(self._hashed, "held")

    def _has_key(self, columns: Sequence[str], prefix: str) -> sql.Composable:
        if self.comparison.multiset or self.comparison.empty_keys_match:
            return sql.SQL("TRUE")
        return has_key(columns, prefix) if columns else sql.SQL("FALSE")

    def find(self, groups: int) -> None:
        """Find the rows of the table, as they were at the round, with a value that is compared."""
        self._run("DROP TABLE IF EXISTS {candidates}")
        with self._by_index(groups):
            self._run(
                "CREATE TEMPORARY TABLE {candidates} ON COMMIT DROP AS"
                " SELECT held.id FROM {new_groups} groups JOIN {table} held ON {hash} = groups.hash"
                " WHERE held._import_id IS NOT NULL",
                hash=self.hash("held"),
            )
        if self._looks_back:
            self._add_earlier_candidates()
        self._run("ANALYZE {candidates}")
        self._run(
            "CREATE TEMPORARY TABLE {found} ON COMMIT DROP AS SELECT held.id, {import_id} AS import_id,"
            " {record_number} AS record_number, coalesce(orders.import_order, 0) AS import_order,"
            " {is_fixed} AS fixed, {is_judged} AS judged"
            " FROM (SELECT DISTINCT id FROM {candidates} candidate"
            "  WHERE NOT EXISTS (SELECT 1 FROM {rows} known WHERE known.id = candidate.id)"
            "  AND NOT EXISTS (SELECT 1 FROM {records} known WHERE known.id = candidate.id)) candidate"
            " JOIN {table} held ON held.id = candidate.id"
            " {origin} {joins} LEFT JOIN {orders} orders ON orders.import_id = {import_id}"
            " WHERE held._import_id IS NOT NULL AND coalesce(orders.import_order, 0) <= {last} AND {is_equal}",
            import_id=self.origin.import_id, record_number=self.origin.record_number, origin=self.origin.join,
            joins=self.states.joins, is_fixed=self.states.is_fixed, is_judged=self._is_judged(),
            last=sql.Literal(self.round.last), is_equal=self._is_equal(),
        )  # fmt: skip
        self._run("ANALYZE {found}")

    @property
    def _looks_back(self) -> bool:
        """Whether rows may have had other compared values than they have now."""
        return bool(self.updating) or self.states.edited

    def _add_earlier_candidates(self) -> None:
        """Add the rows of which the compared values may have been others at the round, or as imports made them."""
        self._run(
            "INSERT INTO {candidates}"
            " SELECT row_id FROM imports_row_update WHERE table_name = {table_name} AND row_id IS NOT NULL"
            "  AND import_id = ANY({updating}) AND columns && {compared_names}"
            " UNION SELECT row_id FROM imports_hand_change WHERE table_name = {table_name} AND NOT deleted",
            updating=uuids(self.updating),
            compared_names=sql.SQL("{}::text[]").format(sql.Literal(list(self.comparison.columns))),
        )  # fmt: skip

    def _is_equal(self) -> sql.Composable:
        """Return the condition that a candidate had a compared value at the round."""
        if not self._looks_back:
            return self._held_has_key()
        values = [self.states.value(column) for column in self._compared if column.name not in self.tables.new]
        has_key: sql.Composable = sql.SQL("TRUE")
        if not (self.comparison.multiset or self.comparison.empty_keys_match):
            conditions = [sql.SQL("{} IS NOT NULL").format(value) for value in values]
            has_key = sql.SQL(" OR ").join(conditions) if conditions else sql.SQL("FALSE")
        was_equal = self.tables.formatted(
            "{hash} IN (SELECT hash FROM {new_groups}) AND ({has_key})", hash=_hash_of(values), has_key=has_key
        )
        if not self.states.edited:
            return was_equal
        # What was changed manually may have become equal: that it is matched needs a choice.
        return self.tables.formatted(
            "({was_equal} OR edited.row_id IS NOT NULL AND {hash} IN (SELECT hash FROM {new_groups}) AND {has_key})",
            was_equal=was_equal, hash=self.hash("held"), has_key=self._held_has_key(),
        )  # fmt: skip

    @property
    def _compared(self) -> list[TableColumn]:
        by_name = {column.name: column for column in self.tables.columns}
        return [by_name[name] for name in self.comparison.columns]

    def _is_judged(self) -> sql.Composed:
        """Return the condition that a row is a record of this round that is judged again.

        Not judged are rows that were inserted with SQL under such an import's id: their numbers are none of its
        records, or those of other records. Nor are records whose key could not be read.
        """
        return self.tables.formatted(
            "coalesce(orders.round = {round} AND {number} BETWEEN 1 AND orders.records, FALSE) AND NOT {is_fixed}"
            " AND NOT EXISTS (SELECT 1 FROM imports_kept_record other"
            "  WHERE other.import_id = {import_id} AND other.record_number = {number})"
            " AND NOT EXISTS (SELECT 1 FROM imports_row_update other"
            "  WHERE other.import_id = {import_id} AND other.record_number = {number})"
            " AND NOT {unread}",
            round=sql.Literal(self.number), number=self.origin.record_number, import_id=self.origin.import_id,
            is_fixed=self.states.is_fixed, unread=self._unread(),
        )  # fmt: skip

    def _unread(self) -> sql.Composable:
        """Return the condition that a cell of the key of a row's record could not be read."""
        if self.comparison.multiset or self.comparison.empty_keys_match:
            return sql.SQL("FALSE")
        return sql.SQL(
            "EXISTS (SELECT 1 FROM imports_unread_key unread WHERE unread.import_id = {import_id}"
            " AND unread.record_number = {number})"
        ).format(import_id=self.origin.import_id, number=self.origin.record_number)

    @contextmanager
    def _by_index(self, groups: int) -> Iterator[None]:
        """Look few groups up one by one: the planner may know nothing yet of the values of the index."""
        index = f"public.{key_index(self.tables.name, self._hashed)}"
        [(indexed,)] = self.tables.fetch("SELECT to_regclass(%s) IS NOT NULL", index)
        if groups <= FEW_GROUPS and indexed:
            self._run("SET LOCAL enable_hashjoin = off")
            self._run("SET LOCAL enable_mergejoin = off")
            yield
            self._run("SET LOCAL enable_hashjoin = on")
            self._run("SET LOCAL enable_mergejoin = on")
        else:
            yield

    def _run(self, statement: str, **pieces: sql.Composable) -> int:
        return self.tables.run(statement, **pieces)


def _hash_of(values: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL("hash_record_extended(ROW({}), 0)").format(sql.SQL(", ").join(values))
