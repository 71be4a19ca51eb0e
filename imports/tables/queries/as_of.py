"""A table as its active imports up to one of them made it: a relation to select rows from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from imports.models import LOADED_STATUSES
from imports.table_description import TableColumn, TableDescription
from imports.tables.origins import origin_of_rows
from imports.tables.states import TRACKING, States

#: One join for all rows, which the planner leaves out where only rows are counted.
_LATER = """
    LEFT JOIN (
        SELECT DISTINCT ON (row_id) * FROM imports_row_update
        WHERE table_name = {table} AND row_id IS NOT NULL AND import_order > {order}
        ORDER BY row_id, import_order
    ) later ON later.row_id = held.id
"""
_RELATION = """(
    SELECT held.id, {values} FROM {table} held {later} {origin}
    WHERE {origin_import} IN (
        SELECT import_id FROM import_history
        WHERE table_name = {name} AND status IN ({loaded}) AND undone_at IS NULL
          AND coalesce(import_order, 0) <= {order}
    )
)"""


@dataclass(frozen=True)
class Place:
    """A place in the order of a table's imports."""

    order: int  # import_order of the last import that is included
    hidden: Collection[str] = ()  # columns that only imports behind it fill

    def columns(self, table: TableDescription) -> tuple[TableColumn, ...]:
        return tuple(column for column in table.columns if column.name not in self.hidden)

    def relation(self, table: TableDescription) -> sql.Composable:
        """Return the relation of the rows at this place, for queries with placeholders."""
        states = States(table.name, self.order + 1, updated=True, edited=False)
        columns, origin = self.columns(table), origin_of_rows(table.name)
        values = [*map(states.value, columns), *states.tracking()]
        names = [*(column.name for column in columns), *TRACKING]
        named = (
            sql.SQL("{} AS {}").format(value, sql.Identifier(name)) for value, name in zip(values, names, strict=True)
        )
        relation = sql.SQL(_RELATION).format(
            values=sql.SQL(", ").join(named),
            table=sql.Identifier("public", table.name),
            name=sql.Literal(table.name),
            later=sql.SQL(_LATER).format(table=sql.Literal(table.name), order=sql.Literal(self.order)),
            origin=origin.join,
            origin_import=origin.import_id,
            loaded=sql.SQL(", ").join(map(sql.Literal, map(str, LOADED_STATUSES))),
            order=sql.Literal(self.order),
        )
        return sql.SQL(relation.as_string(connection.connection).replace("%", "%%"))
