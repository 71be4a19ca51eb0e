"""The one way to write to the audit log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from audit.models import PendingEntry
from core.actors import Actor


def record(actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Append one entry when the transaction commits, or at once where there is none; the chain is locked only then.

    detail: numbers and names that JSON can hold, never row data.
    """
    PendingEntry.objects.create(
        actor=actor.name[:255], address=actor.address, action=action, subject=subject[:255], detail=detail
    )


def delete_details(before: datetime, batch: int) -> int:
    """Delete the details of up to `batch` entries from before that time, the oldest first; return how many.

    The entries stay. Append an entry about it where any were deleted, whatever else its caller records.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_forget_details(%s, %s)", [before, batch])
        return int(cursor.fetchone()[0])
