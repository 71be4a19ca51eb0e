"""Judge the records of later imports again when rows of an earlier one are removed or restored: by sets, in SQL.

Nothing of the table is changed before `apply`. Imports that tell duplicates alike are judged together: a *round*. A
round compares only records and rows that are equal, by its comparison, to a row that is removed or restored. The
algorithm and its cost: docs/undo.md.
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
from imports.tables.rows import (
    Rows,
    copy_in,
    copy_statement,
    has_key,
    identifiers,
    key_index,
    record_hash,
    row_fields,
)
from imports.tables.temporary_tables import create_temporary_copy
from lineage.undo import duplicate_sql
from lineage.undo.pending_duplicates import kept_duplicates
from lineage.undo.rounds import Changes, Comparison, Round

CANDIDATES = sql.Identifier("pg_temp", "_atlas_candidates")  # duplicates that may become rows; after `decide`, do
DUPLICATES = sql.Identifier("pg_temp", "_atlas_duplicates")  # the records that are duplicates now, each with its match
PENDING = sql.Identifier("pg_temp", "_atlas_pending")  # kept duplicates to make candidates of next
GROUPS = sql.Identifier("pg_temp", "_atlas_groups")  # hashes of the values that are compared
VALUES = sql.Identifier("pg_temp", "_atlas_values")  # empty: its row type holds a record's compared values
MEMBERS = sql.Identifier("pg_temp", "_atlas_members")  # every record and row that has such values

FEW_GROUPS = 10_000  # that are looked up in an index, one by one


class Replay:
    """One judgement of later imports, within one transaction.

    Before it, row_order.by_import has to be called for the table's imports and these rounds. For each round:
    `begin_round`; `pending`, `add_candidates` and `find_equal` until nothing is pending; `decide`. Then `changes`, and
    `apply`.
    """

    def __init__(
        self, table: str, columns: Sequence[TableColumn], rounds: Sequence[Round], *,
        undone: UUID | None = None, redone: UUID | None = None, keeps_edited: bool = False,
    ) -> None:  # fmt: skip
        """The parameters are those of later_imports.judge."""
        self.table_name = table
        self.table = sql.Identifier("public", table)
        self.keeps_edited = keeps_edited
        self.columns = [column.name for column in columns]
        self.rounds = rounds
        self.undone, self.redone = undone, redone
        self._round = 0
        self._filled: dict[tuple[str, ...], set[UUID]] = {}  # columns → the imports whose candidates fill them
        self._create_tables()

    # --- the judgement

    def begin_round(self, number: int) -> None:
        """Start the round of this number, from 0.

        Pending are its kept duplicates of the undone import, and of rows that earlier rounds made duplicates.
        """
        self._round = number
        self._run("DROP TABLE IF EXISTS {members}, {value_type}")
        self._run("CREATE TEMPORARY TABLE {value_type} ON COMMIT DROP AS SELECT {values} FROM {table} WITH NO DATA")
        self._run(
            "INSERT INTO {pending} SELECT kept.import_id, kept.record_number FROM imports_kept_record kept"
            " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
            " WHERE kept.fate = {duplicate_outcome} AND kept.matched_import_id = {undone}"
        )
        if number:
            self._run(
                "INSERT INTO {pending} SELECT kept.import_id, kept.record_number"
                " FROM {duplicates} removed JOIN imports_kept_record kept ON kept.fate = {duplicate_outcome}"
                "  AND kept.matched_import_id = removed.import_id"
                "  AND kept.matched_record_number = removed.record_number"
                " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
                " WHERE removed.row_id IS NOT NULL"
            )

    def pending(self) -> Iterator[tuple[UUID, list[tuple[int, bytes]]]]:
        """Yield the pending duplicates by import, as `typed_duplicates` takes them; after the last, none is pending."""
        self._run("ANALYZE {pending}")
        yield from kept_duplicates(PENDING)
        self._run("TRUNCATE {pending}")

    def add_candidates(self, import_id: UUID, columns: Sequence[TableColumn], rows: Rows) -> None:
        """Add kept duplicates, as the rows that they would be."""
        filled = tuple(column.name for column in columns)
        self._filled.setdefault(filled, set()).add(import_id)
        names = [*filled, "_source_row_number", "_corrections_applied", "_import_id", "_round"]
        fields = [*row_fields(columns, rows), constant(import_id.bytes), constant(self._round.to_bytes(4))]
        copy_in(copy_statement(CANDIDATES, names), fields)

    def find_equal(self) -> bool:
        """Find all rows and records that are equal to what changes; return whether more duplicates are pending."""
        self._run("ANALYZE {candidates}")
        self._run("DROP TABLE IF EXISTS {groups}, {members}")
        groups = self._run(
            "CREATE TEMPORARY TABLE {groups} ON COMMIT DROP AS SELECT DISTINCT hash FROM ({changing}) changing (hash)"
        )
        self._run("ANALYZE {groups}")
        with self._by_index(groups):
            self._run("CREATE TEMPORARY TABLE {members} ON COMMIT DROP AS {of_round} UNION ALL {held} {restored}")
        self._run("ANALYZE {members}")
        return self._add_pending()

    @contextmanager
    def _by_index(self, groups: int) -> Iterator[None]:
        """Look few groups up one by one: the planner may know nothing yet of the values of the index."""
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

    def _add_pending(self) -> bool:
        """Make the kept duplicates of the compared rows pending: such a row may not be theirs after the judgement."""
        same_number = sql.SQL("kept.matched_record_number = member._record_number")
        no_number = sql.SQL("kept.matched_record_number IS NULL AND member._record_number IS NULL")  # own code's rows
        return bool(self._add_matching(same_number) + self._add_matching(no_number))

    def _add_matching(self, condition: sql.SQL) -> int:
        return self._run(
            "INSERT INTO {pending} SELECT DISTINCT kept.import_id, kept.record_number"
            " FROM {members} member JOIN imports_kept_record kept"
            "  ON kept.matched_import_id = member._import_id AND kept.fate = {duplicate_outcome} AND {condition}"
            " JOIN {orders} orders ON orders.import_id = kept.import_id AND orders.round = {round}"
            " WHERE member._row_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {candidates} candidate"
            "  WHERE candidate._import_id = kept.import_id AND candidate._source_row_number = kept.record_number)",
            condition=condition,
        )

    def decide(self) -> None:
        """End the round: decide of every compared record whether it is a duplicate, and of which row."""
        template = duplicate_sql.AS_MULTISET if self._comparison.multiset else duplicate_sql.BY_KEY
        self._run(template, alike=self._sql(duplicate_sql.ALIKE))
        self._run("ANALYZE {duplicates}")
        self._run(
            "DELETE FROM {candidates} candidate USING {duplicates} duplicate WHERE candidate._round = {round}"
            " AND candidate._import_id = duplicate.import_id AND candidate._source_row_number = duplicate.record_number"
        )

    # --- the outcome

    def changes(self) -> Changes:
        return Changes(
            restored=self._counted("SELECT _import_id, count(*) FROM {candidates} GROUP BY 1"),
            removed=self._counted("SELECT import_id, count(*) FROM {duplicates} WHERE row_id IS NOT NULL GROUP BY 1"),
        )

    def new_duplicates(self, import_id: UUID) -> list[tuple[int, UUID, int | None]]:
        """Return the records of an import whose rows are removed, rising, each with its match: import and record."""
        return self._fetch(
            "SELECT record_number, matched_import_id, matched_record_number FROM {duplicates}"
            " WHERE row_id IS NOT NULL AND import_id = %s ORDER BY record_number",
            import_id,
        )

    def apply(self) -> None:
        """Remove and restore rows, and change the kept duplicates. Those that are new have to be kept before."""
        self._run("DELETE FROM {table} held USING {duplicates} duplicate WHERE held.id = duplicate.row_id")
        for columns, imports in self._filled.items():
            self._insert(columns, imports)
        self._run(
            "DELETE FROM imports_kept_record kept USING {candidates} candidate"
            " WHERE kept.import_id = candidate._import_id AND kept.record_number = candidate._source_row_number"
        )
        self._run(
            "UPDATE imports_kept_record kept SET matched_import_id = duplicate.matched_import_id,"
            " matched_record_number = duplicate.matched_record_number FROM {duplicates} duplicate"
            " WHERE duplicate.row_id IS NULL AND kept.import_id = duplicate.import_id"
            " AND kept.record_number = duplicate.record_number"
            " AND (kept.matched_import_id, kept.matched_record_number)"
            "  IS DISTINCT FROM (duplicate.matched_import_id, duplicate.matched_record_number)"
        )

    def _insert(self, columns: Sequence[str], imports: Iterable[UUID]) -> None:
        """Restore the rows of imports that fill these columns; other columns get the table's defaults."""
        statement = sql.SQL(
            "INSERT INTO {table} ({names}, _import_id, _source_row_number, _corrections_applied, _imported_at)"
            " SELECT {values}, candidate._import_id, candidate._source_row_number, candidate._corrections_applied,"
            " history.import_timestamp"
            " FROM {candidates} candidate JOIN import_history history ON history.import_id = candidate._import_id"
            " WHERE candidate._import_id = ANY(%s) ORDER BY history.import_order, candidate._source_row_number"
        ).format(
            table=self.table, names=identifiers(columns), values=identifiers(columns, "candidate"),
            candidates=CANDIDATES,
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(statement, [list(imports)])

    # --- pieces of the queries

    @property
    def _comparison(self) -> Comparison:
        return self.rounds[self._round].comparison

    def _create_tables(self) -> None:
        tracking = ["_import_id", "_source_row_number", "_corrections_applied"]
        create_temporary_copy(CANDIDATES, self.table_name, [*self.columns, *tracking])
        self._run("ALTER TABLE {candidates} ADD COLUMN _round int")
        self._run(
            "CREATE TEMPORARY TABLE {duplicates} (import_id uuid, record_number int, row_id bigint,"
            " matched_import_id uuid, matched_record_number int) ON COMMIT DROP"
        )
        self._run("CREATE TEMPORARY TABLE {pending} (import_id uuid, record_number int) ON COMMIT DROP")

    def _changing(self) -> sql.Composed:
        """Select the hashes of the values of records and rows that change, or may."""
        parts = [sql.SQL("SELECT {} FROM {} candidate").format(self._hash("candidate"), CANDIDATES)]
        if self.redone:
            parts.append(
                sql.SQL("SELECT {} FROM {} held WHERE held._import_id = {} AND {}").format(
                    self._hash("held"), self.table, sql.Literal(self.redone), self._has_key()
                )
            )
        return sql.SQL(" UNION ALL ").join(parts)

    def _hash(self, prefix: str) -> sql.Composed:
        return record_hash(self._comparison.columns, prefix)

    def _values(self, prefix: str) -> sql.Composed:
        """Return the compared values as one value: a column for each could be more than a table may have."""
        return sql.SQL("ROW({})::{}").format(identifiers(self._comparison.columns, prefix), VALUES)

    def _of_round(self) -> sql.Composed:
        """Select the candidates of this round."""
        return sql.SQL(
            "SELECT {values} AS _values, candidate._import_id, candidate._source_row_number AS _record_number,"
            " NULL::bigint AS _row_id, TRUE AS _judged, orders.import_order AS _import_order, {hash} AS _hash"
            " FROM {candidates} candidate JOIN {orders} orders ON orders.import_id = candidate._import_id"
            " WHERE candidate._round = {round}"
        ).format(
            values=self._values("candidate"), hash=self._hash("candidate"), candidates=CANDIDATES, orders=ORDERS,
            round=sql.Literal(self._round),
        )  # fmt: skip

    def _held(self) -> sql.Composed:
        """Select rows of the table that no earlier round removes; those of this round's imports are judged again.

        Not judged are rows that were inserted with SQL under such an import's id: their numbers are none of its
        records, or those of kept ones. Nor are records whose key could not be read. Foreign rows, and rows without a
        key, are not compared.
        """
        return sql.SQL(
            "SELECT {values}, held._import_id, held._source_row_number, held.id,"
            " coalesce(orders.round = {round} AND held._source_row_number BETWEEN 1 AND orders.records, FALSE)"
            " AND NOT {kept} AND NOT EXISTS (SELECT 1 FROM imports_kept_record other"
            "  WHERE other.import_id = held._import_id AND other.record_number = held._source_row_number)"
            " AND NOT {unread},"
            " coalesce(orders.import_order, 0), groups.hash"
            " FROM {groups} groups JOIN {table} held ON {hash} = groups.hash"
            " LEFT JOIN {orders} orders ON orders.import_id = held._import_id"
            " WHERE held._import_id IS NOT NULL AND {has_key} AND (held._import_id IS DISTINCT FROM {undone} OR {kept})"
            " AND NOT EXISTS (SELECT 1 FROM {duplicates} duplicate WHERE duplicate.row_id = held.id)"
        ).format(
            values=self._values("held"), hash=self._hash("held"), groups=GROUPS,
            table=self.table, orders=ORDERS, round=sql.Literal(self._round), duplicates=DUPLICATES,
            undone=sql.Literal(self.undone), kept=self._kept(), unread=self._unread(), has_key=self._has_key(),
        )  # fmt: skip

    def _has_key(self) -> sql.Composable:
        """Return the condition that a row of the table is compared at all."""
        if self._comparison.multiset or self._comparison.empty_keys_match:
            return sql.SQL("TRUE")
        return has_key(self._comparison.columns, "held")

    def _unread(self) -> sql.Composable:
        """Return the condition that a cell of the key of a row's record could not be read."""
        if self._comparison.multiset or self._comparison.empty_keys_match:
            return sql.SQL("FALSE")
        return sql.SQL(
            "EXISTS (SELECT 1 FROM imports_unread_key unread WHERE unread.import_id = held._import_id"
            " AND unread.record_number = held._source_row_number)"
        )

    def _kept(self) -> sql.Composable:
        """Return the condition that a row of the table is kept for its manual changes."""
        return manually_edited(self.table_name) if self.keeps_edited else sql.SQL("FALSE")

    def _restored(self) -> sql.Composable:
        """Select the rows that earlier rounds restore."""
        if not self._round:
            return sql.SQL("")
        return sql.SQL(
            "UNION ALL SELECT {values}, candidate._import_id, candidate._source_row_number, NULL, FALSE,"
            " orders.import_order, groups.hash FROM {groups} groups JOIN {candidates} candidate ON {hash} = groups.hash"
            " JOIN {orders} orders ON orders.import_id = candidate._import_id WHERE candidate._round < {round}"
        ).format(
            values=self._values("candidate"), hash=self._hash("candidate"), groups=GROUPS, candidates=CANDIDATES,
            orders=ORDERS, round=sql.Literal(self._round),
        )  # fmt: skip

    def _sql(self, statement: str, **more: sql.Composable) -> sql.Composed:
        pieces: dict[str, sql.Composable] = {
            "table": self.table, "candidates": CANDIDATES, "duplicates": DUPLICATES, "orders": ORDERS,
            "pending": PENDING, "groups": GROUPS, "members": MEMBERS, "value_type": VALUES,
            "round": sql.Literal(self._round), "undone": sql.Literal(self.undone),
            "duplicate_outcome": sql.Literal(str(Outcome.DUPLICATE)),
        }  # fmt: skip
        if "{changing}" in statement:
            pieces["changing"] = self._changing()
        if "{held}" in statement:
            pieces |= {"of_round": self._of_round(), "held": self._held(), "restored": self._restored()}
        if "{values}" in statement:
            pieces["values"] = identifiers(self._comparison.columns)
        return sql.SQL(statement).format(**pieces, **more)

    def _run(self, statement: str, **pieces: sql.Composable) -> int:
        """Run a statement; return its number of rows. pieces: of this statement only."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement, **pieces))
            return cursor.rowcount

    def _fetch(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self._sql(statement), values or None)
            return cursor.fetchall()

    def _counted(self, statement: str) -> dict[UUID, int]:
        return dict(self._fetch(statement))
