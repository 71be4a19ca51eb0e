"""manage.py sweep_imports: imports whose process is gone are set to failed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from imports.history import sweep_died_imports


class Command(BaseCommand):
    help = "Set imports that no live process works on to failed; ./run does it at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        died = sweep_died_imports()
        self.stdout.write(f"{died:,} died imports set to failed")
