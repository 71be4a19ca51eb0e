"""Rows with manual changes that the undo of an import kept: its redo leaves them as they are, and they count again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import RowUpdate
from imports.tables.cell_changes import corrections_after
from imports.tables.manual_edits import manually_edited
from imports.tables.origins import origin_of_rows

_NAME_ROWS_AGAIN = """
    UPDATE imports_row_update change SET row_id = held.id FROM {table} held
    WHERE change.import_id = {import_id} AND held._import_id = change.import_id
      AND held._source_row_number = change.record_number
"""
#: What the other imports make of a row is stored with its manual change: the undo left the import out of it.
_OF_ROW = """
    note.table_name = {table_name} AND note.row_id = change.row_id AND NOT note.deleted AND note.law IS NOT NULL
    AND change.import_id = {import_id} AND change.table_name = {table_name} AND change.before IS NOT NULL
"""
_FIND_ROWS_AGAIN = """
    UPDATE imports_row_update change
    SET before = note.law - '{{_import_id,_source_row_number,_imported_at,_corrections_applied}}'::text[],
        before_import_id = (note.law ->> '_import_id')::uuid,
        before_record_number = (note.law ->> '_source_row_number')::int,
        before_imported_at = (note.law ->> '_imported_at')::timestamptz,
        before_corrections = (note.law ->> '_corrections_applied')::jsonb
    FROM imports_hand_change note WHERE {of_row}
"""
_WRITE_AGAIN = """
    UPDATE imports_hand_change note
    SET law = note.law || (SELECT jsonb_object_agg(name, change.record -> name) FROM unnest(change.columns) name)
        || jsonb_build_object('_import_id', change.import_id::text, '_source_row_number', change.record_number::text,
                              '_imported_at', held._imported_at::text, '_corrections_applied', ({corrections})::text)
    FROM imports_row_update change JOIN {table} held ON held.id = change.row_id WHERE {of_row}
"""


@dataclass(frozen=True)
class KeptRows:
    """The numbers of an undone import's records whose rows are still in the table."""

    import_id: UUID
    inserted: tuple[int, ...] = ()  # records that inserted the row, whatever updated it since
    updated: tuple[int, ...] = ()  # records that updated a row of another import, and were the last to do so

    @classmethod
    def of(cls, table: str, import_id: UUID) -> KeptRows:
        origin = origin_of_rows(table)
        pieces = {
            "table": sql.Identifier("public", table), "table_name": sql.Literal(table), "origin": origin.join,
            "origin_import": origin.import_id, "origin_record": origin.record_number,
            "import_id": sql.Literal(import_id), "is_edited": manually_edited(table),
        }  # fmt: skip
        inserted = _numbers(
            sql.SQL(
                "SELECT DISTINCT {origin_record} FROM {table} held {origin}"
                " WHERE {origin_import} = {import_id} AND {origin_record} IS NOT NULL AND {is_edited} ORDER BY 1"
            ).format(**pieces)
        )
        updated = _numbers(
            sql.SQL(
                "SELECT held._source_row_number FROM {table} held {origin}"
                " JOIN imports_row_update change ON change.import_id = held._import_id"
                "  AND change.record_number = held._source_row_number AND change.table_name = {table_name}"
                " WHERE held._import_id = {import_id} AND {origin_import} <> {import_id} AND {is_edited} ORDER BY 1"
            ).format(**pieces)
        )
        return cls(import_id, tuple(inserted), tuple(updated))

    @property
    def numbers(self) -> list[int]:
        return [*self.inserted, *self.updated]

    def restore_updates(self, table: str) -> list[str]:
        """Make the updates of kept rows versions of these again, and delete the others; return their columns."""
        RowUpdate.objects.filter(import_record_id=self.import_id).exclude(record_number__in=self.updated).delete()
        if not self.updated:
            return []
        corrections = corrections_after(
            sql.Identifier("change", "columns"),
            of_record=sql.Identifier("change", "record_corrections"),
            of_row=sql.Identifier("change", "before_corrections"),
            import_id=sql.Identifier("change", "before_import_id"),
        )
        of_import = {"table_name": sql.Literal(table), "import_id": sql.Literal(self.import_id)}
        pieces = {
            "table": sql.Identifier("public", table), "corrections": corrections,
            "of_row": sql.SQL(_OF_ROW).format(**of_import), **of_import,
        }  # fmt: skip
        with connection.cursor() as cursor:
            for statement in (_NAME_ROWS_AGAIN, _FIND_ROWS_AGAIN, _WRITE_AGAIN):
                cursor.execute(sql.SQL(statement).format(**pieces))
            cursor.execute(
                "SELECT DISTINCT unnest(columns) FROM imports_row_update WHERE import_id = %s", [self.import_id]
            )
            return [name for (name,) in cursor.fetchall()]


def _numbers(query: sql.Composed) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [number for (number,) in cursor.fetchall()]
