"""In which order equal rows of a table stand: that of their imports, then of their records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

ORDERS = sql.Identifier("pg_temp", "_atlas_orders")


@dataclass(frozen=True)
class RowOrder:
    """Pieces of a query over a data table called `held`."""

    join: sql.Composable  # what has to stand in FROM
    by: sql.Composable  # what has to stand in ORDER BY
    limit: sql.Composable  # the condition that leaves out later rows


#: Right as long as no rows came in at an earlier place than the last.
BY_ID = RowOrder(sql.SQL(""), sql.SQL("held.id"), sql.SQL("TRUE"))


def by_import(
    orders: Mapping[UUID, int], *, before: int | None = None, rounds: Mapping[UUID, tuple[int, int]] | None = None
) -> RowOrder:
    """orders: import_order of the table's imports; rows of imports without one come first. before: where to end.
    rounds: of imports that are judged, and how many records their files have; see lineage/undo/rounds.py."""
    _make(orders, rounds or {})
    return RowOrder(
        join=sql.SQL("LEFT JOIN {} orders ON orders.import_id = held._import_id").format(ORDERS),
        by=sql.SQL("coalesce(orders.import_order, 0), held._source_row_number NULLS FIRST, held.id"),
        limit=sql.SQL("TRUE")
        if before is None
        else sql.SQL("coalesce(orders.import_order, 0) < {}").format(sql.Literal(before)),
    )


def _make(orders: Mapping[UUID, int], rounds: Mapping[UUID, tuple[int, int]]) -> None:
    """orders.round, orders.records: NULL for imports of no round."""
    none = ("", "")
    judged = [rounds.get(one, none) for one in orders]
    columns = [
        ",".join(map(str, orders)),
        ",".join(map(str, orders.values())),
        ",".join(str(number) for number, _ in judged),
        ",".join(str(records) for _, records in judged),
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
