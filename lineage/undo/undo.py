"""Undo an import: first what it comes to, in numbers, then the undo itself, in one transaction under the table's lock.

The law, an example and the way through these modules: docs/undo.md.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.messages import Message
from core.waits.given_up import given_up_waits
from core.waits.operations import named
from core.waits.watch import watched
from imports.errors import CannotUndo, UnknownTable
from imports.history.foreign_columns import comparison_of_imports
from imports.locks import read_without_keeping_locks, table_lock
from imports.models import ImportHistory
from imports.table_description import TableDescription
from imports.tables import catalog, rows
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import own_changes
from imports.tables.origins import forget_origins
from imports.tables.row_order import by_import
from lineage.undo import later_imports, messages
from lineage.undo.drops import Drops
from lineage.undo.edited_rows import EditedRows, count_deleted, forget_removed
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.kept_versions import leave_out_of_versions
from lineage.undo.obstacles import dependents, referring_tables, refuse, translate_constraint_errors, unreadable_files
from lineage.undo.preconditions import refuse_purged, require_active
from lineage.undo.replay import Replay
from lineage.undo.rounds import numbered
from lineage.undo.table_imports import imports_of, rounds_after
from lineage.undo.timeline import Timeline
from lineage.undo.undo_preview import OtherImport, UndoPreview, UndoReport

PREVIEW_SECONDS = 2  # that a preview waits for a lock


def preview(import_id: UUID, changed_rows: EditedRowsChoice | None = None) -> UndoPreview:
    """Return what an undo would do now; change nothing.

    Raises UnknownImport, CannotUndo where the import cannot be undone at all, TableChanged, and TableBusy where an
    import that runs is changing the table's columns.
    """
    table_name = require_active(import_id).table_name
    with watched(), given_up_waits(table_name), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute(f"SET LOCAL lock_timeout = '{PREVIEW_SECONDS}s'")
        undo_preview = Undo(import_id, changed_rows).preview()
        transaction.set_rollback(True)
    return undo_preview


def undo_import(
    import_id: UUID, actor: Actor, reason: str = "", changed_rows: EditedRowsChoice | None = None
) -> UndoReport:
    """Remove the rows of an import; keep its history.

    changed_rows: required where rows would be removed that were changed manually. Raises UnknownImport, CannotUndo,
    HistoryPurged, TableBusy, TableChanged, SourceUnavailable.
    """
    table_name = require_active(import_id).table_name
    with table_lock(table_name), named("undo", import_id), transaction.atomic(durable=True):
        undo = Undo(import_id, changed_rows)
        undo.refuse_if_blocked()
        report = undo.carry_out()
        _mark_undone(undo.record, actor, reason)
        details = _audit_details(report, changed_rows)
        record_in_audit_log(actor, "import.undone", str(import_id), reason=reason, **details)
    return report


class Undo:
    """One undo within its transaction: worked out when it is made, before anything of the table is changed."""

    def __init__(self, import_id: UUID, changed_rows: EditedRowsChoice | None) -> None:
        """Raises UnknownImport, CannotUndo, HistoryPurged, TableChanged."""
        self.changed_rows = changed_rows
        self.keeps_edited = changed_rows == EditedRowsChoice.KEEP
        with read_without_keeping_locks():
            self.record = require_active(import_id)
            self.table_name = self.record.table_name
            table = _described(self.table_name)
            imports = imports_of(self.table_name)
            self.imports_remaining = sum(other.is_active and other.import_id != import_id for other in imports)
            rounds = rounds_after(self.record.import_order or 0, imports, comparison_of_imports(table))
            self.drops = Drops(self.record, table, imports_remaining=self.imports_remaining)
            refuse_purged(self.record)
            timeline = Timeline.of(table, imports, keeps_edited=self.keeps_edited)
        by_import({other.import_id: other.order for other in imports}, rounds=numbered(rounds))
        self.plans = later_imports.Plans(table)
        self.replay = Replay(timeline, rounds)
        self.replay.remove_rows(import_id, self.record.import_order or 0)
        later_imports.judge(self.replay, self.plans)
        self.changes = self.replay.changes()
        self.edited = EditedRows(
            self.table_name, import_id, timeline.origin, self.drops.columns, table_dropped=self.drops.table
        )  # fmt: skip

    # --- what it comes to

    @cached_property
    def keeps_rows(self) -> bool:
        """Whether edited rows are kept: then the table stays, and the columns that they fill."""
        return self.keeps_edited and self.edited.count() > 0

    @property
    def table_dropped(self) -> bool:
        return self.drops.table and not self.keeps_rows

    @cached_property
    def columns_dropped(self) -> tuple[str, ...]:
        return tuple(name for name in self.drops.columns if not (self.keeps_rows and self.edited.holds_values(name)))

    @cached_property
    def rows_removed(self) -> int:
        """How many rows of the import are removed; where the table is dropped, all of its rows."""
        if self.table_dropped:
            return rows.count_rows(self.table_name)
        return self.replay.count_removed()

    @cached_property
    def rows_kept(self) -> int:
        return self.edited.count_of_import() if self.keeps_edited else 0

    @property
    def rows_restored(self) -> int:
        return sum(self.changes.restored.values())

    @property
    def rows_becoming_duplicates(self) -> int:
        return sum(self.changes.removed.values())

    @property
    def rows_reverted(self) -> int:
        return 0 if self.table_dropped else sum(self.changes.reverted.values())

    def preview(self) -> UndoPreview:
        rows_now = self.rows_removed if self.table_dropped else rows.count_rows(self.table_name)
        return UndoPreview(
            import_id=str(self.record.pk),
            table_name=self.table_name,
            rows_going=self.rows_removed,
            rows_remaining=rows_now - self.rows_removed + self.rows_restored - self.rows_becoming_duplicates,
            imports_remaining=self.imports_remaining,
            rows_returning=self.rows_restored,
            returning=in_order(self.changes.restored),
            rows_becoming_duplicates=self.rows_becoming_duplicates,
            becoming_duplicates=in_order(self.changes.removed),
            rows_reverted=self.rows_reverted,
            reverted=in_order(self.changes.reverted) if self.rows_reverted else (),
            columns_dropped=self.columns_dropped,
            table_dropped=self.table_dropped,
            rows_changed_by_hand=self.edited.count(),
            changed_rows=tuple(self.edited.first_ids(MAX_ROWS_NAMED)),
            rows_deleted_by_hand=count_deleted(self.table_name, self.record.pk),
            blocked_by=self.obstacles(),
        )

    # --- what prevents it

    def obstacles(self) -> tuple[Message, ...]:
        removes_rows = self.table_dropped or self.rows_removed or self.rows_becoming_duplicates
        referring = referring_tables(self.table_name) if removes_rows else ()
        obstacles = (*referring, *unreadable_files(self.changes.kept))
        if not self.table_dropped and not self.columns_dropped:
            return obstacles
        columns = None if self.table_dropped else self.columns_dropped
        return (*obstacles, *dependents(self.table_name, columns))

    def refuse_if_blocked(self) -> None:
        """Raises CannotUndo, HistoryPurged."""
        import_id = str(self.record.pk)
        refuse(CannotUndo, self.obstacles(), import_id=import_id)
        refuse_undecided(
            CannotUndo, import_id, self.edited.count(), self.edited.first_ids(MAX_ROWS_NAMED), self.changed_rows
        )

    # --- the undo itself

    def carry_out(self) -> UndoReport:
        removed, kept, columns = self.rows_removed, self.rows_kept, self.columns_dropped  # before rows are removed
        with translate_constraint_errors(CannotUndo), without_key_checks(self.table_name), own_changes():
            self._change_table()
        if columns and not self.table_dropped:
            self.drops.drop_columns(columns)
        forget_removed(self.table_name, self.record.pk)
        return UndoReport(
            import_id=str(self.record.pk),
            table_name=self.table_name,
            rows_removed=removed,
            rows_returned=self.rows_restored,
            rows_become_duplicates=self.rows_becoming_duplicates,
            rows_reverted=self.rows_reverted,
            rows_kept=kept,
            columns_dropped=columns,
            table_dropped=self.table_dropped,
        )

    def _change_table(self) -> None:
        if self.table_dropped:
            self.drops.drop_table()
            forget_origins(self.table_name)
        else:
            if self.keeps_rows:
                leave_out_of_versions(self.table_name, self.record.pk)
            later_imports.apply(self.replay, self.changes, self.plans)


def _described(table_name: str) -> TableDescription:
    """Raises CannotUndo where there is no such table."""
    try:
        return catalog.describe(table_name)
    except UnknownTable:
        raise CannotUndo(messages.TABLE_DROPPED_BY_HAND(table=table_name)) from None


def in_order(numbers: dict[UUID, int]) -> tuple[OtherImport, ...]:
    """Return the imports with their numbers of rows, in the order of the imports."""
    imports = ImportHistory.objects.filter(pk__in=numbers).order_by("import_order")
    return tuple(
        OtherImport(str(import_id), file_name, numbers[import_id])
        for import_id, file_name in imports.values_list("import_id", "file_name")
    )


def _audit_details(report: UndoReport, changed_rows: EditedRowsChoice | None) -> dict[str, Any]:
    details = {**report.as_dict(), "columns_dropped": list(report.columns_dropped)}
    del details["import_id"]
    return details | ({"changed_rows": str(changed_rows)} if changed_rows else {})


def _mark_undone(record: ImportHistory, actor: Actor, reason: str) -> None:
    now = timezone.now()
    ImportHistory.objects.filter(pk=record.pk).update(
        undone_at=now, undone_by=actor.name[:255], undo_reason=reason or None, updated_at=now
    )
