"""manage.py audit_anchor: the newest entry of the audit log, in a line to keep elsewhere."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from audit.chain import head


class Command(BaseCommand):
    help = "Print the number and hash of the newest entry of the audit log. Keep the line elsewhere, for verify_audit."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(str(head()))
