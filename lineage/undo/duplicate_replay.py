"""What the later imports into a table come to when rows of an earlier one go or come: set-wise, in the database.

Nothing of the table is touched before `apply`. Imports that tell duplicates alike are judged together: a *round*. A
round looks only at records that are equal, by its comparison, to a row that goes or comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.column_types.wire import constant
from imports.models import Outcome
from imports.table_description import TableColumn
from imports.tables.manual_edits import manually_edited
from imports.tables.row_order import ORDERS
from imports.tables.rows import Rows, copy_in, copy_statement, identifiers, key_index, record_hash, row_fields
from imports.tables.temporary_tables import create_temporary_copy
from lineage.undo import duplicate_sql
from lineage.undo.rounds import Changes, Comparison, Round

AGAIN = sql.Identifier("pg_temp", "_atlas_again")  # duplicates that may become rows; after a round, those that do
SETTLED = sql.Identifier("pg_temp", "_atlas_settled")  # the records that are duplicates now, each with its match
WANTED = sql.Identifier("pg_temp", "_atlas_wanted")  # kept duplicates to look at next
GROUPS = sql.Identifier("pg_temp", "_atlas_groups")  # hashes of the values that are looked at
COMPARED = sql.Identifier("pg_temp", "_atlas_compared")  # empty: its row type holds a record's compared values
MEMBERS = sql.Identifier("pg_temp", "_atlas_members")  # every record and row that has such values

FEW_GROUPS = 10_000  # that are looked for by an index, one by one


class Replay:
    """Within one transaction, in which order.by_import has been called for the table's imports and these rounds."""

    def __init__(
        self, table: str, columns: Sequence[TableColumn], rounds: Sequence[Round], *,
        undone: UUID | None = None, redone: UUID | None = None, keeps_changed: bool = False,
    ) -> None:  # fmt: skip
        """undone: the import whose rows go, redone: the one whose rows have come; one of them. keeps_changed: rows that
        were changed by hand stay, whatever they repeat."""
        self.table_name = table
        self.table = sql.Identifier("public", table)
        self.keeps_changed = keeps_changed
        self.columns = [one.name for one in columns]
        self.rounds = rounds
        self.undone, self.redone = undone, redone
        self._round = 0
        self._filled: dict[tuple[str, ...], set[UUID]] = {}  # columns → the imports whose records were put with them
        self._make()

    # --- looking

    def begin(self, number: int) -> None:
        """Starts the round of this number, from 0: what it must look at is wanted."""
        self._round = number
        self._run("DROP TABLE IF EXISTS {members}, {compared}")
        self._run("CREATE TEMPORARY TABLE {compared} ON COMMIT DROP AS SELECT {values} FROM {table} WITH NO DATA")
        self._run(
            "INSERT INTO {wanted} SELECT kept.import_id, kept.record_number FROM imports_kept_record kept"
            " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
            " WHERE kept.fate = {duplicate} AND kept.matched_import_id = {undone}"
        )
        if number:
            self._run(
                "INSERT INTO {wanted} SELECT kept.import_id, kept.record_number"
                " FROM {settled} left_ JOIN imports_kept_record kept ON kept.fate = {duplicate}"
                "  AND kept.matched_import_id = left_.import_id AND kept.matched_record_number = left_.record_number"
                " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
                " WHERE left_.row_id IS NOT NULL"
            )

    def wanted(self, at_a_time: int) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
        """The kept duplicates to look at, by import, as kept_records.typed_duplicates takes them; then no more."""
        self._run("ANALYZE {wanted}")
        with connection.cursor() as cursor:
            cursor.execute(
                self._sql(
                    "DECLARE _atlas_kept CURSOR FOR SELECT kept.import_id, kept.record_number,"
                    " coalesce(kept.mapped, kept.original) FROM {wanted} JOIN imports_kept_record kept"
                    " USING (import_id, record_number) ORDER BY 1, 2"
                )
            )
            while found := self._next(cursor, at_a_time):
                yield from by_import(found)
            cursor.execute("CLOSE _atlas_kept")
        self._run("TRUNCATE {wanted}")

    def _next(self, cursor: Any, at_a_time: int) -> list[tuple[UUID, int, bytes]]:
        cursor.execute(sql.SQL("FETCH {} FROM _atlas_kept").format(sql.Literal(at_a_time)))
        return cursor.fetchall()

    def put(self, import_id: UUID, columns: Sequence[TableColumn], rows: Rows) -> None:
        """Wanted records as the rows that they would be."""
        filled = tuple(one.name for one in columns)
        self._filled.setdefault(filled, set()).add(import_id)
        names = [*filled, "_source_row_number", "_corrections_applied", "_import_id", "_round"]
        fields = [*row_fields(columns, rows), constant(import_id.bytes), constant(self._round.to_bytes(4))]
        copy_in(copy_statement(AGAIN, names), fields)

    def gather(self) -> bool:
        """Finds everything that is equal to what is looked at; whether that makes more kept duplicates wanted."""
        self._run("ANALYZE {again}")
        self._run("DROP TABLE IF EXISTS {groups}, {members}")
        groups = self._run(
            "CREATE TEMPORARY TABLE {groups} ON COMMIT DROP AS SELECT DISTINCT hash FROM ({changed}) changed (hash)"
        )
        self._run("ANALYZE {groups}")
        with self._by_index(groups):
            self._run("CREATE TEMPORARY TABLE {members} ON COMMIT DROP AS {ours} UNION ALL {held} {came_back}")
        self._run("ANALYZE {members}")
        return self._want_more()

    @contextmanager
    def _by_index(self, groups: int) -> Iterator[None]:
        """Few groups are looked for one by one; of the values of an index the planner may know nothing yet."""
        indexed = self._fetch("SELECT to_regclass(%s) IS NOT NULL", self._index())[0][0]
        if groups <= FEW_GROUPS and indexed:
            self._run("SET LOCAL enable_hashjoin = off")
            self._run("SET LOCAL enable_mergejoin = off")
            yield
            self._run("SET LOCAL enable_hashjoin = on")
            self._run("SET LOCAL enable_mergejoin = on")
        else:
            yield

    def _index(self) -> str:
        return f"public.{key_index(self.table_name, self._comparison.columns)}"

    def _want_more(self) -> bool:
        """Kept duplicates of a row in the table that is looked at, for its values may be another record's too."""
        same_number = sql.SQL("kept.matched_record_number = member._record_number")
        no_number = sql.SQL("kept.matched_record_number IS NULL AND member._record_number IS NULL")  # own code's rows
        return bool(self._want_matching(same_number) + self._want_matching(no_number))

    def _want_matching(self, condition: sql.SQL) -> int:
        return self._run(
            "INSERT INTO {wanted} SELECT DISTINCT kept.import_id, kept.record_number"
            " FROM {members} member JOIN imports_kept_record kept"
            "  ON kept.matched_import_id = member._import_id AND kept.fate = {duplicate} AND {condition}"
            " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
            " WHERE member._row_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {again} again"
            "  WHERE again._import_id = kept.import_id AND again._source_row_number = kept.record_number)",
            condition=condition,
        )

    def settle(self) -> None:
        """Ends the round: says of every record that is looked at whether it is a duplicate, and of which row."""
        template = duplicate_sql.AS_MULTISET if self._comparison.multiset else duplicate_sql.BY_KEY
        self._run(template, alike=self._sql(duplicate_sql.ALIKE))
        self._run("ANALYZE {settled}")
        self._run(
            "DELETE FROM {again} again USING {settled} settled WHERE again._round = {round}"
            " AND again._import_id = settled.import_id AND again._source_row_number = settled.record_number"
        )

    # --- the outcome

    def changes(self) -> Changes:
        return Changes(
            coming=self._counted("SELECT _import_id, count(*) FROM {again} GROUP BY 1"),
            leaving=self._counted("SELECT import_id, count(*) FROM {settled} WHERE row_id IS NOT NULL GROUP BY 1"),
        )

    def leaving(self, import_id: UUID) -> list[tuple[int, UUID, int | None]]:
        """The records of an import whose rows leave, rising, each with the import and record that it now repeats."""
        return self._fetch(
            "SELECT record_number, matched_import_id, matched_record_number FROM {settled}"
            " WHERE row_id IS NOT NULL AND import_id = %s ORDER BY record_number",
            import_id,
        )

    def apply(self) -> None:
        """Rows leave and come, and kept duplicates follow; what becomes one has to be kept by then."""
        self._run("DELETE FROM {table} held USING {settled} settled WHERE held.id = settled.row_id")
        for columns, imports in self._filled.items():
            self._insert(columns, imports)
        self._run(
            "DELETE FROM imports_kept_record kept USING {again} again"
            " WHERE kept.import_id = again._import_id AND kept.record_number = again._source_row_number"
        )
        self._run(
            "UPDATE imports_kept_record kept SET matched_import_id = settled.matched_import_id,"
            " matched_record_number = settled.matched_record_number FROM {settled} settled"
            " WHERE settled.row_id IS NULL AND kept.import_id = settled.import_id"
            " AND kept.record_number = settled.record_number"
            " AND (kept.matched_import_id, kept.matched_record_number)"
            "  IS DISTINCT FROM (settled.matched_import_id, settled.matched_record_number)"
        )

    def _insert(self, columns: Sequence[str], imports: Iterable[UUID]) -> None:
        """What comes back of these imports, which fill these columns: the others have what the table gives them."""
        statement = sql.SQL(
            "INSERT INTO {table} ({names}, _import_id, _source_row_number, _corrections_applied, _imported_at)"
            " SELECT {values}, again._import_id, again._source_row_number, again._corrections_applied,"
            " history.import_timestamp"
            " FROM {again} again JOIN import_history history ON history.import_id = again._import_id"
            " WHERE again._import_id = ANY(%s) ORDER BY history.import_order, again._source_row_number"
        ).format(table=self.table, names=identifiers(columns), values=identifiers(columns, "again"), again=AGAIN)
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(imports)])

    # --- the queries' pieces

    @property
    def _comparison(self) -> Comparison:
        return self.rounds[self._round].comparison

    def _make(self) -> None:
        tracking = ["_import_id", "_source_row_number", "_corrections_applied"]
        create_temporary_copy(AGAIN, self.table_name, [*self.columns, *tracking])
        self._run("ALTER TABLE {again} ADD COLUMN _round int")
        self._run(
            "CREATE TEMPORARY TABLE {settled} (import_id uuid, record_number int, row_id bigint,"
            " matched_import_id uuid, matched_record_number int) ON COMMIT DROP"
        )
        self._run("CREATE TEMPORARY TABLE {wanted} (import_id uuid, record_number int) ON COMMIT DROP")

    def _changed(self) -> sql.Composed:
        """The hashes of the values of records and rows that change, or may."""
        parts = [sql.SQL("SELECT {} FROM {} again").format(self._hash("again"), AGAIN)]
        if self.redone:
            parts.append(
                sql.SQL("SELECT {} FROM {} held WHERE held._import_id = {}").format(
                    self._hash("held"), self.table, sql.Literal(self.redone)
                )
            )
        return sql.SQL(" UNION ALL ").join(parts)

    def _hash(self, prefix: str) -> sql.Composed:
        return record_hash(self._comparison.columns, prefix)

    def _values(self, prefix: str) -> sql.Composed:
        """The compared values as one: a column for each would be more than a table may have."""
        return sql.SQL("ROW({})::{}").format(identifiers(self._comparison.columns, prefix), COMPARED)

    def _ours(self) -> sql.Composed:
        """Of this round: kept duplicates that are looked at."""
        return sql.SQL(
            "SELECT {values} AS _values, again._import_id, again._source_row_number AS _record_number,"
            " NULL::bigint AS _row_id, TRUE AS _judged, orders.import_order AS _import_order, {hash} AS _hash"
            " FROM {again} again JOIN {orders} orders ON orders.import_id = again._import_id"
            " WHERE again._round = {round}"
        ).format(
            values=self._values("again"), hash=self._hash("again"), again=AGAIN, orders=ORDERS,
            round=sql.Literal(self._round),
        )  # fmt: skip

    def _held(self) -> sql.Composed:
        """Rows of the table that stay as far as is known; those of this round's imports are judged once more.

        But for rows that somebody inserted as such an import's: their numbers are no records, or those of others. Rows
        that no import brought are not looked at.
        """
        return sql.SQL(
            "SELECT {values}, held._import_id, held._source_row_number, held.id,"
            " coalesce(orders.round = {round} AND held._source_row_number BETWEEN 1 AND orders.records, FALSE)"
            " AND NOT {kept} AND NOT EXISTS (SELECT 1 FROM imports_kept_record other"
            "  WHERE other.import_id = held._import_id AND other.record_number = held._source_row_number),"
            " coalesce(orders.import_order, 0), groups.hash"
            " FROM {groups} groups JOIN {table} held ON {hash} = groups.hash"
            " LEFT JOIN {orders} orders ON orders.import_id = held._import_id"
            " WHERE held._import_id IS NOT NULL AND (held._import_id IS DISTINCT FROM {undone} OR {kept})"
            " AND NOT EXISTS (SELECT 1 FROM {settled} settled WHERE settled.row_id = held.id)"
        ).format(
            values=self._values("held"), hash=self._hash("held"), groups=GROUPS,
            table=self.table, orders=ORDERS, round=sql.Literal(self._round), settled=SETTLED,
            undone=sql.Literal(self.undone), kept=self._kept(),
        )  # fmt: skip

    def _kept(self) -> sql.Composable:
        """Whether a row of the table stays because somebody changed it."""
        return manually_edited(self.table_name) if self.keeps_changed else sql.SQL("FALSE")

    def _came_back(self) -> sql.Composable:
        """Rows that earlier rounds bring back."""
        if not self._round:
            return sql.SQL("")
        return sql.SQL(
            "UNION ALL SELECT {values}, again._import_id, again._source_row_number, NULL, FALSE, orders.import_order,"
            " groups.hash FROM {groups} groups JOIN {again} again ON {hash} = groups.hash"
            " JOIN {orders} orders ON orders.import_id = again._import_id WHERE again._round < {round}"
        ).format(
            values=self._values("again"), hash=self._hash("again"), groups=GROUPS, again=AGAIN,
            orders=ORDERS, round=sql.Literal(self._round),
        )  # fmt: skip

    def _sql(self, statement: str, **more: sql.Composable) -> sql.Composed:
        pieces: dict[str, sql.Composable] = {
            "table": self.table, "again": AGAIN, "settled": SETTLED, "orders": ORDERS, "wanted": WANTED,
            "groups": GROUPS, "members": MEMBERS, "compared": COMPARED,
            "round": sql.Literal(self._round), "undone": sql.Literal(self.undone),
            "duplicate": sql.Literal(str(Outcome.DUPLICATE)),
        }  # fmt: skip
        if "{changed}" in statement:
            pieces["changed"] = self._changed()
        if "{held}" in statement:
            pieces |= {"ours": self._ours(), "held": self._held(), "came_back": self._came_back()}
        if "{values}" in statement:
            pieces["values"] = identifiers(self._comparison.columns)
        return sql.SQL(statement).format(**pieces, **more)

    def _run(self, statement: str, **pieces: sql.Composable) -> int:
        """How many rows it concerned. pieces: of the statement, beside those that every one may have."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement, **pieces))
            return cursor.rowcount

    def _fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement), values or None)
            return cursor.fetchall()

    def _counted(self, statement: str) -> dict[UUID, int]:
        return dict(self._fetch(statement))


def by_import(found: Sequence[tuple[UUID, int, bytes]]) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
    """Kept duplicates, in the order of their imports, as one list for each import."""
    start = 0
    for end in range(1, len(found) + 1):
        if end == len(found) or found[end][0] != found[start][0]:
            yield found[start][0], [(number, bytes(original)) for _, number, original in found[start:end]]
            start = end
