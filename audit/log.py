"""Who did what: the one way to write to the log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from audit.models import AuditEntry


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in person, or a command."""

    name: str  # user name, or «manage.py import_file»
    user_id: str | None = None  # as import_history.user_id holds it
    email: str | None = None
    address: str | None = None  # IP address the request came from; None for a command


def record(actor: Actor, action: str, subject: str, **detail: Any) -> AuditEntry:
    """Appends one entry. detail: numbers and names that JSON can hold, never row data."""
    return AuditEntry.objects.create(
        actor=actor.name[:255], address=actor.address, action=action, subject=subject[:255], detail=detail
    )
