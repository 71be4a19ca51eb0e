"""Rows that somebody changed with SQL: what becomes of those that an undo or a redo would take away."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import TextChoices

from core.errors import AtlasError
from lineage.undo import messages

SHOWN = 20  # rows changed by hand that are named


class EditedRowsChoice(TextChoices):
    """What becomes of them."""

    KEEP = "keep"  #: they stay as they are, with the import that they came from
    REMOVE = "remove"  #: they go like the others


def refuse_undecided(
    error: type[AtlasError], import_id: str, changed: int, row_ids: Sequence[int], choice: EditedRowsChoice | None
) -> None:
    """Raises the error, CannotUndo or CannotRedo, where rows would be lost and nobody said what becomes of them."""
    if not changed or choice is not None:
        return
    raise error(
        messages.CHANGED_ROWS_UNDECIDED(rows=changed),
        import_id=import_id,
        rows_changed_by_hand=changed,
        changed_rows=list(row_ids),
    )


def needs_choice(error: AtlasError) -> bool:
    """Whether an undo or redo was refused because nobody said what becomes of rows that were changed by hand."""
    return "rows_changed_by_hand" in error.details
