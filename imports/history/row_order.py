"""The order of the rows that a table has: that of the imports that inserted them, then of their records."""

from __future__ import annotations

from imports.history.tracking import import_positions, row_ids_follow_import_order
from imports.locks import read_without_keeping_locks
from imports.tables.origins import origin_of_rows
from imports.tables.row_order import RowOrder, by_id, by_import


def order_of_rows(table_name: str) -> RowOrder:
    """Return the order. Row ids are faster, where no redo inserted rows at an earlier place."""
    with read_without_keeping_locks():
        origin = origin_of_rows(table_name)
        positions = None if row_ids_follow_import_order(table_name) else import_positions(table_name)
    return by_id(origin) if positions is None else by_import(positions, origin=origin)
