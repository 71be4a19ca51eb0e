"""Rows with manual changes that the undo of an import kept: its redo leaves them as they are, and they count again."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import RowUpdate
from imports.tables.manual_edits import manually_edited
from imports.tables.origins import origin_of_rows


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
        """Let the updates of kept rows name these again, and delete the import's others; return their columns."""
        RowUpdate.objects.filter(import_record_id=self.import_id).exclude(record_number__in=self.updated).delete()
        statement = sql.SQL(
            "UPDATE imports_row_update change SET row_id = held.id FROM {} held"
            " WHERE change.import_id = %s AND held._import_id = change.import_id"
            "  AND held._source_row_number = change.record_number RETURNING change.columns"
        ).format(sql.Identifier("public", table))
        if not self.updated:
            return []
        with connection.cursor() as cursor:
            cursor.execute(statement, [self.import_id])
            return [name for (names,) in cursor.fetchall() for name in names]


def _numbers(query: sql.Composed) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [number for (number,) in cursor.fetchall()]
