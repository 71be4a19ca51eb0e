"""manage.py audit_anchor: print a checkpoint of the audit log."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audit.chain import head


class Command(BaseCommand):
    help = "Print a checkpoint of the audit log (number and hash of the newest entry). Store it outside this system."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(head()))
