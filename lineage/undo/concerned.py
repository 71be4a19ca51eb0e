"""Find the rows and the records that a round has to judge: those that are concerned, and those that are equal to them.

A record is concerned if the row that it matched is, or if its compared values are those of a concerned row. Only hashes
of the values are looked up; equality is for the judgement. docs/undo.md has the algorithm.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import pyarrow as pa
from psycopg import sql

from imports.column_types.wire import constant
from imports.conversion.convert import TypedBatch
from imports.mapping.request import OnMatch
from imports.table_description import TableColumn
from imports.tables.cell_changes import CellChanges, Writes
from imports.tables.rows import copy_in, copy_statement, identifiers, row_fields
from lineage.undo.copied_states import fill_states, listed_states
from lineage.undo.equal_rows import FEW_GROUPS, EqualRows
from lineage.undo.pending_duplicates import kept_duplicates
from lineage.undo.replay_tables import PENDING, VALUES, listed, uuids, values_of_image
from lineage.undo.rounds import Comparison, JudgedImport


class Concerned:
    """The concerned rows and records of one round."""

    def __init__(self, equal_rows: EqualRows, *, undone: UUID | None = None, repaired: bool = False) -> None:
        """equal_rows: of the round. undone: the import whose rows will be removed.

        repaired: whether records of the round itself change: then others of its file are concerned by them too.
        """
        self.equal_rows = equal_rows
        self.tables = equal_rows.tables
        self.number = equal_rows.number
        self.round = equal_rows.round
        self.states = equal_rows.states
        self.undone = undone
        self.repaired = repaired
        self._rows_done = self._records_done = 0
        self._run("DROP TABLE IF EXISTS {groups}")
        self._run("CREATE TEMPORARY TABLE {groups} (hash bigint) ON COMMIT DROP")
        self._run("DROP TABLE IF EXISTS {former_values}")
        self._run("TRUNCATE {records}, {values}, {pending}")
        if undone:
            self._add_duplicates_of(undone)
        self.add_pending()

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

    def add_pending(self) -> bool:
        """Make the records pending that matched a row which was found last. Return whether there are any."""
        targets = self.tables.formatted(
            "(SELECT row, id, import_id, record_number, fixed FROM {rows} WHERE row > {rows_done}"
            " UNION ALL SELECT NULL, id, import_id, record_number, FALSE FROM {records}"
            " WHERE record > {records_done} AND (id IS NOT NULL OR {repaired})) target",
            rows_done=sql.Literal(self._rows_done), records_done=sql.Literal(self._records_done),
            repaired=sql.Literal(self.repaired),
        )  # fmt: skip
        number = self._last_row() - self._rows_done + self._last_record() - self._records_done
        self._rows_done, self._records_done = self._last_row(), self._last_record()
        if not number:
            return False
        found = self._add_duplicates(targets, number)
        if any(one.on_match.changes_rows for one in self.round.imports):
            found += self._add_updates(targets, number)
        return found > 0

    def _add_duplicates(self, targets: sql.Composable, number: int) -> int:
        """Make their kept duplicates pending, but those of the undone import's rows, which are it already.

        Of an import that updates, repeats in the file are what they are, unless records of it change.
        """
        same_number = sql.SQL("matched_record_number = target.record_number")
        no_number = sql.SQL("matched_record_number IS NULL AND target.record_number IS NULL")  # own code's rows
        return sum(
            self._run_for(
                number,
                "INSERT INTO {pending} SELECT DISTINCT ON (kept.import_id, kept.record_number)"
                "  kept.import_id, kept.record_number, {duplicate}, target.row"
                " FROM {targets} JOIN {kept} ON kept.matched_import_id = target.import_id AND kept.{condition}"
                " WHERE kept.fate = {duplicate} AND target.import_id IS DISTINCT FROM {undone}::uuid AND {is_new}"
                "  AND (kept.import_id <> kept.matched_import_id OR kept.import_id <> ALL({changing}) OR {repaired})",
                targets=targets,
                kept=self._of_round(
                    number, "imports_kept_record", "kept",
                    "fate = {duplicate} AND matched_import_id = target.import_id AND {same}", same=condition,
                ),
                condition=condition, is_new=self._is_new("kept"), undone=sql.Literal(self.undone),
                repaired=sql.Literal(self.repaired),
                changing=uuids([one.import_id for one in self.round.imports if one.on_match.changes_rows]),
            )
            for condition in (same_number, no_number)
        )  # fmt: skip

    def _add_updates(self, targets: sql.Composable, number: int) -> int:
        return self._run_for(
            number,
            "INSERT INTO {pending} SELECT DISTINCT ON (change.import_id, change.record_number)"
            "  change.import_id, change.record_number, {updated}, target.row"
            " FROM {targets} JOIN {changes} ON change.row_id = target.id"
            " WHERE change.table_name = {table_name} AND NOT target.fixed AND {is_new}"
            " ORDER BY change.import_id, change.record_number, target.row",
            targets=targets,
            changes=self._of_round(
                number, "imports_row_update", "change", "table_name = {table_name} AND row_id = target.id"
            ),
            is_new=self._is_new("change"),
        )  # fmt: skip

    def _of_round(self, number: int, table: str, alias: str, condition: str, **pieces: sql.Composable) -> sql.Composed:
        """Return the records of a table that are of this round's imports.

        Of few targets they are looked up one by one, by the condition; of many those of the round are read.
        """
        if number > FEW_GROUPS:
            return self.tables.formatted(
                "{table_of_records} {alias}", table_of_records=sql.Identifier(table), alias=sql.Identifier(alias)
            )  # fmt: skip
        looked_up = self.tables.formatted(condition, **pieces)
        return self.tables.formatted(
            "LATERAL (SELECT * FROM {table_of_records} WHERE {looked_up} OFFSET 0) {alias}",
            table_of_records=sql.Identifier(table), alias=sql.Identifier(alias), looked_up=looked_up,
        )  # fmt: skip

    def _run_for(self, number: int, statement: str, **pieces: sql.Composable) -> int:
        """Run a statement for so many targets. Without statistics of the records the planner may choose badly."""
        if number <= FEW_GROUPS:
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
            imports=uuids([one.import_id for one in self.round.imports]),
        )

    # --- their values

    def pending_duplicates(self) -> Iterator[tuple[UUID, list[int], str]]:
        """Yield the pending duplicates that were not repaired by import, as `typed_duplicates` takes them."""
        self._run("ANALYZE {pending}")
        yield from kept_duplicates(PENDING)

    def repaired_duplicates(self) -> list[UUID]:
        """Return the imports of pending duplicates that were repaired."""
        return [
            one
            for (one,) in self.tables.fetch(
                "SELECT DISTINCT import_id FROM {pending} JOIN imports_repaired_record"
                " USING (import_id, record_number) WHERE former = {duplicate}"
            )
        ]

    def add_values_of_repaired(self, import_id: UUID, columns: Sequence[TableColumn]) -> None:
        """Add the values of an import's pending duplicates that were repaired. columns: that it fills."""
        self._run(
            "INSERT INTO {values} ({names} _import_id, _source_row_number, _corrections_applied)"
            " SELECT {texts} repaired.import_id, repaired.record_number, repaired.corrections"
            " FROM {pending} pending JOIN imports_repaired_record repaired USING (import_id, record_number)"
            " WHERE pending.import_id = {import_id} AND pending.former = {duplicate}",
            names=listed([column.name for column in columns]), texts=values_of_image(columns, "repaired"),
            import_id=sql.Literal(import_id),
        )  # fmt: skip

    def add_values(self, import_id: UUID, columns: Sequence[TableColumn], rows: TypedBatch) -> None:
        """Add the values of records that were typed again."""
        names = [column.name for column in columns] + ["_source_row_number", "_corrections_applied", "_import_id"]
        copy_in(copy_statement(VALUES, names), [*row_fields(columns, rows), constant(import_id.bytes)])
        self._add_unread(import_id, rows.unread_cells)

    def _add_unread(self, import_id: UUID, unread: Mapping[str, pa.Array]) -> None:
        """Note cells that could not be read, as RECORDS take them from where an import's own are."""
        pairs = [(number, name) for name, numbers in unread.items() for number in numbers.to_pylist()]
        if pairs:
            numbers, names = zip(*pairs, strict=True)
            self._run(
                "INSERT INTO imports_unread_cell (import_id, record_number, columns)"
                " SELECT {import_id}, number, array_agg(name) FROM unnest(%s::int[], %s::text[]) unread (number, name)"
                " GROUP BY number ON CONFLICT (import_id, record_number) DO NOTHING",
                list(numbers), list(names), import_id=sql.Literal(import_id),
            )  # fmt: skip

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
        if one.on_match.changes_rows:
            self.separate_repeats(one, filled)

    def separate_repeats(self, one: JudgedImport, filled: Sequence[str]) -> None:
        """Decide that records which repeat another of their file are duplicates of it. filled: as above."""
        changes = CellChanges(
            filled, Writes.NOTHING, record="record", row="participant", unread=sql.SQL("numbered.unread")
        )
        self._run("DROP TABLE IF EXISTS {repeats}")
        self._run(
            "CREATE TEMPORARY TABLE {repeats} ON COMMIT DROP AS"
            " SELECT numbered.*, {differing} AS differs FROM ("
            "  SELECT records.record_number AS number, records.former, records.id, records.unread,"
            "   first_value(records.record_number)"
            "   OVER (PARTITION BY {hash}, {key} ORDER BY records.record_number {direction}) AS participant"
            "  FROM {records} records JOIN {values} record ON record._source_row_number = records.record_number"
            "  WHERE records.compared AND {has_key}) numbered"
            "  JOIN {values} record ON record._source_row_number = number"
            "  JOIN {values} participant ON participant._source_row_number = numbered.participant"
            "  WHERE number <> numbered.participant",
            differing=changes.differing(),
            hash=self.equal_rows.hash("record"), key=identifiers(self.comparison.columns, "record"),
            direction=sql.SQL("DESC" if one.on_match == OnMatch.UPDATE else "ASC"),
            has_key=self.equal_rows.has_key("record"),
        )  # fmt: skip
        self._run("DELETE FROM {records} records USING {repeats} repeats WHERE records.record_number = repeats.number")
        self._run("DELETE FROM {values} record USING {repeats} repeats WHERE _source_row_number = repeats.number")
        self._run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, gone)"
            " SELECT id, {import_id}, number, {order}, TRUE FROM {repeats} WHERE id IS NOT NULL",
            import_id=sql.Literal(one.import_id), order=sql.Literal(one.order),
        )  # fmt: skip
        self._run(
            "INSERT INTO {outcomes} (import_id, record_number, former, outcome, matched_import_id,"
            "  matched_record_number, differs)"
            " SELECT {import_id}, number, former, {duplicate}, {import_id}, participant, coalesce(differs, '{{}}')"
            " FROM {repeats}",
            import_id=sql.Literal(one.import_id),
        )

    def pending_updates(self) -> list[UUID]:
        """Return the imports of pending updates."""
        return [
            one for (one,) in self.tables.fetch("SELECT DISTINCT import_id FROM {pending} WHERE former = {updated}")
        ]

    def add_values_of_updates(self, import_id: UUID, columns: Sequence[TableColumn]) -> None:
        """Add the values of an import's records that updated rows. columns: that it fills."""
        self._run(
            "INSERT INTO {values} ({names} _import_id, _source_row_number, _corrections_applied)"
            " SELECT {texts} change.import_id, change.record_number, change.record_corrections"
            " FROM {pending} pending JOIN imports_row_update change USING (import_id, record_number)"
            " WHERE pending.import_id = {import_id} AND pending.former = {updated}",
            names=listed([column.name for column in columns]), texts=values_of_image(columns, "change"),
            import_id=sql.Literal(import_id),
        )  # fmt: skip

    # --- what is equal to them

    def find_equal(self) -> bool:
        """Find all rows and records that are equal to concerned ones; return whether more records are pending."""
        self._add_records()
        self._run("DROP TABLE IF EXISTS {new_groups}, {found}")
        groups = self._run(
            "CREATE TEMPORARY TABLE {new_groups} ON COMMIT DROP AS"
            " SELECT hash FROM ({of_records} UNION {of_rows}{of_former}) known (hash) EXCEPT SELECT hash FROM {groups}",
            of_records=self._hashes_of_records(), of_rows=self._hashes_of_rows(), of_former=self._hashes_of_former(),
        )  # fmt: skip
        if not groups:
            return self.repaired and self.add_pending()
        self._run("INSERT INTO {groups} SELECT hash FROM {new_groups}")
        self._run("ANALYZE {new_groups}")
        self.equal_rows.find(groups)
        self._add_found()
        return self.add_pending()

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
        if not self.repaired:  # where records of the file itself change, others may repeat each of these
            self._records_done = self._last_record()
        self.tables.analyze("records", "values")

    def _hashes_of_records(self) -> sql.Composed:
        return self.tables.formatted(
            "SELECT {hash} FROM {values} held JOIN {records} records"
            " ON records.import_id = held._import_id AND records.record_number = held._source_row_number"
            " WHERE records.compared AND {has_key}",
            hash=self.equal_rows.hash("held"),
            has_key=self.equal_rows.has_key("held"),
        )

    def _hashes_of_rows(self) -> sql.Composed:
        return self.tables.formatted(
            "SELECT {hash} FROM {states} held JOIN {rows} rows ON rows.row = held._row"
            " WHERE NOT rows.gone AND {has_key}",
            hash=self.equal_rows.hash("held"),
            has_key=self.equal_rows.has_key("held"),
        )

    def _hashes_of_former(self) -> sql.Composable:
        """Return those of the values that repaired records had before."""
        if not self.repaired:
            return sql.SQL("")
        return self.tables.formatted(
            " UNION SELECT {hash} FROM {former_values} held WHERE {has_key}",
            hash=self.equal_rows.hash("held"), has_key=self.equal_rows.has_key("held"),
        )  # fmt: skip

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

    def _last_row(self) -> int:
        return self.tables.last("rows", "row")

    def _last_record(self) -> int:
        return self.tables.last("records", "record")

    def _run(self, statement: str, *values: object, **pieces: sql.Composable) -> int:
        if "{round}" in statement:
            pieces = {"round": sql.Literal(self.number), **pieces}
        return self.tables.run(statement, *values, **pieces)
