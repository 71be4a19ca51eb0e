"""Imports that wait for a worker: put into the queue, cancelled, and swept where their job is lost."""

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
from core.errors import ServiceError
from core.messages import Message
from imports.errors import ImportCancelled, TaskFinished
from imports.history.tracking import DIED
from imports.jobs import messages, tasks
from imports.jobs.progress import cancelled_by
from imports.loading.outcome import fail
from imports.loading.preflight import audit_refusals, destination, refuse_unfit
from imports.loading.start import facts_of, start_import
from imports.loading.stopwatch import Stopwatch
from imports.locks import is_running, release_liveness_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus, ImportTask
from imports.sources import SourceFile, SourceType
from imports.sources.b2 import B2Object
from imports.sources.kept_files import keep
from imports.sources.receive import plain_name, too_large
from imports.tables.catalog import refuse_reserved


def queue_import(
    source: SourceFile, request: MappingRequest, actor: Actor, *, analysis_id: UUID | None = None
) -> ImportTask:
    """A file that is here. Raises AtlasError as `run_import` does before it opens a record."""
    table_name = destination(source.name, request)
    with audit_refusals(actor, source, table_name):
        refuse_unfit(source, request, table_name)
    keep(source)
    task = _queue(facts_of(source), request, actor, table_name, analysis_id)
    keep(source)  # where retention forgot an old one in between: from now on it knows that the file is wanted
    return task


def queue_b2_import(pinned: B2Object, request: MappingRequest, actor: Actor) -> ImportTask:
    """An object that the worker downloads. Raises AtlasError as `run_import` does before it opens a record."""
    file_name = plain_name(pinned.name)
    table_name = destination(file_name, request)
    refuse_reserved(table_name)
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
    """Record, task and job, or none of them."""
    task_id = uuid4()
    with transaction.atomic():
        import_id = start_import(source_facts, request, actor, table_name, analysis_id=analysis_id, task_id=task_id)
        task = ImportTask.objects.create(task_id=task_id, import_record_id=import_id, actor=asdict(actor))
        tasks.enqueue(task)
    release_liveness_lock(import_id)
    return ImportTask.objects.select_related("import_record").get(pk=task_id)


def is_waited_for(table_name: str) -> bool:
    """Whether queued imports are still to go into the table: what comes after them has to wait its turn."""
    return ImportTask.objects.filter(
        import_record__table_name=table_name, import_record__status=ImportStatus.IN_PROGRESS
    ).exists()


def cancel(task_id: UUID, actor: Actor) -> ImportTask:
    """At once where it waits, else its worker stops at the next batch. Raises TaskFinished."""
    with transaction.atomic():
        task = ImportTask.objects.select_for_update().get(pk=task_id)  # its record is read when no import can end it
        if task.import_record.status != ImportStatus.IN_PROGRESS:
            raise TaskFinished(_why_finished(task.import_record))
        if not task.cancelled_by:
            task.cancelled_at, task.cancelled_by = timezone.now(), actor.name
            task.save(update_fields=["cancelled_at", "cancelled_by"])
            record(actor, "import.cancelled", str(task.import_record_id), table_name=task.import_record.table_name)
        # A worker that was only taken for dead may be about to commit: whoever has it next ends it.
        if not is_running(task.import_record_id) and tasks.withdraw(task):
            fail(task.import_record_id, actor, cancelled_by(task.cancelled_by), Stopwatch())
    return ImportTask.objects.select_related("import_record").get(pk=task_id)


def _why_finished(found: ImportHistory) -> Message:
    if found.status != ImportStatus.FAILED:
        return messages.ALREADY_DONE()
    was_cancelled = found.error_code == ImportCancelled.code
    return messages.ALREADY_CANCELLED() if was_cancelled else messages.ALREADY_FAILED()


def sweep_lost_tasks() -> int:
    """Imports that nobody will ever work on are set to `failed`; how many."""
    lost = tasks.lost_tasks()
    for task in lost:
        fail(task.import_record_id, Actor("sweep of lost tasks"), ServiceError(DIED), Stopwatch())
    return len(lost)
