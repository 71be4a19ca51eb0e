"""What an undo or a redo changes of the rows of a table, and of the records of later imports, before it is applied.

The rounds of later imports are judged one after the other, on copies of the concerned rows as they were at that place
in the order: first those that the undo or redo changes itself, then those that it leads to. Nothing of the table is
changed here. docs/undo.md has the algorithm and its cost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from psycopg import sql

from imports.table_description import TableColumn
from imports.tables import catalog
from imports.tables.constraints import has_own_constraints
from imports.tables.matches import Matches
from imports.tables.rows import identifiers
from lineage.undo.concerned import Concerned
from lineage.undo.copied_states import fill_states
from lineage.undo.decisions import Decisions
from lineage.undo.equal_rows import EqualRows
from lineage.undo.replay_tables import ReplayTables
from lineage.undo.rounds import Changes, Round
from lineage.undo.timeline import Timeline

WRITTEN = sql.Identifier("pg_temp", "_atlas_written")  # the concerned rows whose values in the table change


class Replay:
    """One replay, within one transaction. row_order.by_import has to be called before, for the table's imports.

    First what changes at once: `remove_rows`, or `add_rows`. Then each round: `concerned`, until it finds nothing more,
    and `decide` for each batch. Then `finish`, and what became of it can be asked for, and applied (outcome.py).
    """

    def __init__(self, timeline: Timeline, rounds: Sequence[Round], new: Sequence[TableColumn] = ()) -> None:
        """new: columns that the table gets later."""
        self.timeline = timeline
        self.rounds = rounds
        table = timeline.table
        existing = {column.name for column in table.columns}
        added = [column for column in new if column.name not in existing]
        own = [column for column in table.columns if column.name not in table.generated]
        self.tables = ReplayTables(table.name, [*own, *added], added)
        self.undone: UUID | None = None
        self._removed = 0  # rows of the undone import, where there are rounds
        # A removed row has the values that the database made for it, and its triggers have seen it: then a row that
        # replaces it is another one.
        made = catalog.columns_made_by_database(table.name) or has_own_constraints(table.name)
        # Without updates a row that replaces another differs from it at least in its import: then it is inserted.
        self._reuses_ids = not made and any(one.on_match.changes_rows for each in rounds for one in each.imports)

    # --- what changes at once

    def remove_rows(self, undone: UUID, order: int) -> None:
        """Remove the rows that an import inserted; give those that it updated the values that they had before."""
        self.undone = undone
        if self.rounds:
            self._add_removed(undone)
        self.tables.run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, fixed)"
            " SELECT held.id, {import_id}, {record_number}, coalesce(orders.import_order, 0), {is_fixed}"
            " FROM imports_row_update change JOIN {table} held ON held.id = change.row_id {origin} {joins}"
            " LEFT JOIN {orders} orders ON orders.import_id = {import_id}"
            " WHERE change.import_id = {undone} AND change.table_name = {table_name}",
            **self._pieces(None), undone=sql.Literal(undone),
        )  # fmt: skip
        self._fill_states(order)

    def _add_removed(self, undone: UUID) -> None:
        """Add the import's rows, also those that were deleted with SQL after other imports updated them."""
        [(self._removed,)] = self.tables.fetch(
            "WITH added AS (INSERT INTO {rows} (id, import_id, record_number, import_order, fixed, gone)"
            " SELECT held.id, {import_id}, {record_number}, orders.import_order, {is_fixed}, NOT {is_fixed}"
            " FROM {table} held {origin} {joins} JOIN {orders} orders ON orders.import_id = {import_id}"
            " WHERE {import_id} = {undone} RETURNING gone) SELECT count(*) FILTER (WHERE gone) FROM added",
            **self._pieces(None), undone=sql.Literal(undone),
        )  # fmt: skip
        self.tables.run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, gone, taken)"
            " SELECT origin.row_id, origin.import_id, origin.record_number, orders.import_order, TRUE, TRUE"
            " FROM imports_row_origin origin JOIN {orders} orders USING (import_id)"
            " WHERE origin.import_id = {undone} AND origin.table_name = {table_name}"
            "  AND NOT EXISTS (SELECT 1 FROM {table} held WHERE held.id = origin.row_id)",
            undone=sql.Literal(undone),
        )

    def add_rows(self, redone: UUID, order: int) -> None:
        """Add the rows that a redo has inserted already: nothing compared them with others."""
        self.tables.run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, fixed)"
            " SELECT held.id, held._import_id, held._source_row_number, {order}, {is_fixed}"
            " FROM {table} held {joins} WHERE held._import_id = {redone}",
            order=sql.Literal(order), redone=sql.Literal(redone), is_fixed=self._pieces(None)["is_fixed"],
            joins=self._pieces(None)["joins"],
        )  # fmt: skip
        self._fill_states(None)

    def _fill_states(self, place: int | None) -> None:
        fill_states(self.tables, self.timeline.states_at(place), 0)
        self.tables.analyze("rows", "states")

    def _pieces(self, place: int | None) -> dict[str, sql.Composable]:
        origin, states = self.timeline.origin, self.timeline.states_at(place)
        return {
            "import_id": origin.import_id, "record_number": origin.record_number, "origin": origin.join,
            "joins": states.joins, "is_fixed": states.is_fixed,
        }  # fmt: skip

    # --- the rounds

    def concerned(self, number: int, *, repaired: bool = False) -> Concerned:
        """Begin a round. repaired: whether records of it change."""
        current = self.rounds[number]
        equal_rows = EqualRows(
            self.tables, number, current, self.timeline.states_at(current.first), self.timeline.origin,
            updating=self.timeline.updating(current.comparison.columns, current.first),
        )  # fmt: skip
        return Concerned(equal_rows, undone=self.undone, repaired=repaired)

    def decisions(self, concerned: Concerned) -> Iterator[Decisions]:
        """Yield the batches of a round, each to be decided before the next."""
        found = {one for (one,) in self.tables.fetch("SELECT DISTINCT import_id FROM {records}")}
        for batch in concerned.round.batches(found):
            yield Decisions(concerned, batch, reuses_ids=self._reuses_ids)

    # --- what became of it

    def finish(self) -> None:
        """Find the concerned rows that have other values than in the table."""
        tracking = ("_import_id", "_source_row_number", "_corrections_applied")
        own = [name for name in self.tables.names if name not in self.tables.new]
        self.tables.analyze("rows", "states")
        if self.timeline.has_updates:
            self._remove_rows_of_deleted_imports()
        self.tables.run(
            "CREATE TEMPORARY TABLE {written} ON COMMIT DROP AS SELECT rows.row FROM {rows} rows"
            " JOIN {states} state ON state._row = rows.row JOIN {table} held ON held.id = rows.id"
            " WHERE NOT rows.gone AND NOT rows.fixed AND (ROW({held})::record *<> ROW({state})::record {filled})",
            written=WRITTEN, held=identifiers([*own, *tracking], "held"),
            state=identifiers([*own, *tracking], "state"),
            filled=sql.SQL("").join(
                sql.SQL(" OR {} IS NOT NULL").format(sql.Identifier("state", name)) for name in self.tables.new
            ),
        )  # fmt: skip
        self.tables.run("ANALYZE {written}", written=WRITTEN)
        self.tables.analyze("outcomes")

    def _remove_rows_of_deleted_imports(self) -> None:
        """Remove rows that have a writer again that was deleted with SQL: the foreign key deleted its rows."""
        is_deleted = self.tables.formatted(
            "NOT EXISTS (SELECT 1 FROM import_history history WHERE history.import_id = state._import_id)"
        )
        [(found,)] = self.tables.fetch(
            "SELECT EXISTS (SELECT 1 FROM {states} state WHERE {is_deleted})", is_deleted=is_deleted
        )
        if found:
            self.tables.run(
                "UPDATE {rows} rows SET gone = TRUE FROM {states} state"
                " WHERE state._row = rows.row AND NOT rows.fixed AND {is_deleted}",
                is_deleted=is_deleted,
            )

    def count_removed(self) -> int:
        """Return how many rows of the undone import are removed."""
        if self.rounds:
            return self._removed
        [(number,)] = self.tables.fetch("SELECT count(*) FROM {table} held WHERE {condition}", condition=self.removed())
        return int(number)

    def removed(self) -> sql.Composed:
        """Return the condition that a row of the table is removed with the undone import: it inserted the row."""
        origin, states = self.timeline.origin, self.timeline.states_at(None)
        if not origin.join.as_string(None) and not states.joins.as_string(None):
            return self.tables.formatted("held._import_id = {undone}", undone=sql.Literal(self.undone))
        return self.tables.formatted(
            "held.id IN (SELECT held.id FROM {table} held {origin} {joins}"
            " WHERE {import_id} = {undone} AND NOT {is_fixed})",
            **self._pieces(None), undone=sql.Literal(self.undone),
        )  # fmt: skip

    def changes(self) -> Changes:
        return Changes(
            restored=self._counted(self.tables.formatted("outcome = {inserted} AND former <> {inserted}")),
            removed=self._counted(self.tables.formatted("former = {inserted} AND outcome <> {inserted}")),
            kept=frozenset(
                self._counted(
                    self.tables.formatted("outcome = {duplicate} AND former NOT IN ({duplicate}, {rejected})")
                )
            ),
            reverted=dict(
                self.tables.fetch(
                    "SELECT rows.import_id, count(*) FROM {written} JOIN {rows} rows USING (row)"
                    " WHERE NOT rows.reuses_id GROUP BY 1",
                    written=WRITTEN,
                )
            ),
        )

    def _counted(self, condition: sql.Composed) -> dict[UUID, int]:
        return dict(
            self.tables.fetch(
                "SELECT import_id, count(*) FROM {outcomes} WHERE {condition} GROUP BY 1", condition=condition
            )
        )

    def count_outcomes(self, import_id: UUID) -> dict[str, int]:
        """Return how many records of an import have which outcome."""
        return dict(
            self.tables.fetch(
                "SELECT outcome, count(*) FROM {outcomes} WHERE import_id = %s GROUP BY outcome", import_id
            )
        )

    def updated_columns(self, import_id: UUID) -> list[str]:
        """Return the columns in which an import changes rows."""
        return [
            name
            for (name,) in self.tables.fetch(
                "SELECT DISTINCT unnest(columns) FROM {updates} WHERE import_id = %s ORDER BY 1", import_id
            )
        ]

    def new_duplicates(self, import_id: UUID) -> Matches:
        """Return the records of an import that become duplicates; without those that were rejected."""
        return Matches.found(
            self.tables.formatted(
                "SELECT record_number, matched_import_id AS import_id, matched_record_number, differs FROM {outcomes}"
                " WHERE outcome = {duplicate} AND coalesce(former, '') NOT IN ({duplicate}, {rejected})"
                " AND import_id = {import_id}",
                import_id=sql.Literal(import_id),
            )
        )
