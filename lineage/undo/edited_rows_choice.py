"""What becomes of rows with manual changes that an undo or a redo would remove: keep or remove."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import TextChoices

from core.errors import AtlasError
from lineage.undo import messages

MAX_ROWS_NAMED = 20  # rows with manual changes that are named


class EditedRowsChoice(TextChoices):
    """What becomes of rows with manual changes."""

    KEEP = "keep"  #: they stay as they are, as rows of their import
    REMOVE = "remove"  #: they are removed like the others


def refuse_undecided(
    error: type[AtlasError], import_id: str, changed: int, row_ids: Sequence[int], choice: EditedRowsChoice | None
) -> None:
    """Raises the error, CannotUndo or CannotRedo, where changed rows would be removed and no choice is made."""
    if not changed or choice is not None:
        return
    raise error(
        messages.CHANGED_ROWS_UNDECIDED(rows=changed),
        import_id=import_id,
        rows_changed_by_hand=changed,
        changed_rows=list(row_ids),
    )


def needs_choice(error: AtlasError) -> bool:
    """Whether an undo or redo was refused for want of a choice about rows with manual changes."""
    return "rows_changed_by_hand" in error.details
