"""Which import and record inserted a row: the row's own columns say it, until an update is written there."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from psycopg import sql


@dataclass(frozen=True)
class Origin:
    """Parts of a query over a data table with the alias `held`."""

    join: sql.Composable  # for FROM
    import_id: sql.Composable
    record_number: sql.Composable


#: Of tables without updates.
AS_WRITTEN = Origin(
    sql.SQL(""), sql.Identifier("held", "_import_id"), sql.Identifier("held", "_source_row_number")
)  # fmt: skip


def origin_of_rows(table: str) -> Origin:
    """Return where the origin of the table's rows is found."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM imports_row_origin WHERE table_name = %s)", [table])
        [(has_updates,)] = cursor.fetchall()
    return recorded_origin(table) if has_updates else AS_WRITTEN


def recorded_origin(table: str) -> Origin:
    return Origin(
        sql.SQL("LEFT JOIN imports_row_origin origin ON origin.table_name = {} AND origin.row_id = held.id").format(
            sql.Literal(table)
        ),
        sql.SQL("coalesce(origin.import_id, held._import_id)"),
        sql.SQL("CASE WHEN origin.import_id IS NULL THEN held._source_row_number ELSE origin.record_number END"),
    )


def forget_origins(table: str) -> None:
    """Delete the origins recorded for a dropped table of this name: a new table uses the same row ids again."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM imports_row_origin WHERE table_name = %s", [table])


def forget_updated_rows(table: str) -> None:
    """Say of the updates of a dropped table of this name no longer which rows they changed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE imports_row_update SET row_id = NULL WHERE table_name = %s AND row_id IS NOT NULL", [table]
        )
