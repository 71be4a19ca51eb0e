"""manage.py run_worker: run queued imports; ./run and ./run worker keep it running."""

from __future__ import annotations

import asyncio
import logging
import time
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any, cast

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection
from procrastinate import App
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from audit.limited_entries import record_rest
from core.rate_limits import delete_unused
from imports.extraction import prepare
from imports.history.tracking import fail_stale_imports
from imports.history.unused_files import sweep_unused
from imports.jobs.queue import sweep_lost_tasks
from imports.jobs.tasks import (
    HEARTBEAT_SECONDS,
    STALLED_SECONDS,
    queues,
    requeue_stalled,
)
from imports.jobs.turns import give_missing_turns
from imports.jobs.worker_memory import release_memory_soon
from imports.sources.spool_files import sweep_spool, use_for_temporary_files

log = logging.getLogger(__name__)

SWEEP_SECONDS = 5.0
HOUR = 3600.0
POLL_SECONDS = 2.0  # for jobs that wait again, which are not announced; new ones are
STOP_SECONDS = 10.0


class Command(BaseCommand):
    help = "Run queued imports until SIGTERM or Ctrl-C. It exits when the database stops; ./run starts it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=positive, default=1, help="number of imports at a time; default: 1")
        parser.add_argument(
            "--stop-seconds",
            type=float,
            default=STOP_SECONDS,
            help="seconds to finish running imports at a stop; unfinished ones return to the queue; default: 10",
        )

    def handle(self, *args: Any, concurrency: int, stop_seconds: float, **options: Any) -> None:
        release_memory_soon()
        use_for_temporary_files()
        prepare()
        try:
            asyncio.run(work(concurrency, stop_seconds))
        except (ConnectorException, PoolTimeout, OperationalError):
            raise CommandError("The database does not respond, or it ended. The worker ends; start it again.") from None


def positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


async def work(concurrency: int, stop_seconds: float) -> None:
    connector = cast(DjangoConnector, app.connector).get_worker_connector()
    with app.replace_connector(connector) as worker_app:
        async with worker_app.open_async():
            sweeping = asyncio.create_task(sweep(worker_app))
            try:
                await worker_app.run_worker_async(
                    queues=queues(),
                    concurrency=concurrency,
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=stop_seconds,
                    delete_jobs="always",
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=STALLED_SECONDS,
                )
            finally:
                sweeping.cancel()


async def sweep(worker_app: App) -> None:
    """Repeatedly requeue the jobs of workers that died and mark imports of requests that died as failed.

    Hourly, and at the start, delete previews and files that nothing needs.
    """
    next_hour = 0.0
    while True:
        try:
            await requeue_stalled(worker_app)
            await sync_to_async(sweep_records)()
            if time.monotonic() > next_hour:
                next_hour = time.monotonic() + HOUR
                await sync_to_async(sweep_unused)()
        except Exception as error:  # whatever it is, the next round may succeed
            log.warning("Checking for jobs of stopped workers failed (%s); trying again.", type(error).__name__)
            await sync_to_async(connection.close)()
        await asyncio.sleep(SWEEP_SECONDS)


def sweep_records() -> None:
    fail_stale_imports()
    sweep_lost_tasks()
    sweep_spool()
    give_missing_turns()
    record_rest()
    delete_unused()
