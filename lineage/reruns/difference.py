"""What a rerun would change, in numbers and in its first rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from core.messages import Message
from imports.errors import CannotRerun
from imports.loading.outcome import nothing_loaded_message
from lineage.reruns.queries.difference import Cells, Difference, errors_by_column
from lineage.reruns.replacement import Replacement
from lineage.reruns.report import outcomes_of, outcomes_of_import
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.undo import in_order
from lineage.undo.undo_preview import OtherImport

ROWS_SHOWN = 100


@dataclass(frozen=True)
class ErrorChange:
    """How many errors of one code in one column the import has now, and would have."""

    error_type: str
    column: str
    before: int
    after: int


@dataclass(frozen=True)
class RowChange:
    """One row that would change. change: `changed`, `added` or `removed`."""

    change: str
    record_number: int | None  # None: a row of another import
    row_id: int | None
    cells: dict[str, tuple[str | None, str | None]]  # column → before and after; only those that differ


@dataclass(frozen=True)
class RerunPreview:
    """What a rerun would do now."""

    import_id: str
    table_name: str
    before: dict[str, int]  # the counts of the import
    after: dict[str, int]
    rows_changed: int
    rows_added: int
    rows_removed: int
    cells_changed: dict[str, int]  # column → in how many of the rows that change
    error_changes: tuple[ErrorChange, ...]  # those whose number changes
    rows: tuple[RowChange, ...]  # the first ones
    rows_returning: int  # of later imports
    returning: tuple[OtherImport, ...]
    rows_becoming_duplicates: int  # of later imports
    becoming_duplicates: tuple[OtherImport, ...]
    repairs_carried: int  # repaired records whose repairs count for the new import, too
    repairs_left: tuple[int, ...]  # repaired records whose repairs would not count any more
    columns_dropped: tuple[str, ...]
    columns_added: tuple[str, ...]
    columns_retyped: tuple[str, ...]
    warnings: tuple[Message, ...]
    rows_changed_by_hand: int  # that would be lost: needs the choice `keep` or `remove`
    changed_rows: tuple[int, ...]  # the first ids of them
    blocked_by: tuple[Message, ...]  # empty where nothing prevents it

    @property
    def is_the_same(self) -> bool:
        """Whether no row, no error and no other import would change."""
        return not (
            self.rows_changed or self.rows_added or self.rows_removed or self.error_changes or self.rows_returning
            or self.rows_becoming_duplicates or self.columns_dropped or self.columns_added or self.columns_retyped
            or self.before != self.after
        )  # fmt: skip

    def refuse_if_blocked(self, choice: EditedRowsChoice | None = None) -> None:
        """Raises CannotRerun where the rerun would be refused."""
        for obstacle in self.blocked_by:
            raise CannotRerun(obstacle, import_id=self.import_id)
        refuse_undecided(CannotRerun, self.import_id, self.rows_changed_by_hand, self.changed_rows, choice)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields, messages in English, and what prevents it as codes with parameters too."""
        rows = [
            asdict(row) | {"cells": {name: {"before": old, "after": new} for name, (old, new) in row.cells.items()}}
            for row in self.rows
        ]
        return asdict(self) | {
            "rows": rows,
            "warnings": list(map(str, self.warnings)),
            "blocked_by": list(map(str, self.blocked_by)),
            "blocked_by_details": [obstacle.as_json() for obstacle in self.blocked_by],
        }


def preview_of(replacement: Replacement) -> RerunPreview:
    """Return what a rerun would change, within its transaction, before it is carried out."""
    record, new, changes = replacement.record, replacement.new, replacement.changes
    columns = [column.name for column in replacement.place.now.columns]
    difference = Difference(replacement.replay, record.pk, new.pk, replacement.replay.timeline.origin, columns)
    rows_changed, rows_added, rows_removed = difference.counts()
    return RerunPreview(
        import_id=str(record.pk),
        table_name=replacement.table_name,
        before=outcomes_of_import(record),
        after=outcomes_of(replacement.counts),
        rows_changed=rows_changed,
        rows_added=rows_added,
        rows_removed=rows_removed,
        cells_changed=difference.cells(),
        error_changes=tuple(
            ErrorChange(*found)
            for found in errors_by_column(replacement.replay, record.pk, new.pk)
            if found[2] != found[3]
        ),
        rows=tuple(map(_row_change, difference.first(ROWS_SHOWN))),
        rows_returning=sum(changes.restored.values()),
        returning=in_order(changes.restored),
        rows_becoming_duplicates=sum(changes.removed.values()),
        becoming_duplicates=in_order(changes.removed),
        repairs_carried=len(replacement.repairs.carried),
        repairs_left=tuple(replacement.repairs.left),
        columns_dropped=replacement.columns_dropped,
        columns_added=replacement.columns_added,
        columns_retyped=replacement.columns_retyped,
        warnings=replacement.plan.warnings,
        rows_changed_by_hand=replacement.edited.count(),
        changed_rows=tuple(replacement.edited.first_ids(MAX_ROWS_NAMED)),
        blocked_by=_obstacles(replacement),
    )


def _obstacles(replacement: Replacement) -> tuple[Message, ...]:
    if replacement.counts.nothing_loaded:
        return (nothing_loaded_message(replacement.counts),)
    return replacement.obstacles()


def _row_change(row: Cells) -> RowChange:
    before, after = row.before or {}, row.after or {}
    names = [name for name in before or after if before.get(name) != after.get(name)]
    change = "changed" if row.before is not None and row.after is not None else "removed" if row.before else "added"
    return RowChange(
        change, row.record_number, row.row_id, {name: (before.get(name), after.get(name)) for name in names}
    )
