"""What has to be known of a table's imports to tell how its rows were at a place in their order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from imports.models import ManualEdit
from imports.table_description import TableDescription
from imports.tables.origins import Origin, origin_of_rows
from imports.tables.states import States
from lineage.undo.table_imports import TableImport


@dataclass(frozen=True)
class Timeline:
    """The imports of a table, in their order, and what became of its rows besides."""

    table: TableDescription
    imports: Sequence[TableImport]
    edited: bool  # whether rows were changed manually
    origin: Origin  # of the rows
    keeps_edited: bool  # whether rows that were changed manually stay as they are
    redone: UUID | None = None  # the import that is redone: its rows that the undo kept stay too

    @classmethod
    def of(
        cls, table: TableDescription, imports: Sequence[TableImport], *, keeps_edited: bool, redone: UUID | None = None
    ) -> Timeline:
        edited = ManualEdit.objects.filter(table_name=table.name, deleted=False).exists()
        return cls(table, imports, edited, origin_of_rows(table.name), keeps_edited, redone)

    @property
    def has_updates(self) -> bool:
        """Whether rows of the table have been updated, by imports that may have been deleted with SQL since."""
        return bool(self.origin.join.as_string(None))

    def states_at(self, place: int | None) -> States:
        """place: None: as the rows are now, but as imports alone made them."""
        updated = place is not None and any(self._updating(place))
        return States(self.table.name, place, updated, self.edited, self.keeps_edited, self.redone)

    def updating(self, columns: Sequence[str], place: int) -> list[UUID]:
        """Return the active imports from this place on that changed one of these columns of any row."""
        changed = set(columns)
        return [one.import_id for one in self._updating(place) if changed.intersection(one.updated_columns)]

    def _updating(self, place: int) -> Iterable[TableImport]:
        return (one for one in self.imports if one.is_active and one.order >= place and one.updated_columns)
