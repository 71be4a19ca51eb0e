"""manage.py sweep_imports: imports whose process is gone are set to failed, and their files are removed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from imports.history.tracking import sweep_died_imports
from imports.jobs.queue import sweep_lost_tasks
from imports.sources.spool_files import sweep_spool


class Command(BaseCommand):
    help = "Clean up after processes that died: their imports become failed, their spool files go; ./run does it too."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        died, removed = sweep_died_imports() + sweep_lost_tasks(), sweep_spool()
        if verbosity:
            self.stdout.write(f"{died:,} died imports set to failed, {removed:,} spool files removed")
