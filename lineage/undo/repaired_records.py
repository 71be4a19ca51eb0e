"""The repaired records of an import that is redone: they are what their repairs say, whatever the file has."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.models import Outcome
from imports.table_description import TableColumn
from imports.tables.cell_changes import EXACT_TEXTS
from lineage.undo.replay_tables import ReplayTables, listed, values_of_image

#: What a redo writes anew of the records that are not repaired. Of repaired ones duplicates are new, too;
#: of updates see KeptRows.
_DETAILS = {
    "imports_kept_record": f"AND (fate = '{Outcome.DUPLICATE}' OR NOT repaired)",
    "mapping_errors": "AND NOT repaired",
    "imports_unread_key": "AND NOT repaired",
    "imports_unread_cell": "AND NOT repaired",
}
_DELETE = """
    DELETE FROM {table} USING (
        SELECT details.ctid AS place, repaired.record_number IS NOT NULL AS repaired
        FROM {table} details LEFT JOIN imports_repaired_record repaired
          ON repaired.import_id = details.import_id AND repaired.record_number = details.record_number
        WHERE details.import_id = {import_id}
    ) found WHERE {table}.ctid = found.place {condition}
"""


def delete_details(import_id: UUID) -> None:
    """Delete what the redo of an import writes anew."""
    with connection.cursor() as cursor:
        for table, condition in _DETAILS.items():
            cursor.execute(
                sql.SQL(_DELETE).format(
                    table=sql.Identifier(table), import_id=sql.Literal(import_id), condition=sql.SQL(condition)
                )
            )


class RepairedRecords:
    """The repaired records of one import."""

    def __init__(self, table_name: str, import_id: UUID, kept: Sequence[int]) -> None:
        """kept: records whose rows are in the table still."""
        self.table_name = table_name
        self.import_id = import_id
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT record_number, record IS NOT NULL FROM imports_repaired_record"
                " WHERE import_id = %s AND record_number <> ALL(%s) ORDER BY 1",
                [import_id, list(kept)],
            )
            found = cursor.fetchall()
        self.numbers = [number for number, _ in found]
        self.loaded = [number for number, is_loaded in found if is_loaded]

    def insert(self, columns: Sequence[TableColumn]) -> int:
        """Insert those that are not rejected."""
        if not self.loaded:
            return 0
        with connection.cursor() as cursor:
            cursor.execute(EXACT_TEXTS)
            cursor.execute(self._insertion(sql.Identifier("public", self.table_name), columns), [self.loaded])
            return int(cursor.rowcount)

    def add_values(self, tables: ReplayTables, columns: Sequence[TableColumn], key: Sequence[str]) -> list[int]:
        """Add their values to those of the records that are judged; return those without a key that could be read."""
        if not self.loaded:
            return []
        with connection.cursor() as cursor:
            cursor.execute(self._insertion(tables.values, columns), [self.loaded])
            cursor.execute(
                "SELECT record_number FROM imports_repaired_record WHERE import_id = %s AND record_number = ANY(%s)"
                " AND unread && %s::text[]",
                [self.import_id, self.loaded, list(key)],
            )
            return [number for (number,) in cursor.fetchall()]

    def _insertion(self, table: sql.Composable, columns: Sequence[TableColumn]) -> sql.Composed:
        return sql.SQL(
            "INSERT INTO {table} ({names} _import_id, _source_row_number, _corrections_applied)"
            " SELECT {texts} repaired.import_id, repaired.record_number, repaired.corrections"
            " FROM imports_repaired_record repaired WHERE import_id = {import_id} AND record_number = ANY(%s)"
            " ORDER BY record_number"
        ).format(
            table=table, names=listed([column.name for column in columns]), texts=values_of_image(columns, "repaired"),
            import_id=sql.Literal(self.import_id),
        )  # fmt: skip
