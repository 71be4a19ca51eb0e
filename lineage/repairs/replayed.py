"""Repaired records at the place of their import: the round of the import itself, before those of later imports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from imports.column_types.wire import constant
from imports.conversion.convert import TypedBatch
from imports.conversion.kept_duplicates import in_json_list, typed_duplicates
from imports.conversion.stored_plan import StoredPlan
from imports.models import ImportHistory, Outcome
from imports.table_description import TableColumn
from imports.tables.manual_edits import manually_edited
from imports.tables.rows import copy_in, copy_statement, row_fields
from imports.tables.temporary_tables import create_temporary_copy
from lineage.repairs.known import Known
from lineage.repairs.queries import as_text
from lineage.undo.concerned import Concerned
from lineage.undo.copied_states import fill_states, listed_states
from lineage.undo.replay import Replay
from lineage.undo.replay_tables import FORMER_VALUES, OF_RECORD, listed, values_of_image

CHANGED = sql.Identifier("pg_temp", "_atlas_changed")  # the repaired records
OWN_ROWS = sql.Identifier("pg_temp", "_atlas_own_rows")  # the rows that they inserted


@dataclass(frozen=True)
class Repaired:
    """The repaired records of one import, within their transaction."""

    record: ImportHistory
    stored: StoredPlan
    columns: Sequence[TableColumn]  # that its file fills
    replay: Replay

    @property
    def order(self) -> int:
        return self.replay.rounds[0].first

    @property
    def compares(self) -> bool:
        return self.stored.plan.check_duplicates

    # --- what they were

    def find_rows(self, known: Sequence[Known]) -> None:
        """Find the rows that these records inserted."""
        self._run("DROP TABLE IF EXISTS {changed}, {own_rows}")
        self._run(
            "CREATE TEMPORARY TABLE {changed} ON COMMIT DROP AS SELECT * FROM"
            " unnest(string_to_array(%s, ',')::int[], string_to_array(%s, ',')) AS known (record_number, former)",
            as_text([one.number for one in known]), ",".join([one.outcome for one in known]),
        )  # fmt: skip
        self._run("ANALYZE {changed}")
        self._run(
            "CREATE TEMPORARY TABLE {own_rows} ON COMMIT DROP AS"
            " SELECT DISTINCT ON (record_number) id, record_number, {is_edited} AS edited FROM ("
            "  SELECT held.id, changed.record_number FROM {table} held JOIN {changed} changed"
            "   ON changed.record_number = held._source_row_number WHERE held._import_id = {import_id}"
            "   AND NOT EXISTS (SELECT 1 FROM imports_row_origin origin WHERE origin.table_name = {table_name}"
            "    AND origin.row_id = held.id)"
            "  UNION ALL SELECT held.id, origin.record_number FROM imports_row_origin origin"
            "   JOIN {changed} changed USING (record_number) JOIN {table} held ON held.id = origin.row_id"
            "   WHERE origin.table_name = {table_name} AND origin.import_id = {import_id}"
            " ) held ORDER BY record_number, id",
            is_edited=manually_edited(self.record.table_name),
        )

    def edited_records(self) -> list[int]:
        """Return those whose rows were changed manually."""
        return self._numbers("SELECT record_number FROM {own_rows} WHERE edited")

    def records_without_row(self) -> list[int]:
        """Return those whose rows were deleted with SQL."""
        return self._numbers(
            "SELECT record_number FROM {changed} changed WHERE former = {inserted}"
            " AND NOT EXISTS (SELECT 1 FROM {own_rows} own WHERE own.record_number = changed.record_number)"
        )

    # --- the round

    def judge(self, concerned: Concerned, typed: TypedBatch, former: Sequence[Known]) -> None:
        """Make the records concerned ones of the round. typed: those that are loaded; former: that are repaired now."""
        if typed.rows:
            concerned.add_values(self.record.pk, self.columns, typed)
        self._add_updated_rows()
        self._run(
            "INSERT INTO {records} (import_id, record_number, import_order, former, id, old_row, compared, unread)"
            " SELECT {import_id}, changed.record_number, {order}, changed.former, own.id, updated.row,"
            "  record._import_id IS NOT NULL AND unread_key.number IS NULL, cells.columns"
            " FROM {changed} changed LEFT JOIN {own_rows} own USING (record_number)"
            " LEFT JOIN {values} record ON record._source_row_number = changed.record_number"
            " LEFT JOIN imports_row_update change ON change.import_id = {import_id}"
            "  AND change.record_number = changed.record_number"
            " LEFT JOIN {rows} updated ON updated.id = change.row_id"
            " LEFT JOIN unnest(%s::int[]) unread_key (number) ON unread_key.number = changed.record_number"
            " LEFT JOIN imports_unread_cell cells ON cells.import_id = {import_id}"
            "  AND cells.record_number = changed.record_number",
            [] if concerned.comparison.empty_keys_match else typed.unread_keys.to_pylist(),
        )
        if self.compares:
            self._keep_former_values(former)
        self.replay.tables.analyze("records", "values")

    def _add_updated_rows(self) -> None:
        """Add the rows that the records updated, as they found them."""
        origin, states = self.replay.timeline.origin, self.replay.timeline.states_at(self.order)
        self._run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, fixed)"
            " SELECT held.id, {of_import}, {number}, coalesce(orders.import_order, 0), {is_fixed}"
            " FROM {changed} changed JOIN imports_row_update change ON change.import_id = {import_id}"
            "  AND change.record_number = changed.record_number JOIN {table} held ON held.id = change.row_id"
            " {origin} {joins} LEFT JOIN {orders} orders ON orders.import_id = {of_import}",
            of_import=origin.import_id, number=origin.record_number, origin=origin.join, joins=states.joins,
            is_fixed=states.is_fixed,
        )  # fmt: skip
        fill_states(self.replay.tables, states, 0)
        self.replay.tables.analyze("rows", "states")

    def _keep_former_values(self, former: Sequence[Known]) -> None:
        """Keep what the records were, in a table of its own: what is equal to that is concerned, too."""
        tables, states = self.replay.tables, self.replay.timeline.states_at(self.order)
        create_temporary_copy(
            FORMER_VALUES, tables.name, [*tables.names, *OF_RECORD],
            [column for column in tables.columns if column.name in tables.new],
        )  # fmt: skip
        self._run(
            "INSERT INTO {former_values} ({names} _source_row_number) SELECT {state} own.record_number"
            " FROM {own_rows} own JOIN {table} held USING (id) {joins}",
            names=listed(tables.names), state=listed_states(tables, states), joins=states.joins,
        )  # fmt: skip
        names = listed([column.name for column in self.columns])
        self._run(
            "INSERT INTO {former_values} ({names} _source_row_number) SELECT {texts} change.record_number"
            " FROM imports_row_update change JOIN {changed} USING (record_number) WHERE change.import_id = {import_id}",
            names=names, texts=values_of_image(self.columns, "change"),
        )  # fmt: skip
        self._run(
            "INSERT INTO {former_values} ({names} _source_row_number) SELECT {texts} repaired.record_number"
            " FROM imports_repaired_record repaired JOIN {changed} USING (record_number)"
            " WHERE repaired.import_id = {import_id} AND former = {duplicate} AND repaired.record IS NOT NULL",
            names=names, texts=values_of_image(self.columns, "repaired"),
        )  # fmt: skip
        kept = [one for one in former if one.outcome == Outcome.DUPLICATE and not one.is_repaired]
        records = in_json_list(one.mapped or one.original for one in kept)
        for typed in typed_duplicates(self.stored, [one.number for one in kept], records) if kept else ():
            names_of = [column.name for column in self.columns] + ["_source_row_number", "_corrections_applied"]
            copy_in(
                copy_statement(FORMER_VALUES, [*names_of, "_import_id"]),
                [*row_fields(self.columns, typed), constant(self.record.pk.bytes)],
            )

    def leave_out_rejected(self) -> None:
        """Decide that the records which are not loaded any more are rejected."""
        self._run(
            "INSERT INTO {outcomes} (import_id, record_number, former, outcome)"
            " SELECT import_id, record_number, former, {rejected} FROM {records} records WHERE {is_rejected}",
            is_rejected=self._is_rejected(),
        )
        self._run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, gone)"
            " SELECT id, import_id, record_number, import_order, TRUE FROM {records} records"
            " WHERE id IS NOT NULL AND {is_rejected}",
            is_rejected=self._is_rejected(),
        )
        self._run("DELETE FROM {records} records WHERE {is_rejected}", is_rejected=self._is_rejected())

    def _is_rejected(self) -> sql.Composed:
        return self.replay.tables.formatted(
            "NOT EXISTS (SELECT 1 FROM {values} record WHERE record._import_id = records.import_id"
            " AND record._source_row_number = records.record_number)"
        )

    # --- pieces

    def _numbers(self, query: str) -> list[int]:
        return [number for (number,) in self.replay.tables.fetch(query + " ORDER BY 1", **self._own())]

    def _own(self) -> dict[str, sql.Composable]:
        return {
            "changed": CHANGED, "own_rows": OWN_ROWS, "import_id": sql.Literal(self.record.pk),
            "order": sql.Literal(self.order),
        }  # fmt: skip

    def _run(self, statement: str, *values: object, **pieces: sql.Composable) -> int:
        return self.replay.tables.run(statement, *values, **{**self._own(), **pieces})
