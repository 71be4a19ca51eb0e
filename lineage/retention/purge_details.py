"""Forgetting the details of imports and of the audit log: in batches, each in a short transaction of its own."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, Exists, OuterRef, QuerySet
from django.db.models.functions import Greatest

from audit.log import delete_details
from audit.models import AuditDetail
from core.actors import Actor
from core.messages import Message, Sentence
from imports.errors import TableBusy
from imports.history.retention_marks import KEPT_RECORDS, MAPPING_ERRORS, mark_purged
from imports.locks import table_lock
from imports.models import ImportHistory, ImportStatus, KeptRecord, MappingError
from lineage.retention import messages
from lineage.retention.archive import Archive

BATCH = 5_000  # records in a transaction
WAIT_SECONDS = 10  # for an import or undo of the table

#: When an import was last of interest: when it came, or when it was undone.
AGE = Greatest("import_timestamp", "undone_at", output_field=DateTimeField())

#: The details of an import that stand in tables of their own.
DETAILS: dict[str, type[KeptRecord] | type[MappingError]] = {KEPT_RECORDS: KeptRecord, MAPPING_ERRORS: MappingError}


#: What is said of those that had to stay.
_LEFT: dict[str, Sentence] = {
    KEPT_RECORDS: messages.KEPT_RECORDS_LEFT,
    MAPPING_ERRORS: messages.MAPPING_ERRORS_LEFT,
}


@dataclass(frozen=True)
class Left:
    """Something that had to stay."""

    what: Message
    why: Message | None = None  # None: `what` says it

    def __str__(self) -> str:
        return f"{self.what}: {self.why}" if self.why else str(self.what)


@dataclass
class RetentionRun:
    """One enforcement. What goes in it is remembered, so that a dry run counts nothing twice either."""

    actor: Actor
    now: datetime
    dry_run: bool
    archive: Archive | None  # None: nothing is written down first
    imports_gone: set[UUID] = field(default_factory=set)
    files_gone: set[str] = field(default_factory=set)  # SHA-256
    numbers: Counter[str] = field(default_factory=Counter)  # of the policy that is enforced: what → how many
    left: list[Left] = field(default_factory=list)  # of this policy: what had to stay and why


def purge_detail(run: RetentionRun, before: datetime, *, detail: str) -> None:
    """The kept records, or the mapping errors, of imports from before."""
    mine = DETAILS[detail].objects.filter(import_record=OuterRef("pk"))
    old = ImportHistory.objects.annotate(age=AGE).filter(Exists(mine), age__lt=before)
    ended = old.exclude(status=ImportStatus.IN_PROGRESS).exclude(pk__in=run.imports_gone)
    for found in ended.only("pk", "table_name").order_by("age", "pk"):
        before_it = run.numbers[detail]
        purge_records(run, found, detail)
        run.numbers["imports"] += run.numbers[detail] > before_it


def purge_records(run: RetentionRun, found: ImportHistory, detail: str) -> None:
    """Of one import. Each batch under the table's lock: an undo may need all of them."""
    records: QuerySet[Any] = DETAILS[detail].objects.filter(import_record=found.pk).order_by("pk")
    if run.dry_run:
        run.numbers[detail] += records.count()
        return
    try:
        while gone := _purge_batch(run, found, detail, records):
            run.numbers[detail] += gone
    except TableBusy as busy:
        run.left.append(Left(_LEFT[detail](import_id=str(found.pk)), busy.message))


def _purge_batch(run: RetentionRun, found: ImportHistory, detail: str, records: QuerySet[Any]) -> int:
    with table_lock(found.table_name, wait_seconds=WAIT_SECONDS), transaction.atomic():
        batch = list(records[:BATCH])
        if batch:
            archive_records(run, detail.removesuffix("s"), batch)
            mark_purged([found.pk], detail, run.now)
            records.model.objects.filter(pk__in=[one.pk for one in batch]).delete()
    return len(batch)


def archive_records(run: RetentionRun, kind: str, records: list[Any]) -> None:
    if run.archive:
        run.archive.write_records(kind, records)
        run.archive.settle()


def purge_audit_details(run: RetentionRun, before: datetime) -> None:
    """The audit log's entries stay, and so does its chain."""
    old = AuditDetail.objects.filter(entry__happened_at__lt=before).order_by("entry_id")
    if run.dry_run:
        run.numbers["details"] += old.count()
        return
    while gone := _purge_audit_batch(run, before, old):
        run.numbers["details"] += gone


def _purge_audit_batch(run: RetentionRun, before: datetime, old: QuerySet[AuditDetail]) -> int:
    with transaction.atomic():
        if run.archive:
            archive_records(run, "audit_detail", list(old[:BATCH]))
        return delete_details(before, BATCH)
