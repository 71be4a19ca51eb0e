"""The job queue: imports that wait in PostgreSQL for a worker, and jobs whose worker has stopped."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from traceback import format_tb
from typing import Any
from uuid import UUID

from django.db import DatabaseError
from django.utils import timezone
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.jobs import Job

from core.actors import Actor
from imports.jobs.connection_lost import ConnectionLost
from imports.jobs.progress import Interrupted
from imports.jobs.turns import WITHOUT_TURN, give_turn, owner_of
from imports.jobs.worker import ReaderEnded, RecordHeld, StillRunning, run_queued
from imports.models import ImportStatus, ImportTask
from imports.sources import b2

log = logging.getLogger(__name__)

QUEUE = "imports"
B2_QUEUE = "imports from B2"  # of files that the worker has to download, with the settings B2_*
HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = (
    12.0  # without a heartbeat: then a worker counts as stopped. Less than three heartbeats would run live jobs twice
)
#: Seconds after which a job runs again. worker.MAX_ATTEMPTS limits how often.
RETRY_DELAYS: dict[type[BaseException], int] = {
    ConnectionLost: 1, Interrupted: 1, ReaderEnded: 5, StillRunning: 10, RecordHeld: 10
}  # fmt: skip


class RetryStrategy(BaseRetryStrategy):
    """Run the job again if the import is neither done nor failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = RETRY_DELAYS.get(type(exception))
        return None if seconds is None else RetryDecision(retry_in={"seconds": seconds})


@app.task(name="run_import", queue=QUEUE, pass_context=True, retry=RetryStrategy())
def run_import_job(context: JobContext, *, task_id: str, owner: str = "") -> None:
    """Run a queued import. Log only the type and place of an unexpected error: its message may quote a row.

    The import's record has the error too. If it were raised, the queue would log its message.
    """
    try:
        with suppress(DatabaseError):  # else the sweep gives it
            give_turn(owner)
        run_queued(UUID(task_id), context.should_abort)
    except tuple(RETRY_DELAYS):
        raise
    except Exception as error:
        log.error("%s in task %s\n%s", type(error).__name__, task_id, "".join(format_tb(error.__traceback__)))


def enqueue(task: ImportTask) -> None:
    """Queue a job in the caller's transaction. Imports into one table run one after another, in the order of turns."""
    queue = B2_QUEUE if task.import_record.file_hash is None else QUEUE
    owner = owner_of(Actor(**task.actor))
    job = run_import_job.configure(queue=queue, lock=f"table {task.import_record.table_name}", priority=WITHOUT_TURN)
    task.job_id = job.defer(task_id=str(task.pk), owner=owner)
    task.save(update_fields=["job_id"])
    give_turn(owner)


def queues() -> list[str]:
    """Return the queues that a worker with these settings can serve."""
    return [QUEUE, B2_QUEUE] if b2.is_configured() else [QUEUE]


def is_worker_running() -> bool:
    """Return whether a worker runs, on any machine. It takes some seconds to notice that the last one stopped."""
    limit = timezone.now() - timedelta(seconds=STALLED_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=limit).exists()


def withdraw(task: ImportTask) -> bool:
    """Remove the import from the queue; return False if a worker runs it."""
    is_removed = task.job_id is not None and app.job_manager.cancel_job_by_id(task.job_id, delete_job=True)
    give_turn(owner_of(Actor(**task.actor)))
    return is_removed


def lost_tasks() -> list[ImportTask]:
    """Return tasks in progress without a job in the queue: their job failed with an unexpected error."""
    queued = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).values("id")
    in_progress = ImportTask.objects.filter(import_record__status=ImportStatus.IN_PROGRESS, job_id__isnull=False)
    return list(in_progress.exclude(job_id__in=queued).select_related("import_record"))


async def requeue_stalled(worker_app: App) -> int:
    """Put jobs whose worker has stopped back into the queue; return how many."""
    stalled: list[Any] = list(await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
    for job in stalled:
        await worker_app.job_manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))
    return len(stalled)
