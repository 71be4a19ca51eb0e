"""The nightly job of the workers."""

from __future__ import annotations

from procrastinate.contrib.django import app

from core.actors import Actor
from imports.jobs.tasks import QUEUE
from lineage.retention.policies import enforce

AT_NIGHT = "20 3 * * *"  # UTC


@app.periodic(cron=AT_NIGHT)
@app.task(name="enforce_retention", queue=QUEUE)
def enforce_retention_job(timestamp: int) -> None:
    """Enforce the retention policies of the settings in one of the workers.

    timestamp: when the job was due, in seconds since 1970.
    """
    enforce(actor=Actor("a worker, at night"))
