"""Which cells of a row a record changes, and what they are then: expressions over any record and row.

A record and a row are aliases of a query, of a stage and a table or of temporary tables with the same columns.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import Enum

from psycopg import sql


class Writes(Enum):
    """Which cells of the row that it matches a record writes, of the columns that its file fills."""

    NOTHING = "nothing"
    DIFFERENT = "different"  #: those that have another value
    EMPTY = "empty"  #: those that are NULL


@dataclass(frozen=True)
class CellChanges:
    """Compares a record with a row cell by cell."""

    columns: Sequence[str]  # that the record has values for, without those of the key
    writes: Writes
    missing: Collection[str] = ()  # of them: the row does not have them yet, so that they are NULL
    record: str = "staged"
    row: str = "held"
    unread: sql.Composable | None = None  # text[] of the record's cells that could not be read; they count nowhere

    def written(self) -> sql.Composable:
        """Return the names of the cells that the record writes; NULL where it writes none."""
        if self.writes == Writes.NOTHING:
            return sql.SQL("NULL::text[]")
        empty = self.writes == Writes.EMPTY
        return self._where({name: self._fills(name) if empty else self._differs(name) for name in self.columns})

    def differing(self) -> sql.Composable:
        """Return the names of the cells that differ and that the record does not write; NULL where there are none."""
        if self.writes == Writes.DIFFERENT:
            return sql.SQL("NULL::text[]")
        return self._where({name: self._differs(name) for name in self.columns})

    def _differs(self, name: str) -> sql.Composed:
        return sql.SQL("{} IS DISTINCT FROM {}").format(self._of_record(name), self._of_row(name))

    def _fills(self, name: str) -> sql.Composed:
        return sql.SQL("({} IS NULL AND {} IS NOT NULL)").format(self._of_row(name), self._of_record(name))

    def _of_record(self, name: str) -> sql.Identifier:
        return sql.Identifier(self.record, name)

    def _of_row(self, name: str) -> sql.Composable:
        return sql.NULL if name in self.missing else sql.Identifier(self.row, name)

    def _where(self, conditions: dict[str, sql.Composed]) -> sql.Composable:
        """Return the names whose conditions hold. Most rows have none: for them no array is made."""
        if not conditions:
            return sql.SQL("NULL::text[]")
        names = [
            sql.SQL("CASE WHEN {} THEN {} END").format(self._if_read(name, condition), sql.Literal(name))
            for name, condition in conditions.items()
        ]
        return sql.SQL("CASE WHEN {} THEN nullif(array_remove(ARRAY[{}]::text[], NULL), ARRAY[]::text[]) END").format(
            sql.SQL(" OR ").join(conditions.values()), sql.SQL(", ").join(names)
        )

    def _if_read(self, name: str, condition: sql.Composed) -> sql.Composable:
        if self.unread is None:
            return condition
        return sql.SQL("{} AND ({} = ANY({})) IS NOT TRUE").format(condition, sql.Literal(name), self.unread)


def cell_after(name: str, written: sql.Composable, *, record: str, row: str) -> sql.Composed:
    """Return the value of a cell once the record has written its cells. written: text[]."""
    return sql.SQL("CASE WHEN {} = ANY({}) THEN {} ELSE {} END").format(
        sql.Literal(name), written, sql.Identifier(record, name), sql.Identifier(row, name)
    )


def image(columns: Sequence[str], alias: str) -> sql.Composed:
    """Return {column: the value as text, or null} of a record or a row, exact where `exact_texts` was called."""
    return sql.SQL("jsonb_object(ARRAY[{}]::text[], ARRAY[{}]::text[])").format(
        sql.SQL(", ").join(map(sql.Literal, columns)),
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(alias, name)) for name in columns),
    )


#: Settings of the transaction by which the text of every value is read back as the same value, by any session.
EXACT_TEXTS = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL extra_float_digits = 1;"
    " SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'"
)

_CORRECTIONS_AFTER = """
    CASE WHEN {of_row} IS NULL AND {of_record} IS NULL THEN NULL ELSE nullif(
        coalesce((
            SELECT jsonb_object_agg(cell, CASE WHEN jsonb_typeof(entry) <> 'object' OR entry ? 'import_id' THEN entry
                                          ELSE entry || jsonb_build_object('import_id', {import_id}::text) END)
            FROM jsonb_each(CASE jsonb_typeof({of_row}) WHEN 'object' THEN {of_row} END) kept (cell, entry)
            WHERE cell <> ALL({written})
        ), '{{}}')
        || coalesce((
            SELECT jsonb_object_agg(cell, entry) FROM jsonb_each({of_record}) own (cell, entry)
            WHERE cell = ANY({written})
        ), '{{}}'),
        '{{}}'
    ) END
"""


def corrections_after(
    written: sql.Composable, *, of_record: sql.Composable, of_row: sql.Composable, import_id: sql.Composable
) -> sql.Composed:
    """Return the corrections of a row once a record has written its cells: those of the cells as they are.

    Entries of cells that it did not write name the import that wrote them. import_id: the row's, before.
    """
    return sql.SQL(_CORRECTIONS_AFTER).format(
        written=written, of_record=of_record, of_row=of_row, import_id=import_id
    )  # fmt: skip
