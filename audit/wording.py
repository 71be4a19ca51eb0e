"""What people read of the log."""

from __future__ import annotations

import json

from audit import messages
from audit.models import AuditEntry

RECENT_ENTRIES = 1_000  # entries


def detail_lines(entry: AuditEntry) -> list[str]:
    """The detail of an entry, a line for each name."""
    if entry.detail is None:
        return [str(messages.DETAIL_FORGOTTEN())]
    return [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in entry.detail.items()]


def recent_entries() -> list[str]:
    """The actions that the newest entries tell of: to find out what all tell of, every one would be read."""
    newest = AuditEntry.objects.order_by("-id")[:RECENT_ENTRIES]
    return sorted(set(newest.values_list("action", flat=True)))
