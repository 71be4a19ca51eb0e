"""Deletion of details of imports and of the audit log, in batches with short transactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest

from audit.log import delete_details, record
from audit.models import AuditDetail
from core.actors import Actor
from core.errors import TableBusy
from core.messages import Message, Sentence
from core.waits.given_up import given_up_waits
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS, ROW_VERSIONS, mark_purged
from imports.locks import table_lock
from imports.models import ErrorSummary, ImportHistory, ImportStatus, KeptRecord, MappingError, RowUpdate
from lineage.retention import messages
from lineage.retention.archive import Archive

PURGED = "retention.details"  #: the audit entry of one batch; lineage.consistency adds their numbers up
BATCH = 5_000  # records in a transaction

#: The age of an import counts from its start, or from its undo.
AGE = Greatest("import_timestamp", "undone_at", output_field=DateTimeField())


def _delete(records: QuerySet[Any]) -> None:
    records.delete()


def _delete_errors(records: QuerySet[Any]) -> None:
    """Delete errors, and the summaries that show values of them."""
    ErrorSummary.objects.filter(pk__in=records.values("import_record")).delete()
    records.delete()


def _empty_versions(records: QuerySet[Any]) -> None:
    """Delete the values of rows before and after updates: that a record updated a row stays known."""
    records.update(
        record=None, record_corrections=None, before=None, before_import_id=None, before_record_number=None,
        before_imported_at=None, before_corrections=None, found=None,
    )  # fmt: skip


@dataclass(frozen=True)
class Detail:
    """A detail of an import with its own table."""

    model: type[KeptRecord] | type[MappingError] | type[RowUpdate]
    stored: Q = Q()  # the records that have not been deleted yet
    delete: Callable[[QuerySet[Any]], None] = _delete

    @property
    def records(self) -> QuerySet[Any]:
        return self.model._default_manager.filter(self.stored)


DETAILS = {
    KEPT_RECORDS: Detail(KeptRecord),
    MAPPING_ERRORS: Detail(MappingError, delete=_delete_errors),
    ROW_VERSIONS: Detail(RowUpdate, Q(before__isnull=False), _empty_versions),
}


#: Messages about details that were not deleted.
_NOT_DELETED: dict[str, Sentence] = {
    KEPT_RECORDS: messages.KEPT_RECORDS_LEFT,
    MAPPING_ERRORS: messages.MAPPING_ERRORS_LEFT,
    ROW_VERSIONS: messages.ROW_VERSIONS_LEFT,
}


@dataclass(frozen=True)
class Left:
    """Something that was not deleted."""

    what: Message
    why: Message | None = None  # None: `what` contains the reason

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else str(self.what)


@dataclass
class RetentionRun:
    """One run of the policies. It remembers what it deletes, so that a dry run counts nothing twice."""

    actor: Actor
    now: datetime
    dry_run: bool
    archive: Archive | None  # None: no archive
    imports_gone: set[UUID] = field(default_factory=set)
    files_gone: set[str] = field(default_factory=set)  # SHA-256
    numbers: Counter[str] = field(default_factory=Counter)  # of the current policy: kind → number deleted
    left: list[Left] = field(default_factory=list)  # of the current policy: what was not deleted, and why

    @property
    def archive_name(self) -> str | None:
        """The name of the archive's file."""
        return self.archive.path.name if self.archive else None


def purge_detail(run: RetentionRun, before: datetime, *, detail: str) -> None:
    """Delete the skipped rows, the errors, or the earlier versions of rows, of old imports."""
    details = DETAILS[detail].records.filter(import_record=OuterRef("pk"))
    old = ImportHistory.objects.annotate(age=AGE).filter(Exists(details), age__lt=before)
    ended = old.exclude(status=ImportStatus.IN_PROGRESS).exclude(pk__in=run.imports_gone)
    for import_record in ended.only("pk", "table_name").order_by("age", "pk"):
        before_import = run.numbers[detail]
        purge_records(run, import_record, detail)
        run.numbers["imports"] += run.numbers[detail] > before_import


def purge_records(run: RetentionRun, import_record: ImportHistory, detail: str) -> None:
    """Delete a detail of one import. Each batch holds the table's lock, because an undo may need all of them."""
    records = DETAILS[detail].records.filter(import_record=import_record.pk).order_by("pk")
    if run.dry_run:
        run.numbers[detail] += records.count()
        return
    try:
        while deleted := _purge_batch(run, import_record, detail, records):
            run.numbers[detail] += deleted
    except TableBusy as busy:
        run.left.append(Left(_NOT_DELETED[detail](import_id=str(import_record.pk)), busy.message))


def _purge_batch(run: RetentionRun, import_record: ImportHistory, detail: str, records: QuerySet[Any]) -> int:
    """Delete some records, with the count in the import's mark and in the audit log; return how many."""
    name = import_record.table_name
    with table_lock(name), given_up_waits(name), transaction.atomic():
        batch = list(records[:BATCH])
        if batch:
            archive_records(run, detail.removesuffix("s"), batch)
            mark_purged([import_record.pk], detail, run.now, len(batch))
            DETAILS[detail].delete(records.model._default_manager.filter(pk__in=[item.pk for item in batch]))
            record(run.actor, PURGED, str(import_record.pk), archive=run.archive_name, **{detail: len(batch)})
    return len(batch)


def archive_records(run: RetentionRun, kind: str, records: list[Any]) -> None:
    if run.archive:
        run.archive.write_records(kind, records)
        run.archive.flush_to_disk()


def purge_audit_details(run: RetentionRun, before: datetime) -> None:
    """Delete details of the audit log; its entries and their chain are kept."""
    old = AuditDetail.objects.filter(entry__happened_at__lt=before).order_by("entry_id")
    if run.dry_run:
        run.numbers["details"] += old.count()
        return
    while deleted := _purge_audit_batch(run, before, old):
        run.numbers["details"] += deleted


def _purge_audit_batch(run: RetentionRun, before: datetime, old: QuerySet[AuditDetail]) -> int:
    with transaction.atomic():
        if run.archive:
            archive_records(run, "audit_detail", list(old[:BATCH]))
        return delete_details(before, BATCH)
