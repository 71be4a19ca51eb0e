"""Find the rows and the records that a round has to judge: those that are concerned, and those that are equal to them.

A record is concerned if the row that it matched is, or if its compared values are those of a concerned row. Only hashes
of the values are looked up; equality is for the judgement. docs/undo.md has the algorithm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from uuid import UUID

import pyarrow as pa
from psycopg import sql

from imports.column_types.wire import constant
from imports.conversion.convert import TypedBatch
from imports.mapping.request import OnMatch
from imports.table_description import TableColumn
from imports.tables.cell_changes import CellChanges, Writes
from imports.tables.origins import Origin
from imports.tables.rows import copy_in, copy_statement, has_key, identifiers, key_index, record_hash, row_fields
from imports.tables.states import States
from lineage.undo.pending_duplicates import kept_duplicates
from lineage.undo.replay_tables import PENDING, TRACKING, VALUES, ReplayTables, listed
from lineage.undo.rounds import Comparison, JudgedImport, Round

FEW_GROUPS = 10_000  # that are looked up in an index, one by one


class Concerned:
    """The concerned rows and records of one round."""

    def __init__(
        self, tables: ReplayTables, number: int, current: Round, states: States, origin: Origin,
        *, undone: UUID | None = None, updating: Sequence[UUID] = (),
    ) -> None:  # fmt: skip
        """number: of the round. states: of rows at its beginning. origin: of rows.

        undone: the import whose rows will be removed. updating: later imports that changed a compared column.
        """
        self.tables = tables
        self.number = number
        self.round = current
        self.states = states
        self.origin = origin
        self.updating = list(updating)
        self._rows_done = self._records_done = 0
        self._run("DROP TABLE IF EXISTS {groups}")
        self._run("CREATE TEMPORARY TABLE {groups} (hash bigint) ON COMMIT DROP")
        self._run("TRUNCATE {records}, {values}, {pending}")
        if undone:
            self._add_duplicates_of(undone)
        self._add_pending()

    @property
    def comparison(self) -> Comparison:
        return self.round.comparison

    # --- pending records

    def _add_duplicates_of(self, undone: UUID) -> None:
        """Make the duplicates of the undone import's rows pending, also of those that were deleted manually."""
        self._run(
            "INSERT INTO {pending} SELECT kept.import_id, kept.record_number, {duplicate}, rows.row"
            " FROM imports_kept_record kept JOIN {orders} orders ON orders.import_id = kept.import_id"
            "  AND orders.round = {round}"
            " LEFT JOIN {rows} rows ON rows.import_id = kept.matched_import_id"
            "  AND rows.record_number = kept.matched_record_number"
            " WHERE kept.fate = {duplicate} AND kept.matched_import_id = {undone}",
            undone=sql.Literal(undone),
        )

    def _add_pending(self) -> bool:
        """Make the records pending that matched a row which was found last. Return whether there are any."""
        self._run("DROP TABLE IF EXISTS {targets}")
        targets = self._run(
            "CREATE TEMPORARY TABLE {targets} ON COMMIT DROP AS"
            " SELECT row, id, import_id, record_number, fixed FROM {rows} WHERE row > {rows_done}"
            " UNION ALL SELECT NULL, id, import_id, record_number, FALSE FROM {records}"
            " WHERE record > {records_done} AND id IS NOT NULL",
            rows_done=sql.Literal(self._rows_done),
            records_done=sql.Literal(self._records_done),
        )
        self._rows_done, self._records_done = self._last_row(), self._last_record()
        if not targets:
            return False
        self._run("ANALYZE {targets}")
        found = self._add_duplicates(targets)
        if any(one.on_match.changes_rows for one in self.round.imports):
            found += self._add_updates(targets)
        return found > 0

    def _add_duplicates(self, targets: int) -> int:
        """Make their kept duplicates pending. Of an import that updates, repeats in the file are what they are."""
        same_number = sql.SQL("matched_record_number = target.record_number")
        no_number = sql.SQL("matched_record_number IS NULL AND target.record_number IS NULL")  # own code's rows
        return sum(
            self._run_for(
                targets,
                "INSERT INTO {pending} SELECT DISTINCT ON (kept.import_id, kept.record_number)"
                "  kept.import_id, kept.record_number, {duplicate}, target.row"
                " FROM {targets} target JOIN {kept} ON kept.matched_import_id = target.import_id AND kept.{condition}"
                " WHERE kept.fate = {duplicate} AND {is_new}"
                "  AND (kept.import_id <> kept.matched_import_id OR kept.import_id <> ALL({changing}))",
                kept=self._of_round(
                    targets, "imports_kept_record", "kept",
                    "fate = {duplicate} AND matched_import_id = target.import_id AND {number}", number=condition,
                ),
                condition=condition, is_new=self._is_new("kept"),
                changing=_uuids([one.import_id for one in self.round.imports if one.on_match.changes_rows]),
            )
            for condition in (same_number, no_number)
        )  # fmt: skip

    def _add_updates(self, targets: int) -> int:
        return self._run_for(
            targets,
            "INSERT INTO {pending} SELECT DISTINCT ON (change.import_id, change.record_number)"
            "  change.import_id, change.record_number, {updated}, target.row"
            " FROM {targets} target JOIN {changes} ON change.row_id = target.id"
            " WHERE change.table_name = {table_name} AND NOT target.fixed AND {is_new}"
            " ORDER BY change.import_id, change.record_number, target.row",
            changes=self._of_round(
                targets, "imports_row_update", "change", "table_name = {table_name} AND row_id = target.id"
            ),
            is_new=self._is_new("change"),
        )  # fmt: skip

    def _of_round(self, targets: int, table: str, alias: str, condition: str, **pieces: sql.Composable) -> sql.Composed:
        """Return the records of a table that are of this round's imports.

        Of few targets they are looked up one by one, by the condition; of many those of the round are read.
        """
        if targets > FEW_GROUPS:
            return self.tables.formatted(
                "{table_of_records} {alias}", table_of_records=sql.Identifier(table), alias=sql.Identifier(alias)
            )  # fmt: skip
        looked_up = self.tables.formatted(condition, **pieces)
        return self.tables.formatted(
            "LATERAL (SELECT * FROM {table_of_records} WHERE {looked_up} OFFSET 0) {alias}",
            table_of_records=sql.Identifier(table), alias=sql.Identifier(alias), looked_up=looked_up,
        )  # fmt: skip

    def _run_for(self, targets: int, statement: str, **pieces: sql.Composable) -> int:
        """Run a statement for so many targets. Without statistics of the records the planner may choose badly."""
        if targets <= FEW_GROUPS:
            return self._run(statement, **pieces)
        self._run("SET LOCAL enable_nestloop = off")
        found = self._run(statement, **pieces)
        self._run("SET LOCAL enable_nestloop = on")
        return found

    def _is_new(self, alias: str) -> sql.Composed:
        """Return the condition that a record is of this round, and was not found yet."""
        return self.tables.formatted(
            "{alias}.import_id = ANY({imports})"
            " AND NOT EXISTS (SELECT 1 FROM {records} known WHERE known.import_id = {alias}.import_id"
            "  AND known.record_number = {alias}.record_number)"
            " AND NOT EXISTS (SELECT 1 FROM {pending} known WHERE known.import_id = {alias}.import_id"
            "  AND known.record_number = {alias}.record_number)",
            alias=sql.Identifier(alias),
            imports=_uuids([one.import_id for one in self.round.imports]),
        )

    # --- their values

    def pending_duplicates(self) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
        """Yield the pending duplicates by import, as `typed_duplicates` takes them."""
        self._run("ANALYZE {pending}")
        yield from kept_duplicates(PENDING)

    def add_values(self, import_id: UUID, columns: Sequence[TableColumn], rows: TypedBatch) -> None:
        """Add the values of records that were typed again."""
        names = [column.name for column in columns] + ["_source_row_number", "_corrections_applied", "_import_id"]
        copy_in(copy_statement(VALUES, names), [*row_fields(columns, rows), constant(import_id.bytes)])
        self._add_unread(import_id, rows.unread_cells)

    def _add_unread(self, import_id: UUID, unread: Mapping[str, pa.Array]) -> None:
        """Note cells that could not be read, as RECORDS take them from where an import's own are."""
        pairs = [(number, name) for name, numbers in unread.items() for number in numbers.to_pylist()]
        if pairs and self._changes_rows(import_id):
            numbers, names = zip(*pairs, strict=True)
            self._run(
                "INSERT INTO imports_unread_cell (import_id, record_number, columns)"
                " SELECT {import_id}, number, array_agg(name) FROM unnest(%s::int[], %s::text[]) unread (number, name)"
                " GROUP BY number ON CONFLICT (import_id, record_number) DO NOTHING",
                list(numbers), list(names), import_id=sql.Literal(import_id),
            )  # fmt: skip

    def _changes_rows(self, import_id: UUID) -> bool:
        return any(one.import_id == import_id and one.on_match.changes_rows for one in self.round.imports)

    def add_all_records(self, one: JudgedImport, filled: Sequence[str], unread: Sequence[int]) -> None:
        """Make records of all values that were added: those of an import that is redone.

        filled: the columns of the file without its key. unread: the numbers of records whose key could not be read.
        Of an import that changes rows only one record of a key takes part; the others are duplicates of it.
        """
        compares_all = self.comparison.multiset or self.comparison.empty_keys_match
        self._run(
            "INSERT INTO {records} (import_id, record_number, import_order, compared, unread)"
            " SELECT record._import_id, record._source_row_number, {order},"
            "  {compares_all} OR unread.number IS NULL, cells.columns"
            " FROM {values} record LEFT JOIN unnest(%s::int[]) unread (number)"
            "  ON unread.number = record._source_row_number"
            " LEFT JOIN imports_unread_cell cells ON cells.import_id = record._import_id"
            "  AND cells.record_number = record._source_row_number",
            list(unread), order=sql.Literal(one.order), compares_all=sql.Literal(compares_all),
        )  # fmt: skip
        self.tables.analyze("values")
        if not one.on_match.changes_rows:
            return
        changes = CellChanges(
            filled, Writes.NOTHING, record="record", row="participant", unread=sql.SQL("numbered.unread")
        )
        self._run(
            "WITH repeats AS MATERIALIZED ("
            " SELECT numbered.*, {differing} AS differs FROM ("
            "  SELECT records.record_number AS number, records.unread, first_value(records.record_number)"
            "   OVER (PARTITION BY {hash}, {key} ORDER BY records.record_number {direction}) AS participant"
            "  FROM {records} records JOIN {values} record ON record._source_row_number = records.record_number"
            "  WHERE records.compared AND {has_key}) numbered"
            "  JOIN {values} record ON record._source_row_number = number"
            "  JOIN {values} participant ON participant._source_row_number = numbered.participant"
            "  WHERE number <> numbered.participant),"
            " removed AS (DELETE FROM {records} records USING repeats WHERE records.record_number = repeats.number),"
            " gone AS (DELETE FROM {values} record USING repeats WHERE record._source_row_number = repeats.number)"
            " INSERT INTO {outcomes} (import_id, record_number, outcome, matched_import_id, matched_record_number,"
            "  differs) SELECT {import_id}, number, {duplicate}, {import_id}, participant, coalesce(differs, '{{}}')"
            " FROM repeats",
            differing=changes.differing(),
            hash=self.hash("record"), key=identifiers(self.comparison.columns, "record"),
            direction=sql.SQL("DESC" if one.on_match == OnMatch.UPDATE else "ASC"), has_key=self.has_key("record"),
            import_id=sql.Literal(one.import_id),
        )  # fmt: skip

    def pending_updates(self) -> list[UUID]:
        """Return the imports of pending updates."""
        return [
            one for (one,) in self.tables.fetch("SELECT DISTINCT import_id FROM {pending} WHERE former = {updated}")
        ]

    def add_values_of_updates(self, import_id: UUID, columns: Sequence[TableColumn]) -> None:
        """Add the values of an import's records that updated rows. columns: that it fills."""
        values = [
            sql.SQL("(change.record ->> {})::{}, ").format(sql.Literal(column.name), sql.SQL(column.sql_type))
            for column in columns
        ]
        self._run(
            "INSERT INTO {values} ({names} _import_id, _source_row_number, _corrections_applied)"
            " SELECT {texts} change.import_id, change.record_number, change.record_corrections"
            " FROM {pending} pending JOIN imports_row_update change USING (import_id, record_number)"
            " WHERE pending.import_id = {import_id} AND pending.former = {updated}",
            names=listed([column.name for column in columns]), texts=sql.SQL("").join(values),
            import_id=sql.Literal(import_id),
        )  # fmt: skip

    # --- what is equal to them

    def find_equal(self) -> bool:
        """Find all rows and records that are equal to concerned ones; return whether more records are pending."""
        self._add_records()
        self._run("DROP TABLE IF EXISTS {new_groups}, {found}")
        groups = self._run(
            "CREATE TEMPORARY TABLE {new_groups} ON COMMIT DROP AS"
            " SELECT hash FROM ({of_records} UNION {of_rows}) known (hash) EXCEPT SELECT hash FROM {groups}",
            of_records=self._hashes_of_records(),
            of_rows=self._hashes_of_rows(),
        )
        if not groups:
            return False
        self._run("INSERT INTO {groups} SELECT hash FROM {new_groups}")
        self._run("ANALYZE {new_groups}")
        self._find_rows(groups)
        self._add_found()
        return self._add_pending()

    def _add_records(self) -> None:
        """Make records of the pending ones."""
        self._run(
            "INSERT INTO {records} (import_id, record_number, import_order, former, old_row, compared, unread)"
            " SELECT pending.import_id, pending.record_number, orders.import_order, pending.former, pending.old_row,"
            "  TRUE, cells.columns"
            " FROM {pending} pending JOIN {orders} orders USING (import_id)"
            " LEFT JOIN imports_unread_cell cells USING (import_id, record_number)"
        )
        self._run("TRUNCATE {pending}")
        self._records_done = self._last_record()
        self.tables.analyze("records", "values")

    def _hashes_of_records(self) -> sql.Composed:
        return self.tables.formatted(
            "SELECT {hash} FROM {values} held JOIN {records} records"
            " ON records.import_id = held._import_id AND records.record_number = held._source_row_number"
            " WHERE records.compared AND {has_key}",
            hash=self.hash("held"),
            has_key=self.has_key("held"),
        )

    def _hashes_of_rows(self) -> sql.Composed:
        return self.tables.formatted(
            "SELECT {hash} FROM {states} held JOIN {rows} rows ON rows.row = held._row"
            " WHERE NOT rows.gone AND {has_key}",
            hash=self.hash("held"),
            has_key=self.has_key("held"),
        )

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

    def _find_rows(self, groups: int) -> None:
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
            updating=_uuids(self.updating),
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

    def _add_found(self) -> None:
        """Add the rows that were found: those that are records of this round are judged again."""
        rows_done, records_done = self._last_row(), self._last_record()
        self._run(
            "INSERT INTO {records} (import_id, record_number, import_order, former, id, unread)"
            " SELECT DISTINCT ON (found.import_id, found.record_number) found.import_id, found.record_number,"
            "  found.import_order, {inserted}, found.id, cells.columns"
            " FROM {found} found LEFT JOIN imports_unread_cell cells USING (import_id, record_number)"
            " WHERE found.judged AND NOT EXISTS (SELECT 1 FROM {records} known"
            "  WHERE known.import_id = found.import_id AND known.record_number = found.record_number)"
            " ORDER BY found.import_id, found.record_number, found.id"
        )
        self._run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, fixed)"
            " SELECT found.id, found.import_id, found.record_number, found.import_order, found.fixed FROM {found} found"
            " WHERE NOT EXISTS (SELECT 1 FROM {records} known WHERE known.id = found.id)"
            " ORDER BY found.import_order, found.record_number, found.id"
        )
        fill_states(self.tables, self.states, rows_done)
        self._run(
            "INSERT INTO {values} ({names} _import_id, _source_row_number, _corrections_applied)"
            " SELECT {state} records.import_id, records.record_number, {corrections}"
            " FROM {records} records JOIN {table} held ON held.id = records.id {joins}"
            " WHERE records.record > {records_done}",
            names=listed(self.tables.names), state=listed_states(self.tables, self.states),
            corrections=self.states.tracking()[-1], joins=self.states.joins, records_done=sql.Literal(records_done),
        )  # fmt: skip
        if self._last_row() > rows_done:
            self.tables.analyze("rows", "states")
        if self._last_record() > records_done:
            self.tables.analyze("records", "values")

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

    def _last_row(self) -> int:
        [(last,)] = self.tables.fetch("SELECT coalesce(max(row), 0) FROM {rows}")
        return int(last)

    def _last_record(self) -> int:
        [(last,)] = self.tables.fetch("SELECT coalesce(max(record), 0) FROM {records}")
        return int(last)

    def _run(self, statement: str, *values: object, **pieces: sql.Composable) -> int:
        if "{round}" in statement:
            pieces = {"round": sql.Literal(self.number), **pieces}
        return self.tables.run(statement, *values, **pieces)


def fill_states(tables: ReplayTables, states: States, rows_done: int) -> None:
    """Add the states of the concerned rows that were found last, of those that are in the table and not gone."""
    tables.run(
        "INSERT INTO {states} (_row, {names} {tracking})"
        " SELECT rows.row, {state} {of_tracking} FROM {rows} rows JOIN {table} held USING (id) {joins}"
        " WHERE rows.row > {rows_done} AND NOT rows.gone",
        names=listed(tables.names), tracking=identifiers(TRACKING), state=listed_states(tables, states),
        of_tracking=sql.SQL(", ").join(states.tracking()), joins=states.joins, rows_done=sql.Literal(rows_done),
    )  # fmt: skip


def listed_states(tables: ReplayTables, states: States) -> sql.Composable:
    """Return the states of the table's columns, each with a comma behind it."""
    parts = [
        sql.SQL("NULL::{}, ").format(sql.SQL(column.sql_type))
        if column.name in tables.new
        else states.value(column) + sql.SQL(", ")
        for column in tables.columns
    ]
    return sql.SQL("").join(parts)


def _hash_of(values: Sequence[sql.Composable]) -> sql.Composed:
    return sql.SQL("hash_record_extended(ROW({}), 0)").format(sql.SQL(", ").join(values))


def _uuids(ids: Sequence[UUID]) -> sql.Composed:
    return sql.SQL("{}::uuid[]").format(sql.Literal(list(ids)))
