"""Notes on undone imports."""

from __future__ import annotations

from core.messages import Message
from imports.history import messages
from imports.models import ImportHistory
from imports.tables.catalog import data_tables
from imports.tables.rows import count_rows


def rows_kept(record: ImportHistory) -> int:
    """Return how many rows of an undone import are still in the table: manually changed rows that the undo kept."""
    if not record.undone_at or record.table_name not in data_tables():
        return 0
    return count_rows(record.table_name, record.pk)


def note_on_undone_import(record: ImportHistory) -> Message | None:
    """Return that its rows and changes were removed, except how many; None if it was not undone."""
    if not record.undone_at:
        return None
    when, kept = f"{record.undone_at:%Y-%m-%d %H:%M}", rows_kept(record)
    if kept:
        sentence = messages.UNDONE_UPDATES_BUT_FOR_ROWS if record.rows_updated else messages.UNDONE_BUT_FOR_ROWS
        return sentence(undone_at=when, rows=kept)
    return (messages.UNDONE_UPDATES if record.rows_updated else messages.UNDONE)(undone_at=when)
