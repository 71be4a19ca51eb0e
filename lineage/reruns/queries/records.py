"""Rows with manual changes that a rerun keeps, and the records that they are of."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.manual_edits import manually_edited
from imports.tables.origins import Origin
from lineage.undo.replay_tables import ReplayTables


def repeat_kept_rows(tables: ReplayTables, new: UUID, old: UUID, numbers: Sequence[int]) -> None:
    """Make records duplicates of the rows that the old import made of them, and which are kept."""
    if numbers:
        tables.run(
            "INSERT INTO {outcomes} (import_id, record_number, outcome, matched_import_id, matched_record_number,"
            " differs) SELECT {new}, number, {duplicate}, {old}, number, '{{}}' FROM unnest(%s::int[]) kept (number)",
            list(numbers), new=sql.Literal(new), old=sql.Literal(old),
        )  # fmt: skip


def edited_records(table: str, import_id: UUID, origin: Origin) -> list[int]:
    """Return the records of an import whose rows were changed manually, rising."""
    query = sql.SQL(
        "SELECT DISTINCT {number} FROM {table} held {origin} WHERE {import_id} = %s AND {is_edited}"
        " AND {number} IS NOT NULL ORDER BY 1"
    ).format(
        number=origin.record_number, table=sql.Identifier("public", table), origin=origin.join,
        import_id=origin.import_id, is_edited=manually_edited(table),
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(query, [import_id])
        return [number for (number,) in cursor.fetchall()]


def columns_with_edits(table: str, columns: Sequence[str]) -> set[str]:
    """Return those of the columns in which a row that was changed manually has a value."""
    if not columns:
        return set()
    filled = sql.SQL(", ").join(sql.SQL("bool_or({} IS NOT NULL)").format(sql.Identifier(name)) for name in columns)
    query = sql.SQL("SELECT {} FROM {} held WHERE {}").format(
        filled, sql.Identifier("public", table), manually_edited(table)
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {name for name, is_filled in zip(columns, cursor.fetchone(), strict=True) if is_filled}
