"""Run a queued import in a worker.

A job may run twice, if its worker dies or only seems dead. So a worker first takes the import's liveness lock, which
another worker may still hold, and then checks whether the import is still in progress.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from core.actors import Actor
from core.errors import AtlasError, ServiceError
from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from core.waits.watch import watched
from imports.errors import ReaderUnavailable, SourceUnavailable
from imports.history.unused_files import delete_file_if_unused
from imports.jobs import messages
from imports.jobs.connection_lost import ConnectionLost, connection_watched
from imports.jobs.progress import Interrupted, ProgressReporter, cancelled_by
from imports.loading.outcome import fail, outcome, recorded_outcome
from imports.loading.pipeline import run_started_import
from imports.loading.stopwatch import Stopwatch
from imports.locks import liveness_lock, patient
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportStatus, ImportTask
from imports.sources import SourceFile, SourceType
from imports.sources.b2 import B2Object, downloaded
from imports.sources.kept_files import fetched, is_kept, kept

LOCK_WAIT_SECONDS = 3.0  # for another worker that runs the import
READ_ATTEMPTS = 3  # after so many in which the process that read the file was killed, the import fails
MAX_ATTEMPTS = 5  # after so many workers that died, the import counts as the cause


class StillRunning(Exception):
    """Another worker runs the import, or its lost connection has not been noticed yet."""


class ReaderEnded(Exception):
    """The process that read the file was killed, or could not start: the file is read again."""


class RecordHeld(Exception):
    """Another database session holds the import's record, so that not even its failure can be recorded."""


def run_queued(task_id: UUID, interrupted: Callable[[], bool]) -> None:
    """Run an import once, if it is still in progress. interrupted: returns whether the worker has to stop.

    Raises Interrupted, StillRunning, RecordHeld, ReaderEnded, ConnectionLost: then the job runs again.
    """
    with connection_watched(), _record_can_be_changed():
        task = ImportTask.objects.filter(pk=task_id).first()
        if task is None:  # deleted by retention
            return
        with liveness_lock(task.import_record_id, LOCK_WAIT_SECONDS) as is_locked:
            if not is_locked:
                raise StillRunning
            record = ImportHistory.objects.get(pk=task.import_record_id)
            if record.status == ImportStatus.IN_PROGRESS:
                _run(task, record, interrupted)


@contextmanager
def _record_can_be_changed() -> Iterator[None]:
    """Raise RecordHeld where a wait for the import's own record is given up."""
    try:
        yield
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_TIMED_OUT:
            raise
        raise RecordHeld from None


def _run(task: ImportTask, record: ImportHistory, interrupted: Callable[[], bool]) -> None:
    actor, watch = Actor(**task.actor), Stopwatch()
    attempts = _mark_started(task)
    refusal = _refusal(task, attempts)
    if refusal:
        fail(record.pk, actor, refusal, watch)
        delete_file_if_unused(record.file_hash)
        return
    passing = (Interrupted, ReaderEnded, ConnectionLost)
    try:
        with suppress(AtlasError):
            with (
                recorded_outcome(record.pk, actor, watch, passing=passing),
                connection_watched(),
                _read_again(attempts),
            ):
                _load(task, record, actor, watch, interrupted)
            outcome(record.pk, watch)
        record.refresh_from_db(fields=["file_hash"])
        delete_file_if_unused(record.file_hash)  # nothing needs that of a cancelled import
    except Interrupted:
        ImportTask.objects.filter(pk=task.pk).update(attempts=F("attempts") - 1)
        raise


@contextmanager
def _read_again(attempts: int) -> Iterator[None]:
    """Raise ReaderEnded where the process that read the file was killed, unless that was the last attempt."""
    try:
        yield
    except ReaderUnavailable as error:
        if attempts < READ_ATTEMPTS:
            raise ReaderEnded from error
        raise ReaderUnavailable(messages.READERS_ENDED(attempts=attempts)) from error


def _mark_started(task: ImportTask) -> int:
    """Mark the task as started; return the number of attempts, including this one."""
    ImportTask.objects.filter(pk=task.pk).update(
        attempts=F("attempts") + 1,
        started_at=timezone.now(),
        phase="",
        percent=0,
        records_done=0,
        bytes_done=0,
        waiting_for=None,
    )
    task.refresh_from_db()
    return task.attempts


def _refusal(task: ImportTask, attempts: int) -> AtlasError | None:
    """Return why the import is not attempted again; None if it is."""
    if task.cancelled_by:
        return cancelled_by(task.cancelled_by)
    if attempts > MAX_ATTEMPTS:
        return ServiceError(messages.WORKERS_ENDED(workers=MAX_ATTEMPTS))
    return None


def _load(
    task: ImportTask, record: ImportHistory, actor: Actor, watch: Stopwatch, interrupted: Callable[[], bool]
) -> None:
    size = record.file_size_bytes or 0
    with watched() as operation, ProgressReporter(task.pk, size, operation, interrupted) as reporter:
        waits = patient(settings.ATLAS_BACKGROUND_LOCK_WAIT_SECONDS, partial(reporter.report, "waiting", 0, 0))
        with waits, _source_of(record, reporter.bytes_received) as source:
            request = parse_mapping(record.mapping_config)
            run_started_import(record.pk, source, request, actor, watch, reporter.report)


@contextmanager
def _source_of(record: ImportHistory, received: Callable[[int], None]) -> Iterator[SourceFile]:
    """Provide the file; download it if no earlier attempt did."""
    if record.file_hash is None:
        with downloaded(_b2_object(record), limit=settings.ATLAS_MAX_UPLOAD_BYTES, received=received) as source:
            with kept(source):
                ImportHistory.objects.filter(pk=record.pk).update(file_hash=source.sha256, file_size_bytes=source.size)
            yield replace(source, is_from_storage=True)
        return
    if not is_kept(record.file_hash):
        raise SourceUnavailable(messages.SOURCE_OUT_OF_REACH())
    with fetched(
        record.file_hash, record.file_name or "unnamed",
        source_type=SourceType(record.source_type), source_path=record.source_path,
    ) as source:  # fmt: skip
        yield source


def _b2_object(record: ImportHistory) -> B2Object:
    facts: dict[str, str] = (record.metadata or {})["b2"]
    return B2Object(facts["bucket"], facts["file_name"], facts["file_id"], record.file_size_bytes or 0)
