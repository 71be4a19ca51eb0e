"""What a worker does with an import that waited for it.

A job may run twice: its worker dies, or is only taken for dead. Whoever takes an import up gives its sign of life,
which another worker waits for, and looks then whether there is anything left to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from core.actors import Actor
from core.errors import AtlasError, ServiceError
from imports.errors import SourceUnavailable
from imports.jobs import messages
from imports.jobs.connection_lost import ConnectionLost, connection_watched
from imports.jobs.progress import ProgressReporter, cancelled_by
from imports.loading.outcome import fail, outcome, recorded_outcome
from imports.loading.pipeline import run_started_import
from imports.loading.stopwatch import Stopwatch
from imports.locks import liveness_lock
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportStatus, ImportTask
from imports.sources import SourceFile, SourceType
from imports.sources.b2 import B2Object, downloaded
from imports.sources.kept_files import fetched, is_kept, keep

LOCK_WAIT_SECONDS = 3.0  # with another worker that has the import
MAX_ATTEMPTS = 5  # of workers that die over one import; more, and it is what they die of


class Interrupted(Exception):
    """The worker has to stop; another one begins the import anew."""


class StillRunning(Exception):
    """Another worker has the import, or its connection is not yet known to be dead."""


def run_queued(task_id: UUID, interrupted: Callable[[], bool]) -> None:
    """One attempt at an import; none where it is done already.

    Raises Interrupted, StillRunning, ConnectionLost: then it is due again.

    interrupted: whether the worker has to stop.
    """
    with connection_watched():
        task = ImportTask.objects.filter(pk=task_id).first()
        if task is None:  # it was forgotten
            return
        with liveness_lock(task.import_record_id, LOCK_WAIT_SECONDS) as is_ours:
            if not is_ours:
                raise StillRunning
            found = ImportHistory.objects.get(pk=task.import_record_id)
            if found.status == ImportStatus.IN_PROGRESS:
                _run(task, found, interrupted)


def _run(task: ImportTask, found: ImportHistory, interrupted: Callable[[], bool]) -> None:
    actor, watch = Actor(**task.actor), Stopwatch()
    attempts = _take_up(task)
    end = _end_before_it_begins(task, attempts)
    if end:
        fail(found.pk, actor, end, watch)
        return
    passing = (Interrupted, ConnectionLost)
    try:
        with suppress(AtlasError):
            with recorded_outcome(found.pk, actor, watch, passing=passing), connection_watched():
                _load(task, found, actor, watch, interrupted)
            outcome(found.pk, watch)
    except Interrupted:
        ImportTask.objects.filter(pk=task.pk).update(attempts=F("attempts") - 1)
        raise


def _take_up(task: ImportTask) -> int:
    """How many attempts there were, with this one."""
    ImportTask.objects.filter(pk=task.pk).update(
        attempts=F("attempts") + 1, started_at=timezone.now(), phase="", percent=0, records_done=0, bytes_done=0
    )
    task.refresh_from_db()
    return task.attempts


def _end_before_it_begins(task: ImportTask, attempts: int) -> AtlasError | None:
    """Why there is no further attempt."""
    if task.cancelled_by:
        return cancelled_by(task.cancelled_by)
    if attempts > MAX_ATTEMPTS:
        return ServiceError(messages.WORKERS_ENDED(workers=MAX_ATTEMPTS))
    return None


def _load(
    task: ImportTask, found: ImportHistory, actor: Actor, watch: Stopwatch, interrupted: Callable[[], bool]
) -> None:
    with ProgressReporter(task.pk, found.file_size_bytes or 0) as teller:

        def tell(phase: str, records: int, total: int) -> None:
            if interrupted():
                raise Interrupted
            teller.tell(phase, records, total)

        def received(size: int) -> None:
            if interrupted():
                raise Interrupted
            teller.received(size)

        with _source_of(found, received) as source:
            asked = parse_mapping(found.mapping_config)
            run_started_import(found.pk, source, asked, actor, watch, tell, meanwhile=partial(tell, "waiting", 0, 0))


@contextmanager
def _source_of(found: ImportHistory, received: Callable[[int], None]) -> Iterator[SourceFile]:
    """The file, which is downloaded where no earlier attempt did."""
    if found.file_hash is None:
        with downloaded(_pinned(found), limit=settings.ATLAS_MAX_UPLOAD_BYTES, received=received) as source:
            keep(source)
            ImportHistory.objects.filter(pk=found.pk).update(file_hash=source.sha256, file_size_bytes=source.size)
            yield source
        return
    if not is_kept(found.file_hash):
        raise SourceUnavailable(messages.SOURCE_OUT_OF_REACH())
    with fetched(
        found.file_hash, found.file_name or "unnamed",
        source_type=SourceType(found.source_type), source_path=found.source_path,
    ) as source:  # fmt: skip
        yield source


def _pinned(found: ImportHistory) -> B2Object:
    facts: dict[str, str] = (found.metadata or {})["b2"]
    return B2Object(facts["bucket"], facts["file_name"], facts["file_id"], found.file_size_bytes or 0)
