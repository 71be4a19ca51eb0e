"""The history of a row: which import inserted it, and which ones changed which of its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from imports.history.users import with_user_names
from imports.models import ImportHistory, RowOrigin, RowUpdate
from imports.tables.queries.cell_writers import cell_writers

MAX_LISTED = 100  # updates of a row
Record = tuple[UUID, int | None]  # import and record number


@dataclass(frozen=True)
class CellChange:
    """One cell, before and after an update, as PostgreSQL writes it."""

    column: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class RowVersion:
    """A record that updated the row."""

    import_record: ImportHistory  # with user_name
    record_number: int
    columns: Sequence[str]  # that it wrote
    changes: list[CellChange] | None  # None: retention deleted the values
    by_hand: bool  # whether the row had been changed manually before

    @property
    def written_by(self) -> Record:
        return self.import_record.pk, self.record_number


@dataclass(frozen=True)
class RowHistory:
    """Who made the row what it is. Manual changes are in no version."""

    inserted_by: Record
    writers: dict[str, Record]  # column → the last record that changed it; the others are as inserted
    versions: list[RowVersion]  # newest first, at most MAX_LISTED
    count: int  # of all versions

    def writer_of(self, column: str) -> Record:
        return self.writers.get(column, self.inserted_by)


def row_history(table_name: str, row_id: int, last_writer: Record) -> RowHistory:
    """Return the history of a row. last_writer: as the row names it."""
    origin = RowOrigin.objects.filter(table_name=table_name, row_id=row_id).first()
    if origin is None:
        return RowHistory(last_writer, {}, [], 0)
    updates = RowUpdate.objects.filter(table_name=table_name, row_id=row_id).order_by("-import_order")
    latest = list(updates[:MAX_LISTED])
    imports = with_user_names(ImportHistory.objects.all()).in_bulk({update.import_record_id for update in latest})
    return RowHistory(
        inserted_by=(origin.import_id, origin.record_number),
        writers=dict(cell_writers(table_name, row_id)),
        versions=[_version(update, imports[update.import_record_id]) for update in latest],
        count=updates.count(),
    )


def count_updated_since(table_name: str, import_id: UUID) -> int:
    """Return how many rows that an import inserted were updated since, and now name another import."""
    return RowOrigin.objects.filter(table_name=table_name, import_id=import_id).count()


def _version(update: RowUpdate, record: ImportHistory) -> RowVersion:
    before, after, changes = update.before, update.record, None
    if before is not None and after is not None:
        changes = [CellChange(name, before.get(name), after.get(name)) for name in update.columns]
    return RowVersion(record, update.record_number, update.columns, changes, update.by_hand)
