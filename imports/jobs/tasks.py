"""The queue's door: imports that wait in PostgreSQL for a worker, and jobs whose worker is gone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from traceback import format_tb
from typing import Any
from uuid import UUID

from django.utils import timezone
from procrastinate import App, BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.jobs import Job

from imports.jobs.connection_lost import ConnectionLost
from imports.jobs.worker import Interrupted, StillRunning, run_queued
from imports.models import ImportStatus, ImportTask
from imports.sources import b2

log = logging.getLogger(__name__)

QUEUE = "imports"
B2_QUEUE = "imports from B2"  # of files that the worker has to download, with the settings B2_*
HEARTBEAT_SECONDS = 3.0
STALLED_SECONDS = 12.0  # without a heartbeat: then a worker counts as gone. Below three heartbeats live jobs run twice
#: After how many seconds a job is due again. How often a worker may die of one is counted by background.MOST_ATTEMPTS.
RETRY_DELAYS: dict[type[BaseException], int] = {ConnectionLost: 1, Interrupted: 1, StillRunning: 10}


class RetryStrategy(BaseRetryStrategy):
    """Another attempt where nothing is decided about the import."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        pause = RETRY_DELAYS.get(type(exception))
        return None if pause is None else RetryDecision(retry_in={"seconds": pause})


@app.task(name="run_import", queue=QUEUE, pass_context=True, retry=RetryStrategy())
def run_import_job(context: JobContext, *, task_id: str) -> None:
    """What nobody foresaw is in the import's record, and where it happened in the log, without the message: it may
    quote a row. The queue would log all of it."""
    try:
        run_queued(UUID(task_id), context.should_abort)
    except tuple(RETRY_DELAYS):
        raise
    except Exception as error:
        log.error("%s in task %s\n%s", type(error).__name__, task_id, "".join(format_tb(error.__traceback__)))


def enqueue(task: ImportTask) -> None:
    """In the caller's transaction. Imports of one table are worked on one after another, in this order."""
    queue = B2_QUEUE if task.import_record.file_hash is None else QUEUE
    queued = run_import_job.configure(queue=queue, lock=f"table {task.import_record.table_name}")
    task.job_id = queued.defer(task_id=str(task.pk))
    task.save(update_fields=["job_id"])


def queues() -> list[str]:
    """What a worker with these settings can work on."""
    return [QUEUE, B2_QUEUE] if b2.is_configured() else [QUEUE]


def a_worker_runs() -> bool:
    """On this machine or another; a moment after the last one died it still seems so."""
    heard = timezone.now() - timedelta(seconds=STALLED_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=heard).exists()


def withdraw(task: ImportTask) -> bool:
    """Takes the import out of the queue; False where a worker has it."""
    return task.job_id is not None and app.job_manager.cancel_job_by_id(task.job_id, delete_job=True)


def lost_tasks() -> list[ImportTask]:
    """Those in progress for which nothing is left in the queue: their job failed in a way that nobody foresaw."""
    queued = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).values("id")
    in_progress = ImportTask.objects.filter(import_record__status=ImportStatus.IN_PROGRESS, job_id__isnull=False)
    return list(in_progress.exclude(job_id__in=queued).select_related("import_record"))


async def requeue_stalled(worker_app: App) -> int:
    """Jobs whose worker is gone wait again; how many."""
    stalled: list[Any] = list(await worker_app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS))
    for job in stalled:
        await worker_app.job_manager.retry_job_by_id_async(job.id, retry_at=datetime.now(UTC))
    return len(stalled)
