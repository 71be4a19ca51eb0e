"""Change the table, the versions of its rows and the outcomes of later records as a replay has decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

from psycopg import sql

from imports.tables import catalog
from imports.tables.rows import identifiers
from lineage.undo.replay import WRITTEN, Replay
from lineage.undo.replay_tables import TRACKING, UPDATES, ReplayTables, listed


class Applied:
    """The application of one replay, within its transaction. New duplicates have to be kept before."""

    def __init__(self, replay: Replay, filled_by: Callable[[UUID], Sequence[str]]) -> None:
        """filled_by: import → the columns that its file fills."""
        self.replay = replay
        self.tables: ReplayTables = replay.tables
        self.filled_by = filled_by

    def apply(self) -> None:
        self._delete_rows()
        self._update_rows()
        self._insert_rows()
        self._replace_updates()
        self._replace_origins()
        self._forget_manual_changes()
        self._change_kept_records()
        self._change_counts()

    # --- the table

    def _delete_rows(self) -> None:
        if self.replay.undone and not self.replay.rounds:
            self.tables.run("DELETE FROM {table} held WHERE {condition}", condition=self.replay.removed())
        self.tables.run(
            "DELETE FROM {table} held USING {rows} rows WHERE rows.gone AND NOT rows.taken AND held.id = rows.id"
        )

    def _update_rows(self) -> None:
        self._write(sql.SQL("rows.row IN (SELECT row FROM {})").format(WRITTEN))

    def _write(self, condition: sql.Composable) -> None:
        """Give rows of the table the values that the replay found for them."""
        self.tables.run(
            "UPDATE {table} held SET {cells} FROM {rows} rows JOIN {states} state ON state._row = rows.row"
            " WHERE held.id = rows.id AND NOT rows.gone AND {condition}",
            condition=condition,
            cells=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("state", name))
                for name in [*self.tables.names, *TRACKING]
            ),
        )

    def _insert_rows(self) -> None:
        """Insert the new rows, in the order of their imports."""
        [(number,)] = self.tables.fetch("SELECT count(*) FROM {rows} WHERE id IS NULL AND NOT gone")
        if not number:
            return
        made = catalog.columns_made_by_database(self.tables.name).intersection(self.tables.names)
        [(updated,)] = self.tables.fetch(
            "SELECT EXISTS (SELECT 1 FROM {rows} WHERE id IS NULL AND NOT gone AND row IN (SELECT row FROM {updates}))"
        )
        if not made and not updated:
            self._insert(self.tables.names, sql.SQL("TRUE"))
            return
        self.tables.run("CREATE TEMPORARY TABLE _atlas_inserted (id bigint, row bigint) ON COMMIT DROP")
        if made:
            self._insert_without(made)
        else:
            self._insert_and_note(self.tables.names, sql.SQL("TRUE"))
        self.tables.run("ANALYZE _atlas_inserted")
        self.tables.run("UPDATE {rows} rows SET id = new.id FROM _atlas_inserted new WHERE new.row = rows.row")
        self._write(sql.SQL("rows.row IN (SELECT row FROM {})").format(UPDATES))

    def _insert(self, names: Sequence[str], condition: sql.Composable) -> None:
        self.tables.run("{insertion}", insertion=self._insertion(names, condition))

    def _insert_and_note(self, names: Sequence[str], condition: sql.Composable) -> None:
        """Insert rows, and note which row of the table is which."""
        self.tables.run(
            "WITH new AS ({insertion} RETURNING id, _import_id, _source_row_number)"
            " INSERT INTO _atlas_inserted SELECT new.id, rows.row FROM new JOIN {rows} rows"
            "  ON rows.import_id = new._import_id AND rows.record_number = new._source_row_number"
            "  AND rows.id IS NULL AND NOT rows.gone",
            insertion=self._insertion(names, condition),
        )

    def _insertion(self, names: Sequence[str], condition: sql.Composable) -> sql.Composed:
        """Return the statement that inserts rows as those of their origin."""
        return self.tables.formatted(
            "INSERT INTO {table} ({names} _import_id, _source_row_number, _imported_at, _corrections_applied)"
            " SELECT {state} rows.import_id, rows.record_number, state._imported_at, state._corrections_applied"
            " FROM {rows} rows JOIN {states} state ON state._row = rows.row"
            " WHERE rows.id IS NULL AND NOT rows.gone AND {condition}"
            " ORDER BY rows.import_order, rows.record_number",
            names=listed(names), state=listed(names, "state"), condition=condition,
        )  # fmt: skip

    def _insert_without(self, made: set[str]) -> None:
        """Let the database make the values of those columns that the import of a row does not fill."""
        imports = self.tables.fetch("SELECT DISTINCT import_id FROM {rows} WHERE id IS NULL AND NOT gone")
        for (import_id,) in imports:
            absent = made.difference(self.filled_by(import_id))
            names = [name for name in self.tables.names if name not in absent]
            self._insert_and_note(names, sql.SQL("rows.import_id = {}").format(sql.Literal(import_id)))
            for name in absent:
                self.tables.run(
                    "UPDATE {states} state SET {name} = held.{name} FROM _atlas_inserted new"
                    " JOIN {table} held ON held.id = new.id JOIN {rows} rows ON rows.row = new.row"
                    " WHERE state._row = new.row"
                    " AND rows.import_id = {import_id} AND state.{name} IS NULL",
                    name=sql.Identifier(name), import_id=sql.Literal(import_id),
                )  # fmt: skip

    # --- what is known of rows and records

    def _replace_updates(self) -> None:
        """Write the versions of rows anew. Those of an undone import stay for the history, but name no row."""
        if self.replay.undone:
            self.tables.run(
                "UPDATE imports_row_update SET row_id = NULL WHERE import_id = {undone} AND row_id IS NOT NULL",
                undone=sql.Literal(self.replay.undone),
            )
        self.tables.run("CREATE TEMPORARY TABLE _atlas_found_by_hand (LIKE imports_row_update) ON COMMIT DROP")
        self.tables.run(
            "WITH former AS (DELETE FROM imports_row_update change USING {outcomes} outcome"
            "  WHERE outcome.former = {updated} AND change.import_id = outcome.import_id"
            "  AND change.record_number = outcome.record_number RETURNING change.*)"
            " INSERT INTO _atlas_found_by_hand SELECT * FROM former WHERE by_hand"
        )
        names = (
            "import_id", "record_number", "import_order", "columns", "record", "record_corrections", "before",
            "before_import_id", "before_record_number", "before_imported_at", "before_corrections",
        )  # fmt: skip
        self.tables.run(
            "INSERT INTO imports_row_update (table_name, row_id, by_hand, found, {names})"
            " SELECT {table_name}, rows.id, found.id IS NOT NULL, found.found, {of_change}"
            " FROM {updates} change JOIN {rows} rows USING (row) LEFT JOIN _atlas_found_by_hand found"
            "  ON found.import_id = change.import_id AND found.record_number = change.record_number"
            "  AND found.row_id = rows.id",
            names=identifiers(names),
            of_change=identifiers(names, "change"),
        )

    def _replace_origins(self) -> None:
        self.tables.run(
            "DELETE FROM imports_row_origin origin USING {rows} rows"
            " WHERE origin.table_name = {table_name} AND origin.row_id = rows.id AND NOT rows.fixed"
        )
        self.tables.run(
            "INSERT INTO imports_row_origin (table_name, row_id, import_id, record_number)"
            " SELECT {table_name}, rows.id, rows.import_id, rows.record_number FROM {rows} rows"
            " WHERE NOT rows.gone AND NOT rows.fixed AND EXISTS (SELECT 1 FROM imports_row_update change"
            "  WHERE change.table_name = {table_name} AND change.row_id = rows.id)"
        )

    def _forget_manual_changes(self) -> None:
        """Forget those of rows that are now as imports alone make them; what was stored of that is out of date.

        Rows that the undo of their import kept stay known as such.
        """
        self.tables.run(
            "DELETE FROM imports_hand_change change USING {rows} rows JOIN import_history history USING (import_id)"
            " WHERE change.table_name = {table_name} AND change.row_id = rows.id AND NOT change.deleted"
            " AND NOT rows.gone AND NOT rows.fixed AND history.undone_at IS NULL"
        )

    def _change_kept_records(self) -> None:
        self.tables.run(
            "DELETE FROM imports_kept_record kept USING {outcomes} outcome"
            " WHERE outcome.former = {duplicate} AND outcome.outcome <> {duplicate}"
            " AND kept.import_id = outcome.import_id AND kept.record_number = outcome.record_number"
        )
        self.tables.run(
            "UPDATE imports_kept_record kept SET matched_import_id = outcome.matched_import_id,"
            " matched_record_number = outcome.matched_record_number, differs = to_jsonb(outcome.differs)"
            " FROM {outcomes} outcome WHERE outcome.outcome = {duplicate}"
            " AND kept.import_id = outcome.import_id AND kept.record_number = outcome.record_number"
            " AND (kept.matched_import_id, kept.matched_record_number, kept.differs)"
            "  IS DISTINCT FROM (outcome.matched_import_id, outcome.matched_record_number, to_jsonb(outcome.differs))"
        )

    def _change_counts(self) -> None:
        self.tables.run(
            "UPDATE import_history history SET rows_inserted = rows_inserted + change.inserted,"
            " rows_updated = rows_updated + change.updated,"
            " rows_skipped = rows_skipped + change.duplicates + change.rejected,"
            " duplicates_found = duplicates_found + change.duplicates,"
            " rows_rejected = rows_rejected + change.rejected,"
            " updated_columns = nullif(ARRAY(SELECT unnest(history.updated_columns) UNION SELECT unnest(columns)"
            "  FROM {updates} update WHERE update.import_id = history.import_id ORDER BY 1), '{{}}'),"
            " rows_came_back = rows_came_back OR change.restored > 0"
            " FROM (SELECT import_id,"
            "   count(*) FILTER (WHERE outcome = {inserted}) - count(*) FILTER (WHERE former = {inserted}) AS inserted,"
            "   count(*) FILTER (WHERE outcome = {updated}) - count(*) FILTER (WHERE former = {updated}) AS updated,"
            "   count(*) FILTER (WHERE outcome = {duplicate})"
            "    - count(*) FILTER (WHERE former = {duplicate}) AS duplicates,"
            "   count(*) FILTER (WHERE outcome = {rejected})"
            "    - count(*) FILTER (WHERE former = {rejected}) AS rejected,"
            "   count(*) FILTER (WHERE outcome = {inserted} AND former IS DISTINCT FROM {inserted}) AS restored"
            "  FROM {outcomes} WHERE former IS NOT NULL GROUP BY import_id) change"
            " WHERE history.import_id = change.import_id"
        )
