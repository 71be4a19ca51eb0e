"""The table as it was at the place of an import in the order: what the plan of a rerun may know of."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from imports.errors import CannotUndo, UnknownTable
from imports.history.earlier_files import with_headers
from imports.history.foreign_columns import added_by_plans, columns_only_from, foreign_columns
from imports.models import ImportHistory
from imports.table_description import TableDescription
from imports.tables import catalog, schema
from lineage.undo import messages
from lineage.undo.drops import Drops, has_foreign_parts
from lineage.undo.table_imports import other_active_imports


@dataclass(frozen=True)
class Place:
    """The place of an active import, without this import."""

    order: int
    before: TableDescription | None  # the table by the imports before, with their headers; None: there was none yet
    now: TableDescription  # as it is
    drops: Drops  # the columns that nothing but this import fills


def place_of(record: ImportHistory) -> Place:
    """Raises CannotUndo where the table was dropped with SQL."""
    try:
        table = catalog.describe(record.table_name)
    except UnknownTable:
        raise CannotUndo(messages.TABLE_DROPPED_BY_HAND(table=record.table_name)) from None
    order = record.import_order or 0
    drops = Drops(record, table, imports_remaining=1)  # one at least: the rerun
    earlier = other_active_imports(record).filter(import_order__lt=order)
    before = None
    if earlier.exists() or not schema.created_by_imports(table.name) or has_foreign_parts(table.name):
        later_ones = columns_only_from(_added_by_imports(table), earlier)
        before = with_headers(without_columns(table, {*drops.columns, *later_ones}), before=order)
    return Place(order, before, table, drops)


def _added_by_imports(table: TableDescription) -> list[str]:
    """Return the columns that an import created or added."""
    names = [column.name for column in table.columns]
    if schema.created_by_imports(table.name):
        foreign = foreign_columns(table)
        return [name for name in names if name not in foreign]
    added = schema.added_columns(table.name) | added_by_plans(names, table.name)
    return [name for name in names if name in added]


def without_columns(table: TableDescription, names: Collection[str]) -> TableDescription:
    return replace(table, columns=tuple(column for column in table.columns if column.name not in names))
