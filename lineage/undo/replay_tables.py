"""The temporary tables of a replay: rows with their states, records that are judged again, and their outcomes.

Rows and records are wide, and a table may have as many columns as PostgreSQL allows: so what is known of each stands in
a narrow table, and its values in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import Outcome
from imports.table_description import TableColumn
from imports.tables.cell_changes import EXACT_TEXTS
from imports.tables.row_order import ORDERS
from imports.tables.temporary_tables import create_temporary_copy

ROWS = sql.Identifier("pg_temp", "_atlas_rows")  # concerned rows, in the order in which they were found
STATES = sql.Identifier("pg_temp", "_atlas_states")  # their values at the place that the replay has come to
RECORDS = sql.Identifier("pg_temp", "_atlas_records")  # records of the round that are judged again
VALUES = sql.Identifier("pg_temp", "_atlas_values")  # their values
PENDING = sql.Identifier("pg_temp", "_atlas_pending")  # records whose values have to be found
GROUPS = sql.Identifier("pg_temp", "_atlas_groups")  # hashes of the compared values
NEW_GROUPS = sql.Identifier("pg_temp", "_atlas_new_groups")
FOUND = sql.Identifier("pg_temp", "_atlas_found")  # rows of the table that have such a hash
CANDIDATES = sql.Identifier("pg_temp", "_atlas_candidates")  # rows that may have such a hash
OUTCOMES = sql.Identifier("pg_temp", "_atlas_outcomes")  # of all records that were judged again
UPDATES = sql.Identifier("pg_temp", "_atlas_updates")  # of rows, by these records
COMPARED = sql.Identifier("pg_temp", "_atlas_compared")  # empty: its row type holds a record's compared values
MEMBERS = sql.Identifier("pg_temp", "_atlas_members")  # rows and records that may be equal
REPEATS = sql.Identifier("pg_temp", "_atlas_repeated")  # records that repeat another of their file
FORMER_VALUES = sql.Identifier("pg_temp", "_atlas_former_values")  # of records before their repair
MATCHES = sql.Identifier("pg_temp", "_atlas_replayed_matches")  # records, each with the row that it matches

TRACKING = ("_import_id", "_source_row_number", "_imported_at", "_corrections_applied")
OF_RECORD = ("_import_id", "_source_row_number", "_corrections_applied")

#: The columns by which the tables are joined.
_JOINED = {
    "rows": "row, id, import_id, record_number",
    "states": "_row",
    "records": "import_id, record_number, id, old_row",
    "values": "_import_id, _source_row_number",
    "members": "hash, row",
    "outcomes": "import_id, record_number",
}

_TABLES = """
    CREATE TEMPORARY TABLE {rows} (
        row bigint GENERATED ALWAYS AS IDENTITY, id bigint, import_id uuid, record_number int, import_order bigint,
        fixed boolean NOT NULL DEFAULT FALSE, gone boolean NOT NULL DEFAULT FALSE,
        taken boolean NOT NULL DEFAULT FALSE, -- gone, but another has its place in the table
        reuses_id boolean NOT NULL DEFAULT FALSE -- has the place of such a row
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE {records} (
        record bigint GENERATED ALWAYS AS IDENTITY, import_id uuid, record_number int, import_order bigint,
        former text, id bigint, old_row bigint, compared boolean NOT NULL DEFAULT TRUE, unread text[]
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE {pending} (import_id uuid, record_number int, former text, old_row bigint) ON COMMIT DROP;
    CREATE TEMPORARY TABLE {outcomes} (
        import_id uuid, record_number int, former text, outcome text, row bigint, matched_import_id uuid,
        matched_record_number int, differs text[]
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE {updates} (
        import_id uuid, record_number int, import_order bigint, row bigint, columns text[], record jsonb,
        record_corrections jsonb, before jsonb, before_import_id uuid, before_record_number int,
        before_imported_at timestamptz, before_corrections jsonb
    ) ON COMMIT DROP
"""


class ReplayTables:
    """Creates the tables, and runs statements on them. Rows of the data table have the alias `held` there."""

    def __init__(self, table: str, columns: Sequence[TableColumn], new: Sequence[TableColumn] = ()) -> None:
        """columns: of the table, without generated ones, with new ones, which it gets later."""
        self.name = table
        self.columns = columns
        self.names = [column.name for column in columns]
        self.new = {column.name for column in new}
        self.values = VALUES
        self._analyzed: dict[str, int] = {}  # table -> its bytes when statistics were taken
        self._pieces: dict[str, sql.Composable] = {
            "table": sql.Identifier("public", table), "table_name": sql.Literal(table), "orders": ORDERS,
            "rows": ROWS, "states": STATES, "records": RECORDS, "values": VALUES, "pending": PENDING,
            "groups": GROUPS, "new_groups": NEW_GROUPS, "found": FOUND, "candidates": CANDIDATES,
            "outcomes": OUTCOMES, "updates": UPDATES,
            "compared": COMPARED, "members": MEMBERS, "matches": MATCHES, "repeats": REPEATS,
            "former_values": FORMER_VALUES,
            "inserted": sql.Literal(str(Outcome.INSERTED)), "updated": sql.Literal(str(Outcome.UPDATED)),
            "duplicate": sql.Literal(str(Outcome.DUPLICATE)), "rejected": sql.Literal(str(Outcome.REJECTED)),
        }  # fmt: skip
        create_temporary_copy(STATES, table, [*self.names, *TRACKING], new)
        create_temporary_copy(VALUES, table, [*self.names, *OF_RECORD], new)
        self.run("ALTER TABLE {states} ADD COLUMN _row bigint")
        self.run(_TABLES)
        self.run(EXACT_TEXTS)
        self.run("SET LOCAL work_mem = '64MB'")  # joins of many rows by hashes

    def run(self, statement: str, *values: Any, **pieces: sql.Composable) -> int:
        """Run a statement; return its number of rows. pieces: of this statement only."""
        with connection.cursor() as cursor:
            cursor.execute(self.formatted(statement, **pieces), values or None)
            return int(cursor.rowcount)

    def analyze(self, *tables: str) -> None:
        """Take statistics of what joins look at: of all columns they would cost as much as some of the joins.

        Those of a table that has hardly grown since are as good as new ones.
        """
        for table in tables:
            [(size,)] = self.fetch("SELECT pg_relation_size(%s)", self._pieces[table].as_string(None))
            if size > 2 * self._analyzed.get(table, 0):
                self.run(f"ANALYZE {{{table}}} ({_JOINED[table]})")
                self._analyzed[table] = size

    def last(self, table: str, column: str) -> int:
        """Return the last number that the database gave in this column."""
        [(last,)] = self.fetch(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(%s, %s)), 0)",
            self._pieces[table].as_string(None), column,
        )  # fmt: skip
        return int(last)

    def fetch(self, statement: str, *values: Any, **pieces: sql.Composable) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(self.formatted(statement, **pieces), values or None)
            return list(cursor.fetchall())

    def formatted(self, statement: str, **pieces: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(**self._pieces, **pieces)


def uuids(ids: Sequence[UUID]) -> sql.Composed:
    return sql.SQL("{}::uuid[]").format(sql.Literal(list(ids)))


def values_of_image(columns: Sequence[TableColumn], alias: str) -> sql.Composable:
    """Return the values of a column `record` with exact texts, each with a comma behind it."""
    parts = [
        sql.SQL("({} ->> {})::{}, ").format(
            sql.Identifier(alias, "record"), sql.Literal(column.name), sql.SQL(column.sql_type)
        )
        for column in columns
    ]
    return sql.SQL("").join(parts)


def listed(names: Sequence[str], prefix: str = "") -> sql.Composable:
    """Return the columns, each with a comma behind it: nothing for none."""
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL("").join(part + sql.SQL(", ") for part in parts)
