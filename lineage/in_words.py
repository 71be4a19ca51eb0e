"""What the pages say about an undo before it happens."""

from __future__ import annotations

from collections.abc import Iterator

from lineage.templatetags.wording import counted
from lineage.undo import UndoPreview


def undo_in_words(preview: UndoPreview) -> Iterator[str]:
    """What will happen, a sentence each."""
    yield f"{counted(preview.rows_going, 'row')} will leave the table {preview.table_name}."
    if preview.table_dropped:
        yield "No other import stands in the table, so the table itself will go."
    else:
        others = counted(preview.imports_remaining, "other import")
        yield f"{counted(preview.rows_remaining, 'row')} will stay, from {others}."
    if preview.columns_dropped:
        names = ", ".join(preview.columns_dropped)
        yield f"{counted(len(preview.columns_dropped), 'column')} that only this import brought will go: {names}."
    yield "The history keeps this import, marked as undone. The same file may be imported again."
