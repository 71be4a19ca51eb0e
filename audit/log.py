"""Who did what: the one way to write to the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from audit.models import PendingEntry
from core.actors import Actor


def record(actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Appends one entry when the transaction commits, or at once where there is none. Nobody waits before that.

    detail: numbers and names that JSON can hold, never row data.
    """
    PendingEntry.objects.create(
        actor=actor.name[:255], address=actor.address, action=action, subject=subject[:255], detail=detail
    )


def forget_details(before: datetime, batch: int) -> int:
    """Forgets the details of up to `batch` entries from before that time, the oldest first; how many it were.

    The entries stay. Leaves one more entry where any were forgotten, whatever else its caller records.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget_details(%s, %s)", [before, batch])
        return int(cursor.fetchone()[0])
