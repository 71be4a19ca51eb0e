"""manage.py sweep_imports: mark imports as failed whose process died, and delete their temporary files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from imports.history.tracking import fail_stale_imports
from imports.jobs.queue import sweep_lost_tasks
from imports.sources.spool_files import sweep_spool


class Command(BaseCommand):
    help = "Mark imports whose process has died as failed, and delete their temporary files. ./run does it too."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        failed, deleted = fail_stale_imports() + sweep_lost_tasks(), sweep_spool()
        if verbosity:
            self.stdout.write(f"{failed:,} stale imports marked as failed, {deleted:,} temporary files deleted")
