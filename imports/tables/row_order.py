"""The order of equal rows of a table: by import, then by record number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.origins import AS_WRITTEN, Origin

ORDERS = sql.Identifier("pg_temp", "_atlas_orders")


@dataclass(frozen=True)
class RowOrder:
    """Parts of a query over a data table with the alias `held`."""

    origin: Origin
    join: sql.Composable  # for FROM, with that of the origin
    by: sql.Composable  # for ORDER BY
    limit: sql.Composable  # for WHERE: excludes later rows


def by_id(origin: Origin = AS_WRITTEN) -> RowOrder:
    """Return the order of rows by their ids: the same as long as a redo did not insert rows at an earlier position."""
    return RowOrder(origin, origin.join, sql.SQL("held.id"), sql.SQL("TRUE"))


def by_import(
    orders: Mapping[UUID, int],
    *,
    before: int | None = None,
    rounds: Mapping[UUID, tuple[int, int]] | None = None,
    origin: Origin = AS_WRITTEN,
) -> RowOrder:
    """Return the order of rows by the imports that inserted them.

    orders: import_order of the table's imports; rows of imports without one are first. before: only rows of imports
    before this import_order. rounds: round and number of records of the imports that are checked again; see
    lineage/undo/rounds.py.
    """
    _create_orders(orders, rounds or {})
    return RowOrder(
        origin=origin,
        join=sql.SQL("{} LEFT JOIN {} orders ON orders.import_id = {}").format(origin.join, ORDERS, origin.import_id),
        by=sql.SQL("coalesce(orders.import_order, 0), {} NULLS FIRST, held.id").format(origin.record_number),
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
