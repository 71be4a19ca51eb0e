"""What an undo comes to, in numbers: before it and after it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.messages import Message
from imports.errors import CannotUndo
from lineage.undo.edited_rows_choice import EditedRowsChoice, refuse_undecided


@dataclass(frozen=True)
class OtherImport:
    """Another import, and how many of its rows come or leave."""

    import_id: str
    file_name: str | None
    rows: int


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do now."""

    import_id: str
    table_name: str
    rows_going: int  # all of the import, but those that are kept; where the table is dropped, all that stand in it
    rows_remaining: int  # of imports, in the table, after it
    imports_remaining: int  # that stand in the table
    rows_returning: int  # of other imports, that were duplicates
    returning: tuple[OtherImport, ...]
    rows_becoming_duplicates: int  # of other imports, of rows that return
    becoming_duplicates: tuple[OtherImport, ...]
    columns_dropped: tuple[str, ...]  # that only this import brought
    table_dropped: bool  # an import made it, no other import stands in it, and all its rows are of imports
    rows_changed_by_hand: int  # that would be lost: `keep` or `remove` has to be said
    changed_rows: tuple[int, ...]  # the first ids of them
    rows_deleted_by_hand: int  # of the import, since
    blocked_by: tuple[Message, ...]  # empty where nothing stands in the way

    def refuse_if_blocked(self, choice: EditedRowsChoice | None = None) -> None:
        """Raises CannotUndo where the undo would."""
        for obstacle in self.blocked_by:
            raise CannotUndo(obstacle, import_id=self.import_id)
        refuse_undecided(CannotUndo, self.import_id, self.rows_changed_by_hand, self.changed_rows, choice)

    def as_dict(self) -> dict[str, Any]:
        """What blocks it in English, and as codes with parameters under `blocked_by_details`."""
        return asdict(self) | {
            "blocked_by": list(map(str, self.blocked_by)),
            "blocked_by_details": [one.as_json() for one in self.blocked_by],
        }


@dataclass(frozen=True)
class UndoReport:
    """What an undo did."""

    import_id: str
    table_name: str
    rows_removed: int  # as UndoPreview.rows_going
    rows_returned: int
    rows_become_duplicates: int
    rows_kept: int  # of the import, changed by hand
    columns_dropped: tuple[str, ...]
    table_dropped: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
