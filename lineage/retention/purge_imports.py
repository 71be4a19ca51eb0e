"""Forgetting imports whole: the record in the history with all that belongs to it, never with a row of a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from audit.log import record
from core.errors import AtlasError
from imports.errors import CannotUndo, TableBusy, UnknownImport
from imports.history.messages import NO_SUCH_IMPORT
from imports.locks import table_lock
from imports.models import ImportHistory, ImportStatus
from imports.tables.queries.selection import select_rows
from lineage.retention import messages
from lineage.retention.purge_details import (
    DETAILS,
    WAIT_SECONDS,
    Left,
    RetentionRun,
    archive_records,
    purge_records,
)
from lineage.retention.purge_source_files import purge_file_of
from lineage.retention.remaining_rows import with_rows
from lineage.undo import preview, undo_import
from lineage.undo.undo_preview import UndoPreview

REASON = "Forgotten with its rows, as retention was asked to."


def purge_undone(run: RetentionRun, before: datetime) -> None:
    """Imports that were undone before; they have no rows any more."""
    undone = ImportHistory.objects.filter(undone_at__lt=before).order_by("undone_at", "pk")
    standing_rows = with_rows(undone.values_list("pk", flat=True))
    for found in undone:
        if found.pk in standing_rows:
            run.left.append(_still_has_rows(found))
        else:
            try:
                _purge_import(run, found)
            except TableBusy as busy:
                run.left.append(Left(messages.IMPORT_LEFT(import_id=str(found.pk)), busy.message))


def _still_has_rows(found: ImportHistory) -> Left:
    return Left(messages.IMPORT_HAS_ROWS(import_id=str(found.pk), table=found.table_name))


def purge_with_rows(run: RetentionRun, import_ids: Sequence[UUID]) -> None:
    """Imports that somebody names, with their rows: an undo, and then forgetting. Raises UnknownImport."""
    found = {one.pk: one for one in ImportHistory.objects.filter(pk__in=import_ids)}
    for import_id in import_ids:
        if import_id not in found:
            raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    for one in found.values():
        try:
            _purge_with_rows(run, one)
        except AtlasError as error:
            run.left.append(Left(messages.IMPORT_LEFT(import_id=str(one.pk)), error.message))


def _purge_with_rows(run: RetentionRun, found: ImportHistory) -> None:
    if found.status == ImportStatus.IN_PROGRESS:
        raise CannotUndo(messages.IMPORT_RUNS())
    if found.is_active:
        _take_rows_out(run, found)
        found.refresh_from_db()
    elif with_rows([found.pk]):
        run.left.append(_still_has_rows(found))
        return
    _purge_import(run, found)


def _take_rows_out(run: RetentionRun, found: ImportHistory) -> None:
    """Raises CannotUndo; also where rows were changed by hand: retention does not choose what becomes of them."""
    expected = preview(found.pk)
    _refuse_if_blocked(expected)
    if run.dry_run:
        run.numbers["rows"] += expected.rows_going
        return
    with table_lock(found.table_name, wait_seconds=WAIT_SECONDS):  # from the copy of the rows to their end
        if run.archive:
            rows = select_rows(found.table_name, filters=[("_import_id", str(found.pk))], include_metadata=True)
            for text in rows.json_texts():
                run.archive.write_row(found.table_name, text)
            run.archive.settle()
        run.numbers["rows"] += undo_import(found.pk, run.actor, REASON).rows_removed


def _refuse_if_blocked(expected: UndoPreview) -> None:
    """Raises CannotUndo."""
    if expected.rows_changed_by_hand:
        raise CannotUndo(
            messages.CHANGED_ROWS_WOULD_GO(rows=expected.rows_changed_by_hand, import_id=expected.import_id)
        )
    expected.refuse_if_blocked()


def _purge_import(run: RetentionRun, found: ImportHistory) -> None:
    """One import that does not stand."""
    before = Counter(run.numbers)
    for detail in DETAILS:
        purge_records(run, found, detail)
    if run.dry_run or _deleted(run, found, run.numbers - before):
        run.numbers["imports"] += 1
        run.imports_gone.add(found.pk)
        purge_file_of(run, found)


def _deleted(run: RetentionRun, found: ImportHistory, numbers: Counter[str]) -> bool:
    """False where it stands again by now, or has rows: the database would take them along."""
    with table_lock(found.table_name, wait_seconds=WAIT_SECONDS), transaction.atomic():
        record_now = ImportHistory.objects.select_for_update().filter(pk=found.pk).first()
        if record_now is None:
            return False
        if record_now.is_active or with_rows([found.pk]):
            run.left.append(_still_has_rows(found))
            return False
        archive_records(run, "import", [record_now])
        record_now.delete()
        known = {"table_name": found.table_name, "file_name": found.file_name, "file_hash": found.file_hash}
        record(run.actor, "retention.import", str(found.pk), **known, **numbers)
    return True
