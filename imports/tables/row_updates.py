"""Change rows as matched records say, and keep each row as it was found. By sets, on any tables with these columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.cell_changes import EXACT_TEXTS, cell_after, corrections_after, image
from imports.tables.matching import MATCHES, STAGE, UNREAD_CELLS
from imports.tables.rows import identifiers

#: The records that change a row: the stage's columns, and `_row_id` and `_written`.
CHANGES = sql.Identifier("pg_temp", "_atlas_changes")

_WRITTEN = sql.Identifier("change", "_written")

_CREATE_CHANGES = """
    CREATE TEMPORARY TABLE {changes} ON COMMIT DROP AS
    SELECT matches.row_id AS _row_id, matches.written AS _written, {names}
    FROM {matches} matches JOIN {stage} staged ON staged._source_row_number = matches.record_number
    WHERE matches.written IS NOT NULL
"""

_NOTE_UPDATES = """
    WITH noted AS (
        INSERT INTO imports_row_update (
            import_id, record_number, table_name, row_id, import_order, columns, record, record_corrections,
            before, before_import_id, before_record_number, before_imported_at, before_corrections, by_hand, found
        )
        SELECT {import_id}, change._source_row_number, {table_name}, held.id, {import_order}, change._written,
               {record_image}, change._corrections_applied, {before}, {by_hand}, {found}
        FROM {changes} change JOIN {table} held ON held.id = change._row_id {edits}
        RETURNING row_id, before_import_id, before_record_number
    )
    INSERT INTO imports_row_origin (table_name, row_id, import_id, record_number)
    SELECT {table_name}, row_id, before_import_id, before_record_number FROM noted
    ON CONFLICT (table_name, row_id) DO NOTHING
"""

#: The row without what was changed manually; notes of earlier versions do not have it.
_EDITS = """
    LEFT JOIN LATERAL (
        SELECT coalesce(note.law, {found} || jsonb_build_object('_import_id', held._import_id,
                        '_source_row_number', held._source_row_number, '_imported_at', held._imported_at,
                        '_corrections_applied', held._corrections_applied::text)) AS law
        FROM imports_hand_change note
        WHERE note.table_name = {table_name} AND note.row_id = held.id AND NOT note.deleted
        ORDER BY note.id LIMIT 1
    ) edit ON TRUE
"""
_BEFORE = "{found}, held._import_id, held._source_row_number, held._imported_at, held._corrections_applied"
_BEFORE_EDITS = """
    CASE WHEN edit.law IS NULL THEN {found} ELSE edit.law - {tracking} END,
    CASE WHEN edit.law IS NULL THEN held._import_id ELSE (edit.law ->> '_import_id')::uuid END,
    CASE WHEN edit.law IS NULL THEN held._source_row_number ELSE (edit.law ->> '_source_row_number')::int END,
    CASE WHEN edit.law IS NULL THEN held._imported_at ELSE (edit.law ->> '_imported_at')::timestamptz END,
    CASE WHEN edit.law IS NULL THEN held._corrections_applied ELSE (edit.law ->> '_corrections_applied')::jsonb END
"""
_TRACKING = ["_import_id", "_source_row_number", "_imported_at", "_corrections_applied"]

_UPDATE_LAW = """
    UPDATE imports_hand_change note
    SET law = note.law
        || (SELECT jsonb_object_agg(cell, text) FROM jsonb_each({record_image}) own (cell, text)
            WHERE cell = ANY(change._written))
        || jsonb_build_object('_import_id', {import_id}::text, '_source_row_number', change._source_row_number::text,
                              '_imported_at', now()::text, '_corrections_applied', ({corrections})::text)
    FROM {changes} change
    WHERE note.table_name = {table_name} AND note.row_id = change._row_id AND NOT note.deleted AND note.law IS NOT NULL
"""

_UPDATE_ROWS = """
    UPDATE {table} held
    SET {cells}, _import_id = {import_id}, _source_row_number = change._source_row_number, _imported_at = now(),
        _corrections_applied = {corrections}
    FROM {changes} change WHERE held.id = change._row_id
"""


@dataclass(frozen=True)
class RowUpdates:
    """The updates of one import: of the rows of its table that staged records were matched with."""

    table_name: str
    columns: Sequence[str]  # of the table that are neither tracking columns nor generated, before the import
    filled: Sequence[str]  # by the file
    import_id: UUID
    import_order: int

    def create_changes(self) -> list[str]:
        """Take the records that change a row out of the stage; return the columns that they write."""
        names = [*self.filled, "_source_row_number", "_corrections_applied"]
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL(_CREATE_CHANGES).format(
                    changes=CHANGES, matches=MATCHES, stage=STAGE, names=identifiers(names, "staged")
                )
            )
            cursor.execute(sql.SQL("ANALYZE {}").format(CHANGES))
            cursor.execute(sql.SQL("SELECT DISTINCT unnest(_written) FROM {} ORDER BY 1").format(CHANGES))
            return [name for (name,) in cursor.fetchall()]

    def note(self) -> None:
        """Keep the rows as they are, and where they come from."""
        edited = self._has_manual_edits()
        found = image(self.columns, "held")
        with connection.cursor() as cursor:
            cursor.execute(EXACT_TEXTS)
            cursor.execute(
                self._query(
                    _NOTE_UPDATES,
                    before=sql.SQL(_BEFORE_EDITS if edited else _BEFORE).format(
                        found=found, tracking=sql.SQL("{}::text[]").format(sql.Literal(_TRACKING))
                    ),
                    by_hand=sql.SQL("edit.law IS NOT NULL" if edited else "FALSE"),
                    found=sql.SQL("CASE WHEN edit.law IS NOT NULL THEN {} END").format(found)
                    if edited
                    else sql.SQL("NULL"),
                    edits=sql.SQL(_EDITS).format(found=found, table_name=sql.Literal(self.table_name))
                    if edited
                    else sql.SQL(""),
                )
            )
            if edited:
                law = {name: sql.SQL(f"(note.law ->> '{name}')") for name in _TRACKING}
                corrections = self._corrections(
                    sql.SQL("{}::jsonb").format(law["_corrections_applied"]), law["_import_id"]
                )
                cursor.execute(self._query(_UPDATE_LAW, corrections=corrections))

    def write(self, columns: Sequence[str]) -> int:
        """Change the rows; return how many. columns: that are written in any of them."""
        cells = [
            sql.SQL("{} = {}").format(sql.Identifier(name), cell_after(name, _WRITTEN, record="change", row="held"))
            for name in columns
        ]
        corrections = self._corrections(
            sql.Identifier("held", "_corrections_applied"), sql.Identifier("held", "_import_id")
        )
        with connection.cursor() as cursor:
            cursor.execute(self._query(_UPDATE_ROWS, cells=sql.SQL(", ").join(cells), corrections=corrections))
            return cursor.rowcount

    def _corrections(self, of_row: sql.Composable, import_id: sql.Composable) -> sql.Composed:
        of_record = sql.Identifier("change", "_corrections_applied")
        return corrections_after(_WRITTEN, of_record=of_record, of_row=of_row, import_id=import_id)

    def _has_manual_edits(self) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT 1 FROM imports_hand_change WHERE table_name = %s AND NOT deleted)",
                [self.table_name],
            )
            return bool(cursor.fetchone()[0])

    def _query(self, statement: str, **pieces: sql.Composable) -> sql.Composed:
        return sql.SQL(statement).format(
            changes=CHANGES, table=sql.Identifier("public", self.table_name),
            table_name=sql.Literal(self.table_name), import_id=sql.Literal(self.import_id),
            import_order=sql.Literal(self.import_order), record_image=image(self.filled, "change"), **pieces,
        )  # fmt: skip


def note_unread_cells(import_id: UUID) -> None:
    """Keep which cells of the staged records could not be read. UNREAD_CELLS has to be there."""
    statement = "INSERT INTO imports_unread_cell (import_id, record_number, columns) SELECT {}, record_number, columns"
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL(statement + " FROM {}").format(sql.Literal(import_id), UNREAD_CELLS))
