"""Judge the concerned records of a batch: which become rows, which change rows, and which are duplicates of what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import sql

from imports.mapping.request import OnMatch
from imports.table_description import TableColumn
from imports.tables.cell_changes import CellChanges, Writes, cell_after, corrections_after, image
from imports.tables.rows import identifiers
from lineage.undo import matching_sql
from lineage.undo.concerned import Concerned
from lineage.undo.replay_tables import listed
from lineage.undo.rounds import WRITES, JudgedImport

_CHANGES = sql.Identifier("pg_temp", "_atlas_row_changes")


@dataclass(frozen=True)
class Filled:
    """What the files of some imports fill."""

    columns: Sequence[TableColumn]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]


class Decisions:
    """The judgement of one batch of a round: imports that change no rows, or one that does."""

    def __init__(self, concerned: Concerned, batch: Sequence[JudgedImport], *, reuses_ids: bool) -> None:
        """reuses_ids: whether a record that becomes a row may take the place of the removed row that it matched."""
        self.concerned = concerned
        self.tables = concerned.tables
        self.batch = batch
        self.reuses_ids = reuses_ids
        self.changes_rows = batch[0].on_match.changes_rows

    def match_nothing(self) -> None:
        """Compare no record of the batch."""
        self._run("DROP TABLE IF EXISTS {members}, {matches}, {compared}")
        self._run(
            "CREATE TEMPORARY TABLE {matches} (import_id uuid, record_number int, row bigint, matched_import_id uuid,"
            " matched_record_number int) ON COMMIT DROP"
        )

    def match(self) -> None:
        """Find the match of each record of the batch."""
        self.match_nothing()
        self._run("CREATE TEMPORARY TABLE {compared} ON COMMIT DROP AS SELECT {names} FROM {values} WITH NO DATA",
                  names=identifiers(self.concerned.comparison.columns))  # fmt: skip
        self._run(
            "CREATE TEMPORARY TABLE {members} ON COMMIT DROP AS"
            " SELECT {hash_of_record} AS hash, {record} AS compared, records.import_id, records.record_number,"
            "  records.import_order, NULL::bigint AS row, records.compared AS judged"
            " FROM {records} records JOIN {values} record ON {is_record}"
            " WHERE records.import_id = ANY({batch}) AND (records.compared OR {stand_for_others}) AND {has_key}"
            " UNION ALL SELECT {hash_of_row}, {state}, rows.import_id, rows.record_number, rows.import_order, rows.row,"
            "  FALSE FROM {rows} rows JOIN {states} state ON state._row = rows.row"
            " WHERE NOT rows.gone AND {row_has_key}",
            hash_of_record=self.concerned.equal_rows.hash("record"), record=self._compared("record"),
            is_record=IS_RECORD,
            stand_for_others=sql.Literal(not self.changes_rows),
            has_key=self.concerned.equal_rows.has_key("record"), hash_of_row=self.concerned.equal_rows.hash("state"),
            state=self._compared("state"), row_has_key=self.concerned.equal_rows.has_key("state"),
        )  # fmt: skip
        self.tables.analyze("members")
        template = matching_sql.BY_KEY
        if self.changes_rows:
            template = matching_sql.FIRST_ROW
        elif self.concerned.comparison.multiset:
            template = matching_sql.AS_MULTISET
        alike = self.tables.formatted(matching_sql.ALIKE) if "{alike}" in template else sql.SQL("")
        self._run(template, alike=alike)
        self._run("ANALYZE {matches}")

    def insert(self) -> None:
        """Make rows of the records without a match; remove the rows of the others."""
        last = self.tables.last("rows", "row")
        self._run(
            "INSERT INTO {rows} (id, import_id, record_number, import_order, gone)"
            " SELECT records.id, records.import_id, records.record_number, records.import_order, TRUE"
            " FROM {records} records JOIN {matches} matches USING (import_id, record_number)"
            " WHERE records.id IS NOT NULL"
        )
        self._run(
            "WITH new AS MATERIALIZED ("
            " SELECT * FROM {records} records WHERE import_id = ANY({batch}) AND NOT EXISTS (SELECT 1"
            "  FROM {matches} matches WHERE matches.import_id = records.import_id"
            "  AND matches.record_number = records.record_number)"
            "), taken AS ("
            " UPDATE {rows} rows SET taken = TRUE FROM (SELECT DISTINCT ON (old_row) old_row, record FROM new"
            "  WHERE {reuses} AND old_row IS NOT NULL ORDER BY old_row, import_order, record_number) first"
            " WHERE rows.row = first.old_row AND rows.gone AND NOT rows.taken RETURNING rows.id, first.record"
            ") INSERT INTO {rows} (id, reuses_id, import_id, record_number, import_order)"
            " SELECT coalesce(new.id, taken.id), taken.id IS NOT NULL, import_id, record_number, import_order"
            " FROM new LEFT JOIN taken USING (record) ORDER BY import_order, record_number",
            reuses=sql.Literal(self.reuses_ids),
        )
        self._run(
            "INSERT INTO {states} (_row, {names} _import_id, _source_row_number, _imported_at, _corrections_applied)"
            " SELECT rows.row, {record} rows.import_id, rows.record_number, history.import_timestamp,"
            "  record._corrections_applied"
            " FROM {rows} rows JOIN {values} record ON {is_row}"
            " JOIN import_history history ON history.import_id = rows.import_id"
            " WHERE rows.row > {last} AND NOT rows.gone",
            names=listed(self.tables.names), record=listed(self.tables.names, "record"), last=sql.Literal(last),
            is_row=sql.SQL("record._import_id = rows.import_id AND record._source_row_number = rows.record_number"),
        )  # fmt: skip
        self._run(
            "INSERT INTO {outcomes} (import_id, record_number, former, outcome, row)"
            " SELECT import_id, record_number, records.former, {inserted}, rows.row"
            " FROM {rows} rows JOIN {records} records USING (import_id, record_number)"
            " WHERE rows.row > {last} AND NOT rows.gone",
            last=sql.Literal(last),
        )
        self._run(  # what a record of the batch repeats became a row
            "UPDATE {matches} matches SET row = rows.row FROM {rows} rows WHERE matches.row IS NULL"
            " AND rows.import_id = matches.matched_import_id AND rows.record_number = matches.matched_record_number"
            " AND rows.row > {last} AND NOT rows.gone",
            last=sql.Literal(last),
        )

    def matched(self) -> list[JudgedImport]:
        """Return those imports of the batch that have records with a match."""
        found = {one for (one,) in self.tables.fetch("SELECT DISTINCT import_id FROM {matches}")}
        return [one for one in self.batch if one.import_id in found]

    def skip(self, imports: Sequence[JudgedImport], filled: Filled) -> None:
        """Decide of what the matched records of imports that change no rows differ. filled: by these imports."""
        changes = CellChanges(
            self._without_key(filled), Writes.NOTHING, record="record", row="state", unread=sql.SQL("records.unread")
        )  # fmt: skip
        differing = sql.SQL("'{{}}'::text[]").format() if self.concerned.comparison.multiset else changes.differing()
        self._run(
            "INSERT INTO {outcomes} SELECT records.import_id, records.record_number, records.former, {duplicate},"
            " matches.row, matches.matched_import_id, matches.matched_record_number,"
            " coalesce({differing}, '{{}}')"
            " FROM {matches} matches JOIN {records} records USING (import_id, record_number)"
            " JOIN {values} record ON {is_record}"
            " LEFT JOIN {states} state ON state._row = matches.row WHERE matches.import_id = ANY({imports})",
            imports=_ids(imports), differing=differing, is_record=IS_RECORD,
        )  # fmt: skip

    def update(self, one: JudgedImport, filled: Filled) -> None:
        """Change the matched rows. one: the import; filled: by it."""
        self._find_changes(one, filled)
        self._run(
            "INSERT INTO {outcomes} SELECT change.import_id, change.record_number, change.former,"
            " CASE WHEN change.columns IS NULL THEN {duplicate} ELSE {updated} END, change.row,"
            " change.matched_import_id, change.matched_record_number, coalesce(change.differs, '{{}}')"
            " FROM {changes} change"
        )
        self._run(
            "INSERT INTO {updates} SELECT change.import_id, change.record_number, {order}, change.row, change.columns,"
            " {record_image}, record._corrections_applied, {before}, state._import_id, state._source_row_number,"
            " state._imported_at, state._corrections_applied"
            " FROM {changes} change JOIN {values} record ON {is_change} JOIN {states} state ON state._row = change.row"
            " WHERE change.columns IS NOT NULL",
            order=sql.Literal(one.order), record_image=image(filled.names, "record"),
            before=image(self.tables.names, "state"), is_change=_IS_CHANGE,
        )  # fmt: skip
        columns = sql.Identifier("change", "columns")
        cells = [
            sql.SQL("{} = {}, ").format(sql.Identifier(name), cell_after(name, columns, record="record", row="state"))
            for name in self._without_key(filled)
        ]
        self._run(
            "UPDATE {states} state SET {cells} _import_id = change.import_id,"
            " _source_row_number = change.record_number, _imported_at = history.import_timestamp,"
            " _corrections_applied = {corrections}"
            " FROM {changes} change JOIN {values} record ON {is_change}"
            " JOIN import_history history ON history.import_id = change.import_id"
            " WHERE state._row = change.row AND change.columns IS NOT NULL",
            cells=sql.SQL("").join(cells), is_change=_IS_CHANGE,
            corrections=corrections_after(
                columns, of_record=sql.SQL("record._corrections_applied"),
                of_row=sql.SQL("state._corrections_applied"), import_id=sql.SQL("state._import_id"),
            ),
        )  # fmt: skip

    def _find_changes(self, one: JudgedImport, filled: Filled) -> None:
        """Find what each matched record writes. Fixed rows are never written."""
        changes = CellChanges(
            self._without_key(filled), WRITES[OnMatch(one.on_match)], record="record", row="state",
            unread=sql.SQL("records.unread"),
        )  # fmt: skip
        nothing = CellChanges(
            changes.columns, Writes.NOTHING, record="record", row="state", unread=changes.unread
        )  # fmt: skip
        self._run("DROP TABLE IF EXISTS {changes}")
        self._run(
            "CREATE TEMPORARY TABLE {changes} ON COMMIT DROP AS"
            " SELECT *, CASE WHEN columns IS NULL THEN differing END AS differs FROM ("
            "  SELECT records.import_id, records.record_number, records.former, matches.row, matches.matched_import_id,"
            "   matches.matched_record_number, CASE WHEN NOT rows.fixed THEN {written} END AS columns,"
            "   CASE WHEN rows.fixed THEN {all_differing} ELSE {differing} END AS differing"
            "  FROM {matches} matches JOIN {records} records USING (import_id, record_number)"
            "  JOIN {values} record ON {is_record} JOIN {rows} rows ON rows.row = matches.row"
            "  JOIN {states} state ON state._row = matches.row) compared",
            written=changes.written(), differing=changes.differing(), all_differing=nothing.differing(),
            is_record=IS_RECORD,
        )  # fmt: skip
        self._run("ANALYZE {changes}")

    def _without_key(self, filled: Filled) -> list[str]:
        """Return the filled columns in which a record and a row that match can differ."""
        key = set(self.concerned.comparison.columns)
        return [name for name in filled.names if name not in key]

    def _compared(self, prefix: str) -> sql.Composed:
        """Return the compared values as one value: a column for each could be more than a table may have."""
        return self.tables.formatted(
            "ROW({names})::{compared}", names=identifiers(self.concerned.comparison.columns, prefix)
        )

    def _run(self, statement: str, **pieces: sql.Composable) -> int:
        if "{batch}" in statement:
            pieces["batch"] = _ids(self.batch)
        if "{changes}" in statement:
            pieces["changes"] = _CHANGES
        return self.tables.run(statement, **pieces)


IS_RECORD = sql.SQL("record._import_id = records.import_id AND record._source_row_number = records.record_number")
_IS_CHANGE = sql.SQL("record._import_id = change.import_id AND record._source_row_number = change.record_number")


def _ids(imports: Sequence[JudgedImport]) -> sql.Composed:
    return sql.SQL("{}::uuid[]").format(sql.Literal([one.import_id for one in imports]))
