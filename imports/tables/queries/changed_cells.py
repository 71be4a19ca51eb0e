"""What the matched rows of a stage would change in the table, cell by cell; call it after `Stage.match`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from imports.tables.cell_changes import Writes
from imports.tables.matching import MATCHES, STAGE
from imports.tables.staging import Stage

MAX_LENGTH = 200  # characters of a value that are returned


@dataclass(frozen=True)
class ChangedCell:
    """One cell of a row: its value in the table, and the file's."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangedRow:
    """A row of the table with other values than its row of the file."""

    record_number: int
    key: list[str | None]
    columns: int  # how many cells differ
    cells: list[ChangedCell]  # the first of them


#: The cells that a record writes; of one that writes nothing, those that differ from its row.
_CELLS = sql.SQL("coalesce(matches.written, CASE WHEN {} THEN matches.differs END)")


def changed_columns(stage: Stage) -> dict[str, int]:
    """Return column -> rows in which it has another value, in the order of the stage."""
    query = sql.SQL(
        "SELECT name, count(*) FROM {matches} matches CROSS JOIN LATERAL unnest({cells}) AS cell (name)"
        " WHERE matches.row_id IS NOT NULL GROUP BY name"
    ).format(matches=MATCHES, cells=_cells(stage))
    with connection.cursor() as cursor:
        cursor.execute(query)
        counts = dict(cursor.fetchall())
    return {name: counts[name] for name in stage.names if name in counts}


def changed_rows(stage: Stage, *, limit: int, cells: int) -> list[ChangedRow]:
    """Return the first rows with other values. limit: of rows; cells: how many of a row are returned."""
    each = [_cell(position, name) for position, name in enumerate(stage.names) if name not in stage.key]
    if not each:
        return []
    query = sql.SQL(
        "WITH shown AS ("
        " SELECT matches.record_number, matches.row_id, {cells} AS names FROM {matches} matches"
        " WHERE matches.row_id IS NOT NULL AND {cells} IS NOT NULL ORDER BY matches.record_number LIMIT %(limit)s) "
        "SELECT shown.record_number, {key}, cardinality(shown.names), cell.name, cell.before, cell.after FROM shown"
        " JOIN {stage} staged ON staged._source_row_number = shown.record_number"
        " JOIN {table} held ON held.id = shown.row_id"
        " CROSS JOIN LATERAL (SELECT * FROM ({each}) each (position, name, before, after)"
        "  ORDER BY position LIMIT %(cells)s) cell"
        " ORDER BY shown.record_number, cell.position"
    ).format(
        cells=_cells(stage), matches=MATCHES, stage=STAGE, table=stage.table, key=_key(stage),
        each=sql.SQL(" UNION ALL ").join(each),
    )  # fmt: skip
    found: dict[int, ChangedRow] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, {"limit": limit, "cells": cells})
        for number, key, columns, *cell in cursor.fetchall():
            found.setdefault(number, ChangedRow(number, key, columns, [])).cells.append(ChangedCell(*cell))
    return list(found.values())


def _cells(stage: Stage) -> sql.Composed:
    return _CELLS.format(sql.Literal(stage.writes == Writes.NOTHING))


def _key(stage: Stage) -> sql.Composed:
    """Return the record's key: an array of texts."""
    return sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(_shown("staged", name) for name in stage.key))


def _cell(position: int, column: str) -> sql.Composed:
    """Select a column's position, its name and both its values, where it is one of the names."""
    return sql.SQL("SELECT {}, {}::text, {}, {} WHERE {} = ANY(shown.names)").format(
        sql.Literal(position), sql.Literal(column), _shown("held", column), _shown("staged", column),
        sql.Literal(column),
    )  # fmt: skip


def _shown(alias: str, column: str) -> sql.Composed:
    return sql.SQL("left({}::text, {})").format(sql.Identifier(alias, column), sql.Literal(MAX_LENGTH))
