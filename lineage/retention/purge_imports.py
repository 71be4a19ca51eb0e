"""Deletion of imports: the record in the history with everything that belongs to it, but never rows of tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.log import record
from core.errors import AtlasError, TableBusy
from core.waits.given_up import given_up_waits
from imports.errors import CannotUndo, UnknownImport
from imports.history.messages import NO_SUCH_IMPORT
from imports.locks import table_lock
from imports.models import ImportHistory, ImportStatus
from imports.tables.queries.selection import select_rows
from lineage.retention import messages
from lineage.retention.purge_details import (
    DETAILS,
    Left,
    RetentionRun,
    archive_records,
    purge_records,
)
from lineage.retention.purge_source_files import purge_file_of
from lineage.retention.remaining_rows import imports_with_rows
from lineage.undo import preview, undo_import
from lineage.undo.undo_preview import UndoPreview

REASON = "Deleted with its rows by retention."


def purge_undone(run: RetentionRun, before: datetime) -> None:
    """Delete imports that were undone before the given time and have no rows."""
    undone = ImportHistory.objects.filter(undone_at__lt=before).order_by("undone_at", "pk")
    ids_with_rows = imports_with_rows(undone.values_list("pk", flat=True))
    for import_record in undone:
        if import_record.pk in ids_with_rows:
            run.left.append(_still_has_rows(import_record))
        else:
            try:
                _purge_import(run, import_record)
            except TableBusy as busy:
                run.left.append(Left(messages.IMPORT_LEFT(import_id=str(import_record.pk)), busy.message))


def _still_has_rows(import_record: ImportHistory) -> Left:
    return Left(messages.IMPORT_HAS_ROWS(import_id=str(import_record.pk), table=import_record.table_name))


def purge_with_rows(run: RetentionRun, import_ids: Sequence[UUID]) -> None:
    """Undo and then delete the given imports. Raises UnknownImport."""
    records = {record.pk: record for record in ImportHistory.objects.filter(pk__in=import_ids)}
    for import_id in import_ids:
        if import_id not in records:
            raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    for import_record in records.values():
        try:
            _purge_with_rows(run, import_record)
        except AtlasError as error:
            run.left.append(Left(messages.IMPORT_LEFT(import_id=str(import_record.pk)), error.message))


def _purge_with_rows(run: RetentionRun, import_record: ImportHistory) -> None:
    if import_record.status == ImportStatus.IN_PROGRESS:
        raise CannotUndo(messages.IMPORT_RUNS())
    if import_record.is_active:
        _undo_import(run, import_record)
        import_record.refresh_from_db()
    elif imports_with_rows([import_record.pk]):
        run.left.append(_still_has_rows(import_record))
        return
    _purge_import(run, import_record)


def _undo_import(run: RetentionRun, import_record: ImportHistory) -> None:
    """Undo an import. Raises CannotUndo, also for manually changed rows, about which retention does not decide."""
    undo_effects = preview(import_record.pk)
    _refuse_if_blocked(undo_effects)
    if run.dry_run:
        run.numbers["rows"] += undo_effects.rows_going
        return
    # The lock is held from archiving the rows until they are removed.
    with table_lock(import_record.table_name):
        if run.archive:
            rows = select_rows(
                import_record.table_name, filters=[("_import_id", str(import_record.pk))], include_metadata=True
            )
            for text in rows.json_texts():
                run.archive.write_row(import_record.table_name, text)
            run.archive.flush_to_disk()
        run.numbers["rows"] += undo_import(import_record.pk, run.actor, REASON).rows_removed


def _refuse_if_blocked(undo_effects: UndoPreview) -> None:
    """Raises CannotUndo."""
    if undo_effects.rows_changed_by_hand:
        raise CannotUndo(
            messages.CHANGED_ROWS_WOULD_GO(rows=undo_effects.rows_changed_by_hand, import_id=undo_effects.import_id)
        )
    undo_effects.refuse_if_blocked()


def _purge_import(run: RetentionRun, import_record: ImportHistory) -> None:
    """Delete an import that is not active."""
    before = Counter(run.numbers)
    for detail in DETAILS:
        purge_records(run, import_record, detail)
    if run.dry_run or _deleted(run, import_record, run.numbers - before):
        run.numbers["imports"] += 1
        run.imports_gone.add(import_record.pk)
        purge_file_of(run, import_record)


def _deleted(run: RetentionRun, import_record: ImportHistory, numbers: Counter[str]) -> bool:
    """Delete the record; return False if it is active again or has rows, which the database would delete too."""
    name = import_record.table_name
    with table_lock(name), given_up_waits(name), transaction.atomic():
        record_now = ImportHistory.objects.select_for_update().filter(pk=import_record.pk).first()
        if record_now is None:
            return False
        if record_now.is_active or imports_with_rows([import_record.pk]):
            run.left.append(_still_has_rows(import_record))
            return False
        archive_records(run, "import", [record_now])
        record_now.delete()
        details = {
            "table_name": import_record.table_name,
            "file_name": import_record.file_name,
            "file_hash": import_record.file_hash,
        }
        record(run.actor, "retention.import", str(import_record.pk), **details, **numbers)
    return True
