"""What stays of an import that was undone, in words."""

from __future__ import annotations

from imports.models import ImportHistory
from imports.tables.catalog import data_tables
from imports.tables.rows import count_rows


def rows_kept(record: ImportHistory) -> int:
    """How many rows of an undone import are still in the table: they were changed by hand, and somebody kept them."""
    if not record.undone_at or record.table_name not in data_tables():
        return 0
    return count_rows(record.table_name, record.pk)


def note_on_undone(record: ImportHistory) -> str | None:
    """That its rows are gone, and how many are not; None where it was not undone."""
    if not record.undone_at:
        return None
    when, kept = f"{record.undone_at:%Y-%m-%d %H:%M} UTC", rows_kept(record)
    if not kept:
        return f"The import was undone on {when}: its inserted rows are gone."
    rows = "1 row that was" if kept == 1 else f"{kept:,} rows that were"
    return f"The import was undone on {when}: its inserted rows are gone but for {rows} changed by hand and kept."
