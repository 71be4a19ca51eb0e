"""Undo repairs of an import: the records are what their file and the remaining repairs make of them."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.waits.operations import named
from imports.errors import CannotRepair, UnknownRepair
from imports.locks import table_lock
from imports.models import ImportHistory, Repair, RepairResult
from lineage.repairs import messages
from lineage.repairs.apply_repair import ApplyRepair
from lineage.repairs.changes import RepairReport
from lineage.repairs.known import known_records
from lineage.repairs.preconditions import require_repairable
from lineage.repairs.repair import audit_details, report_of
from lineage.repairs.typed_again import typed_again
from lineage.undo.edited_rows_choice import EditedRowsChoice


def undo_repair(
    import_id: UUID,
    repair_id: int | UUID,
    actor: Actor,
    *,
    reason: str = "",
    changed_rows: EditedRowsChoice | None = None,
    dry_run: bool = False,
) -> RepairReport:
    """Undo one repair, or all of a batch. repair_id: the number of the repair, or the id of the batch.

    Raises UnknownImport, UnknownRepair, CannotRepair, HistoryPurged, TableBusy, TableChanged, SourceUnavailable.
    """
    table_name = require_repairable(import_id).table_name
    with table_lock(table_name), named("repair", import_id), transaction.atomic(durable=True):
        record = require_repairable(import_id)
        numbers = _mark_undone(record, repair_id, actor)
        applied = ApplyRepair(record, changed_rows)
        known = known_records(record, applied.stored, numbers)
        kept = applied.kept_rows(list(known.values()))
        if kept:
            raise CannotRepair(
                messages.ROWS_KEPT(records=len(kept)), import_id=str(import_id), record_numbers=kept[:20]
            )  # fmt: skip
        typed = typed_again(applied.stored, list(known.values()))
        applied.apply(typed)
        results = [RepairResult.REPAIRED] * len(numbers)
        report = report_of(record, None, results, applied.followed, dry_run=dry_run)
        if dry_run:
            transaction.set_rollback(True)
        else:
            record_in_audit_log(
                actor, "import.repair_undone", str(import_id), reason=reason, repair=str(repair_id),
                **audit_details(report),
            )  # fmt: skip
    return report


def _mark_undone(record: ImportHistory, repair_id: int | UUID, actor: Actor) -> list[int]:
    """Mark the repairs as undone; return their records, rising. Raises UnknownRepair, CannotRepair."""
    repairs = Repair.objects.filter(import_record=record).order_by()
    found = repairs.filter(batch=repair_id) if isinstance(repair_id, UUID) else repairs.filter(pk=repair_id)
    if not found.exists():
        raise UnknownRepair(messages.NO_SUCH_REPAIR(), import_id=str(record.pk))
    taken = found.exclude(result=RepairResult.FAILED)
    if not taken.exists():
        raise CannotRepair(messages.REPAIR_TOOK_NOTHING(), import_id=str(record.pk))
    remaining = taken.filter(undone_at=None)
    numbers = sorted(remaining.values_list("record_number", flat=True))
    if not numbers:
        raise CannotRepair(messages.REPAIR_UNDONE_ALREADY(), import_id=str(record.pk))
    remaining.update(undone_at=timezone.now(), undone_by=actor.name[:255])
    return numbers
