"""What stays of an import that was undone, in words."""

from __future__ import annotations

from core.messages import Message
from imports.history import messages
from imports.models import ImportHistory
from imports.tables.catalog import data_tables
from imports.tables.rows import count_rows


def rows_kept(record: ImportHistory) -> int:
    """How many rows of an undone import are still in the table: they were changed by hand, and somebody kept them."""
    if not record.undone_at or record.table_name not in data_tables():
        return 0
    return count_rows(record.table_name, record.pk)


def note_on_undone_import(record: ImportHistory) -> Message | None:
    """That its rows are gone, and how many are not; None where it was not undone."""
    if not record.undone_at:
        return None
    when, kept = f"{record.undone_at:%Y-%m-%d %H:%M}", rows_kept(record)
    return messages.UNDONE_BUT_FOR_ROWS(undone_at=when, rows=kept) if kept else messages.UNDONE(undone_at=when)
