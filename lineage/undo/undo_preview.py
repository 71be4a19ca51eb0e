"""What an undo will do and what it did, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.messages import Message
from imports.errors import CannotUndo
from lineage.undo.edited_rows_choice import EditedRowsChoice, refuse_undecided


@dataclass(frozen=True)
class OtherImport:
    """Another import, and how many of its rows are restored or become duplicates."""

    import_id: str
    file_name: str | None
    rows: int


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do now."""

    import_id: str
    table_name: str
    rows_going: int  # all of the import but those that are kept; where the table is dropped, all of its rows
    rows_remaining: int  # of imports, in the table, after the undo
    imports_remaining: int  # other active imports of the table
    rows_returning: int  # of other imports, that were duplicates or updates
    returning: tuple[OtherImport, ...]
    rows_becoming_duplicates: int  # of other imports, of rows that return: or updates of them
    becoming_duplicates: tuple[OtherImport, ...]
    rows_reverted: int  # of other imports, that stay and get the values that they have without this one
    reverted: tuple[OtherImport, ...]  # the imports that inserted them
    columns_dropped: tuple[str, ...]  # that only this import fills
    table_dropped: bool  # imports created it, no other is active, and all its rows are of imports
    rows_changed_by_hand: int  # that would be lost: needs the choice `keep` or `remove`
    changed_rows: tuple[int, ...]  # the first ids of them
    rows_deleted_by_hand: int  # of the import, since
    blocked_by: tuple[Message, ...]  # empty where nothing prevents it

    def refuse_if_blocked(self, choice: EditedRowsChoice | None = None) -> None:
        """Raises CannotUndo where the undo would raise it."""
        for obstacle in self.blocked_by:
            raise CannotUndo(obstacle, import_id=self.import_id)
        refuse_undecided(CannotUndo, self.import_id, self.rows_changed_by_hand, self.changed_rows, choice)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, `blocked_by` in English, and as codes with parameters under `blocked_by_details`."""
        return asdict(self) | {
            "blocked_by": list(map(str, self.blocked_by)),
            "blocked_by_details": [obstacle.as_json() for obstacle in self.blocked_by],
        }


@dataclass(frozen=True)
class UndoReport:
    """What an undo did."""

    import_id: str
    table_name: str
    rows_removed: int  # as UndoPreview.rows_going
    rows_returned: int
    rows_become_duplicates: int
    rows_reverted: int  # of other imports
    rows_kept: int  # of the import, changed manually
    columns_dropped: tuple[str, ...]
    table_dropped: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
