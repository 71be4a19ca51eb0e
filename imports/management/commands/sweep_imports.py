"""manage.py sweep_imports: mark imports as failed whose process died, and delete their temporary files."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from imports.history.tracking import fail_stale_imports
from imports.history.unused_files import sweep_unused
from imports.jobs.queue import sweep_lost_tasks
from imports.sources.spool_files import sweep_spool


class Command(BaseCommand):
    help = "Mark imports whose process has died as failed, and delete files that nothing needs. ./run does it too."

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        failed, deleted, unused = fail_stale_imports() + sweep_lost_tasks(), sweep_spool(), sweep_unused()
        if verbosity:
            files = f"{deleted:,} temporary files and {unused:,} unused source files deleted"
            self.stdout.write(f"{failed:,} stale imports marked as failed, {files}")
