"""Rows as they were at a place in the order of the imports: expressions over a data table with the alias `held`.

A row is as the first update at or after that place found it; a row that was changed manually since, as the imports
alone had made it. An undone import's updates name no row, so they count nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from imports.table_description import TableColumn

_LATER = """
    LEFT JOIN LATERAL (
        SELECT * FROM imports_row_update found
        WHERE found.table_name = {table} AND found.row_id = held.id AND found.import_order >= {place}
        ORDER BY import_order LIMIT 1
    ) later ON TRUE
"""
_EDITED = """
    LEFT JOIN LATERAL (
        SELECT row_id, law FROM imports_hand_change change
        WHERE change.table_name = {table} AND change.row_id = held.id AND NOT change.deleted
        ORDER BY law IS NULL, change.id LIMIT 1
    ) edited ON TRUE
"""


TRACKING = ("_import_id", "_source_row_number", "_imported_at", "_corrections_applied")  # as States.tracking has them


@dataclass(frozen=True)
class States:
    """Rows at a place."""

    table: str
    place: int | None  # None: behind all imports
    updated: bool  # whether rows may have been updated since
    edited: bool  # whether rows may have been changed manually
    keeps_edited: bool = False  # whether such rows are taken as they are now
    redone: UUID | None = None  # the import that is redone: of its rows those are, which its undo kept

    @property
    def joins(self) -> sql.Composable:
        parts = []
        if self.updated and self.place is not None:
            parts.append(sql.SQL(_LATER).format(table=sql.Literal(self.table), place=sql.Literal(self.place)))
        if self.edited:
            parts.append(sql.SQL(_EDITED).format(table=sql.Literal(self.table)))
        return sql.SQL(" ").join(parts)

    @property
    def is_fixed(self) -> sql.Composable:
        """The condition that a row was changed manually and stays as it is, whatever the replay comes to."""
        if not self.edited or not (self.keeps_edited or self.redone):
            return sql.SQL("FALSE")
        if self.keeps_edited:
            return sql.SQL("(edited.row_id IS NOT NULL)")
        return sql.SQL("(edited.row_id IS NOT NULL AND held._import_id = {})").format(sql.Literal(self.redone))

    def value(self, column: TableColumn) -> sql.Composed:
        """Return the row's value in a column of the user's."""
        return self._of(column.name, column.sql_type, sql.SQL("later.before ->> {}").format(sql.Literal(column.name)))

    def tracking(self) -> list[sql.Composed]:
        """Return what the columns of TRACKING have."""
        return [
            self._of("_import_id", "uuid", sql.SQL("later.before_import_id")),
            self._of("_source_row_number", "int", sql.SQL("later.before_record_number")),
            self._of("_imported_at", "timestamptz", sql.SQL("later.before_imported_at")),
            self._of("_corrections_applied", "jsonb", sql.SQL("later.before_corrections")),
        ]

    def _of(self, name: str, sql_type: str, before: sql.Composable) -> sql.Composed:
        type_, held = sql.SQL(sql_type), sql.Identifier("held", name)
        whens: list[sql.Composable] = []
        if self.edited and (self.keeps_edited or self.redone):
            whens.append(sql.SQL("WHEN {} THEN {}").format(self.is_fixed, held))
        if self.updated and self.place is not None:
            whens.append(sql.SQL("WHEN later.row_id IS NOT NULL THEN ({})::{}").format(before, type_))
        if self.edited and not self.keeps_edited:
            whens.append(
                sql.SQL("WHEN edited.law IS NOT NULL THEN (edited.law ->> {})::{}").format(sql.Literal(name), type_)
            )
        if not whens:
            return sql.Composed([held])
        return sql.SQL("CASE {} ELSE {} END").format(sql.SQL(" ").join(whens), held)
