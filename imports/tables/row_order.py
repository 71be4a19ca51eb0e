"""The order of equal rows of a table: by import, then by record number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

ORDERS = sql.Identifier("pg_temp", "_atlas_orders")


@dataclass(frozen=True)
class RowOrder:
    """Parts of a query over a data table with the alias `held`."""

    join: sql.Composable  # for FROM
    by: sql.Composable  # for ORDER BY
    limit: sql.Composable  # for WHERE: excludes later rows


#: Correct as long as no rows were inserted at an earlier position, as a redo does.
BY_ID = RowOrder(sql.SQL(""), sql.SQL("held.id"), sql.SQL("TRUE"))


def by_import(
    orders: Mapping[UUID, int], *, before: int | None = None, rounds: Mapping[UUID, tuple[int, int]] | None = None
) -> RowOrder:
    """Return the order of rows by their imports.

    orders: import_order of the table's imports; rows of imports without one are first. before: only rows of imports
    before this import_order. rounds: round and number of records of the imports that are checked again; see
    lineage/undo/rounds.py.
    """
    _create_orders(orders, rounds or {})
    return RowOrder(
        join=sql.SQL("LEFT JOIN {} orders ON orders.import_id = held._import_id").format(ORDERS),
        by=sql.SQL("coalesce(orders.import_order, 0), held._source_row_number NULLS FIRST, held.id"),
        limit=sql.SQL("TRUE")
        if before is None
        else sql.SQL("coalesce(orders.import_order, 0) < {}").format(sql.Literal(before)),
    )


def _create_orders(orders: Mapping[UUID, int], rounds: Mapping[UUID, tuple[int, int]]) -> None:
    """Create the temporary table of the orders; round and records are NULL for imports without a round."""
    no_round = ("", "")
    checked = [rounds.get(import_id, no_round) for import_id in orders]
    columns = [
        ",".join(map(str, orders)),
        ",".join(map(str, orders.values())),
        ",".join(str(number) for number, _ in checked),
        ",".join(str(records) for _, records in checked),
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} (import_id uuid PRIMARY KEY, import_order bigint, round int, records int)"
                " ON COMMIT DROP"
            ).format(ORDERS)
        )
        cursor.execute(
            sql.SQL(
                "INSERT INTO {} SELECT * FROM unnest(string_to_array(%s, ',')::uuid[],"
                " string_to_array(%s, ',')::bigint[], string_to_array(%s, ',', '')::int[],"
                " string_to_array(%s, ',', '')::int[])"
            ).format(ORDERS),
            columns,
        )
        cursor.execute(sql.SQL("ANALYZE {}").format(ORDERS))
