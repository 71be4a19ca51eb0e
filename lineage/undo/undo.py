"""Taking an import back: first what would happen, in numbers, then the deed, in one transaction under the lock.

Afterwards the table is what it would be if only the other imports had ever run; see replay.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.messages import Message
from imports.conversion.stored_plan import columns_of, has_plan
from imports.errors import CannotUndo, TableBusy, TableChanged, UnknownImport, UnknownTable
from imports.history.messages import NO_SUCH_IMPORT
from imports.locks import (
    read_without_keeping_locks,
    table_lock,
    take_history,
    timed_out,
)
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType
from imports.table_description import TableDescription
from imports.tables import catalog, rows, schema
from imports.tables.constraints import without_key_checks
from imports.tables.foreign import filled_columns, has_foreign_rows, hold_table
from imports.tables.manual_edits import count_deleted, manually_edited, own_changes
from imports.tables.row_order import by_import
from lineage.undo import edited_rows, later_imports, messages
from lineage.undo.edited_rows import EditedRows
from lineage.undo.edited_rows_choice import SHOWN, EditedRowsChoice, refuse_undecided
from lineage.undo.obstacles import (
    referring_in_words,
    translate_constraint_errors,
    unless_used,
    unreadable_in_words,
    users_in_words,
)
from lineage.undo.rounds import numbered
from lineage.undo.table_imports import (
    added_by_plans,
    columns_only_from,
    imports_of,
    in_no_plan,
    later_import_with_purged_duplicates,
    other_active_imports,
    rounds_after,
)
from lineage.undo.undo_preview import OtherImport, UndoPreview, UndoReport

WAIT_SECONDS = 10  # for an import or undo of the same table
PREVIEW_SECONDS = 2  # that a preview waits for a lock


def preview(import_id: UUID, changed_rows: EditedRowsChoice | None = None) -> UndoPreview:
    """Changes nothing. Raises UnknownImport, CannotUndo where there is nothing to take back, TableChanged, and
    TableBusy where an import that runs is changing the table's columns."""
    with _unless_busy(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SET LOCAL lock_timeout = '{PREVIEW_SECONDS}s'")
        found = Undo(import_id, changed_rows).preview()
        transaction.set_rollback(True)
    return found


@contextmanager
def _unless_busy() -> Iterator[None]:
    """A lock that is waited for in vain raises TableBusy."""
    try:
        yield
    except OperationalError as error:
        if not timed_out(error):
            raise
        raise TableBusy(messages.TABLE_BEING_CHANGED()) from None


def undo_import(
    import_id: UUID, actor: Actor, reason: str = "", changed_rows: EditedRowsChoice | None = None
) -> UndoReport:
    """Takes the import's rows back; its history stays.

    changed_rows: has to be given where rows were changed by hand. Raises UnknownImport, CannotUndo, TableBusy,
    TableChanged, SourceUnavailable.
    """
    table_name = require_active(import_id).table_name
    with table_lock(table_name, wait_seconds=WAIT_SECONDS), transaction.atomic(durable=True):
        undo = Undo(import_id, changed_rows)
        undo.refuse_if_blocked()
        report = undo.carry_out()
        mark_undone(undo.found, actor, reason)
        record(actor, "import.undone", str(import_id), reason=reason, **_numbers(report, changed_rows))
    return report


class Undo:
    """One undo, worked out within a transaction: what it comes to, before anything is changed."""

    def __init__(self, import_id: UUID, changed_rows: EditedRowsChoice | None) -> None:
        """Raises UnknownImport, CannotUndo."""
        self.changed_rows = changed_rows
        self.keeps = changed_rows == EditedRowsChoice.KEEP
        with read_without_keeping_locks():
            self.found = require_active(import_id)
            self.table_name = self.found.table_name
            self.table = _described(self.table_name)
            imports = imports_of(self.table_name)
            others = [one for one in imports if one.is_active and one.import_id != import_id]
            self.imports_remaining = len(others)
            self.made_by_imports = schema.made_by_imports(self.table_name)
            self.table_dropped = self.made_by_imports and not others and not has_foreign_rows(self.table_name)
            self.columns = self._columns_dropped() if others or not self.made_by_imports else ()
            rounds = rounds_after(self.found.import_order or 0, imports, [one.name for one in self.table.columns])
            self._refuse_forgotten()
        by_import({one.import_id: one.order for one in imports}, rounds=numbered(rounds))
        self.replay = later_imports.look(self.table, rounds, undone=import_id, keeps_changed=self.keeps)
        self.changes = self.replay.changes()
        self.at_stake = EditedRows(self.table_name, import_id, self.columns, table_dropped=self.table_dropped)

    def _own_columns(self) -> list[str]:
        config = self.found.mapping_config
        there = {one.name for one in self.table.columns}
        own = columns_of(config) if config and has_plan(config) else []
        return [one.name for one in own if one.name in there]

    def _columns_dropped(self) -> tuple[str, ...]:
        """The import's own that nothing else fills; of a table that no import made, only those that imports added."""
        own, others = self._own_columns(), other_active_imports(self.found)
        if self.made_by_imports:
            only = columns_only_from(own, others)
        else:
            added = schema.added_columns(self.table_name) | added_by_plans(own, self.table_name)
            only = in_no_plan([name for name in own if name in added], others)
        filled = self._filled_otherwise(only)
        return tuple(name for name in only if name not in filled)

    def _filled_otherwise(self, columns: Sequence[str]) -> set[str]:
        """Those with values in rows that no import brought; in a table that no import made, also in others' rows.

        These may be of the caller's own code, which has no plan, and changes of them by hand may not be noticed there.
        """
        return filled_columns(self.table_name, columns, but=None if self.made_by_imports else self.found.pk)

    def _refuse_forgotten(self) -> None:
        """Raises CannotUndo where it is no longer known which records of a later import repeat rows that go."""
        one = later_import_with_purged_duplicates(self.found)
        if one:
            raise CannotUndo(
                messages.RETURNING_FORGOTTEN(import_id=str(one.pk), file_name=one.file_name),
                import_id=str(self.found.pk),
            )

    @cached_property
    def stays(self) -> bool:
        """Whether rows are kept that would be lost: then the table has to stay, and the columns that they fill."""
        return self.keeps and self.at_stake.count() > 0

    @property
    def table_goes(self) -> bool:
        return self.table_dropped and not self.stays

    @cached_property
    def columns_going(self) -> tuple[str, ...]:
        return tuple(one for one in self.columns if not (self.stays and self.at_stake.holds_values(one)))

    @cached_property
    def going(self) -> int:
        if self.table_goes:
            return rows.count_rows(self.table_name)
        return rows.count_rows(self.table_name, self.found.pk) - self.kept

    @cached_property
    def kept(self) -> int:
        return self.at_stake.of_import() if self.keeps else 0

    @property
    def coming(self) -> int:
        return sum(self.changes.coming.values())

    @property
    def leaving(self) -> int:
        return sum(self.changes.leaving.values())

    def preview(self) -> UndoPreview:
        everything = self.going if self.table_goes else rows.count_rows(self.table_name)
        return UndoPreview(
            import_id=str(self.found.pk),
            table_name=self.table_name,
            rows_going=self.going,
            rows_remaining=everything - self.going + self.coming - self.leaving,
            imports_remaining=self.imports_remaining,
            rows_returning=self.coming,
            returning=_by_import(self.changes.coming),
            rows_becoming_duplicates=self.leaving,
            becoming_duplicates=_by_import(self.changes.leaving),
            columns_dropped=self.columns_going,
            table_dropped=self.table_goes,
            rows_changed_by_hand=self.at_stake.count(),
            changed_rows=tuple(self.at_stake.first(SHOWN)),
            rows_deleted_by_hand=count_deleted(self.table_name, self.found.pk),
            blocked_by=self.obstacles(),
        )

    def obstacles(self) -> tuple[Message, ...]:
        found = (*referring_in_words(self.table_name), *unreadable_in_words(self.changes.leaving))
        if not self.table_goes and not self.columns_going:
            return found
        columns = None if self.table_goes else self.columns_going
        return (*found, *users_in_words(self.table_name, columns))

    def refuse_if_blocked(self) -> None:
        """Raises CannotUndo."""
        import_id = str(self.found.pk)
        for obstacle in self.obstacles():
            raise CannotUndo(obstacle, import_id=import_id)
        refuse_undecided(CannotUndo, import_id, self.at_stake.count(), self.at_stake.first(SHOWN), self.changed_rows)

    def carry_out(self) -> UndoReport:
        kept, columns = self.kept, self.columns_going
        with translate_constraint_errors(CannotUndo), without_key_checks(self.table_name), own_changes():
            removed = self._take_out()
        if columns and not self.table_goes:
            hold_table(self.table_name)
            self._refuse_changed(bool(self._filled_otherwise(columns)))
            with unless_used():
                schema.drop_columns(self.table_name, columns)
        edited_rows.forget_gone(self.table_name, self.found.pk)
        return UndoReport(
            import_id=str(self.found.pk),
            table_name=self.table_name,
            rows_removed=removed,
            rows_returned=self.coming,
            rows_become_duplicates=self.leaving,
            rows_kept=kept,
            columns_dropped=columns,
            table_dropped=self.table_goes,
        )

    def _take_out(self) -> int:
        """How many rows went: those of the import, and all that stood in the table where it goes."""
        if self.table_goes:
            removed = self.going
            take_history(WAIT_SECONDS)
            hold_table(self.table_name)
            self._refuse_changed(has_foreign_rows(self.table_name))
            with unless_used():
                schema.drop_table(self.table_name)
            return removed
        but = manually_edited(self.table_name) if self.keeps else None
        removed = rows.delete_rows(self.table_name, self.found.pk, but=but)
        later_imports.apply(self.replay, self.changes)
        return removed

    def _refuse_changed(self, is_changed: bool) -> None:
        """Raises TableChanged where rows that no import brought would be lost: they came while the undo began."""
        if is_changed:
            raise TableChanged(messages.FOREIGN_ROWS_CHANGED(table=self.table_name), table_name=self.table_name)


def _described(table_name: str) -> TableDescription:
    try:
        return catalog.describe(table_name)
    except UnknownTable:
        raise CannotUndo(messages.TABLE_DROPPED_BY_HAND(table=table_name)) from None


def _by_import(numbers: dict[UUID, int]) -> tuple[OtherImport, ...]:
    """In the order of the imports."""
    found = ImportHistory.objects.filter(pk__in=numbers).order_by("import_order").values_list("import_id", "file_name")
    return tuple(OtherImport(str(import_id), file_name, numbers[import_id]) for import_id, file_name in found)


def _numbers(report: UndoReport, changed_rows: EditedRowsChoice | None) -> dict[str, Any]:
    numbers = {**report.as_dict(), "columns_dropped": list(report.columns_dropped)}
    del numbers["import_id"]
    return numbers | ({"changed_rows": str(changed_rows)} if changed_rows else {})


def require_active(import_id: UUID) -> ImportHistory:
    """The import, if it can be taken back. Raises UnknownImport, CannotUndo."""
    found = ImportHistory.objects.filter(pk=import_id).first()
    if found is None:
        raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    if found.undone_at:
        raise CannotUndo(messages.UNDONE_ALREADY(undone_at=f"{found.undone_at:%Y-%m-%d %H:%M}"))
    if found.status == ImportStatus.IN_PROGRESS:
        raise CannotUndo(messages.UNDO_OF_RUNNING())
    if found.status == ImportStatus.FAILED:
        raise CannotUndo(messages.UNDO_OF_FAILED())
    if found.source_type == SourceType.LEGACY:
        raise CannotUndo(messages.UNDO_OF_LEGACY())
    return found


def mark_undone(found: ImportHistory, actor: Actor, reason: str) -> None:
    now = timezone.now()
    ImportHistory.objects.filter(pk=found.pk).update(
        undone_at=now, undone_by=actor.name[:255], undo_reason=reason or None, updated_at=now
    )
