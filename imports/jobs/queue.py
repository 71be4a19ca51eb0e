"""Queue imports for a worker, cancel them, and mark those whose job was lost as failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.errors import ServiceError, TooManyRequests
from core.messages import Message
from imports.errors import ImportCancelled, InvalidMapping, TaskFinished
from imports.history.tracking import INTERRUPTED
from imports.history.unused_files import delete_file_if_unused
from imports.jobs import messages, tasks
from imports.jobs.progress import cancelled_by
from imports.jobs.turns import owner_of, waiting_imports
from imports.loading.outcome import fail
from imports.loading.preflight import audit_refusals, destination, refuse_unfit
from imports.loading.start import facts_of, start_import
from imports.loading.stopwatch import Stopwatch
from imports.locks import is_running, release_liveness_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus, ImportTask
from imports.readers.parts import asks_for_all
from imports.sources import SourceFile, SourceType
from imports.sources.b2 import B2Object
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import kept
from imports.sources.receive import plain_name, too_large
from imports.tables.catalog import refuse_reserved
from imports.user_limits import count_import

WAITING_RETRY_SECONDS = 60  # until which some of a full queue may be done


def queue_import(
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    *,
    analysis_id: UUID | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> ImportTask:
    """Queue the import of a file. Raises AtlasError as `run_import` does before it opens a record."""
    refuse_if_short()
    _refuse_too_many(actor)
    table_name = destination(source.name, request)
    with audit_refusals(actor, source, table_name):
        refuse_unfit(source, request, table_name)
    with kept(source):
        return _queue(facts_of(source, metadata), request, actor, table_name, analysis_id)


def queue_b2_import(pinned: B2Object, request: MappingRequest, actor: Actor) -> ImportTask:
    """Queue the import of an object that the worker downloads. Raises AtlasError as `queue_import` does."""
    if asks_for_all(request.source_options):
        raise InvalidMapping(messages.NO_PARTS_FROM_BUCKET())
    _refuse_too_many(actor)
    file_name = plain_name(pinned.name)
    table_name = destination(file_name, request)
    refuse_reserved(table_name)
    refuse_if_short(pinned.size)
    if pinned.size > settings.ATLAS_MAX_UPLOAD_BYTES:
        raise too_large(settings.ATLAS_MAX_UPLOAD_BYTES)
    source_facts = {
        "source_type": SourceType.B2_STORAGE,
        "source_path": f"{pinned.bucket}/{pinned.name}",
        "file_name": file_name,
        "file_size_bytes": pinned.size,
        "metadata": {"b2": {"bucket": pinned.bucket, "file_name": pinned.name, "file_id": pinned.file_id}},
    }
    return _queue(source_facts, request, actor, table_name)


def _queue(
    source_facts: Mapping[str, Any],
    request: MappingRequest,
    actor: Actor,
    table_name: str,
    analysis_id: UUID | None = None,
) -> ImportTask:
    """Create record, task and job in one transaction."""
    task_id = uuid4()
    with transaction.atomic():
        import_id = start_import(source_facts, request, actor, table_name, analysis_id=analysis_id, task_id=task_id)
        task = ImportTask.objects.create(task_id=task_id, import_record_id=import_id, actor=asdict(actor))
        tasks.enqueue(task)
    release_liveness_lock(import_id)
    return ImportTask.objects.select_related("import_record").get(pk=task_id)


def _refuse_too_many(actor: Actor) -> None:
    """Count the import for its user. Raises TooManyRequests."""
    limit = settings.ATLAS_WAITING_IMPORTS
    if limit and actor.user_id and waiting_imports(owner_of(actor)) >= limit:
        raise TooManyRequests(
            messages.TOO_MANY_WAITING(limit=limit), retry_after_seconds=WAITING_RETRY_SECONDS, limit=limit
        )
    count_import(actor)


def has_queued_imports(table_name: str) -> bool:
    """Return whether imports into the table are queued: later imports have to wait for them."""
    return ImportTask.objects.filter(
        import_record__table_name=table_name, import_record__status=ImportStatus.IN_PROGRESS
    ).exists()


def cancel(task_id: UUID, actor: Actor) -> ImportTask:
    """Cancel an import: at once if it is queued, else its worker stops at the next batch. Raises TaskFinished."""
    with transaction.atomic():
        task = ImportTask.objects.select_for_update().get(
            pk=task_id
        )  # locked before its record is read: the import cannot end now
        if task.import_record.status != ImportStatus.IN_PROGRESS:
            raise TaskFinished(_why_finished(task.import_record))
        if not task.cancelled_by:
            task.cancelled_at, task.cancelled_by = timezone.now(), actor.name
            task.save(update_fields=["cancelled_at", "cancelled_by"])
            record(actor, "import.cancelled", str(task.import_record_id), table_name=task.import_record.table_name)
        # A worker that seems dead may be about to commit: then the next worker completes the cancellation.
        if not is_running(task.import_record_id) and tasks.withdraw(task):
            fail(task.import_record_id, actor, cancelled_by(task.cancelled_by), Stopwatch())
    delete_file_if_unused(task.import_record.file_hash)
    return ImportTask.objects.select_related("import_record").get(pk=task_id)


def _why_finished(record: ImportHistory) -> Message:
    if record.status != ImportStatus.FAILED:
        return messages.ALREADY_DONE()
    was_cancelled = record.error_code == ImportCancelled.code
    return messages.ALREADY_CANCELLED() if was_cancelled else messages.ALREADY_FAILED()


def sweep_lost_tasks() -> int:
    """Set imports that have no job any more to `failed`; return how many."""
    lost = tasks.lost_tasks()
    for task in lost:
        fail(task.import_record_id, Actor("sweep of lost tasks"), ServiceError(INTERRUPTED), Stopwatch())
    return len(lost)
