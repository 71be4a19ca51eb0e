"""The nightly retention job of the workers."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app

from audit.models import AuditEntry
from imports.models import ImportHistory, KeptRecord
from tests.importing import import_text

pytestmark = pytest.mark.usefixtures("atlas_db")


def at_night():
    app.tasks["enforce_retention"](timestamp=int(time.time()))


@pytest.fixture
def old(tmp_path):
    """An import of forty days ago with one duplicate."""
    found = import_text(tmp_path, "t.csv", "n\n1\n1\n", unique_columns=["n"])
    ImportHistory.objects.update(import_timestamp=timezone.now() - timedelta(days=40))
    return found


def test_retention_is_due_every_night():
    due = {task.task.name: task.cron for task in app.periodic_registry.periodic_tasks.values()}

    assert due == {"enforce_retention": "20 3 * * *"}


def test_the_nightly_job_enforces_the_settings(old, settings):
    settings.ATLAS_RETAIN_DAYS = settings.ATLAS_RETAIN_DAYS | {"kept_records": 30}

    at_night()

    assert KeptRecord.objects.count() == 0
    assert AuditEntry.objects.filter(actor="a worker, at night", action="retention.kept_records").count() == 1


def test_without_settings_nothing_is_deleted(old):
    at_night()

    assert KeptRecord.objects.count() == 1
