"""Copy the states of concerned rows from the table."""

from __future__ import annotations

from psycopg import sql

from imports.tables.rows import identifiers
from imports.tables.states import States
from lineage.undo.replay_tables import TRACKING, ReplayTables, listed


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
