"""Which database sessions hold the locks that others wait for."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection

from core.messages import Message
from core.waits import messages

#: Before the name of an operation in pg_stat_activity.application_name.
APPLICATION = "Content Atlas"
_OPERATION = re.compile(rf"{APPLICATION}: (import|undo|redo) ([0-9a-f-]{{36}})")
_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Holder:
    """A database session that others wait for."""

    pid: int  # 0: a prepared transaction
    user: str | None
    application: str | None
    since: datetime | None  # when its transaction began; None where that is not visible to us
    operation: str | None = None  # import, undo or redo, if it is one of ours
    import_id: str | None = None
    relation: str | None = None  # the table that is waited for; None where the lock is not on a table

    def as_message(self) -> Message:
        if self.operation:
            return messages.HELD_BY_OPERATION(operation=self.operation, import_id=self.import_id)
        if not self.user:
            return messages.HELD_BY_UNKNOWN()
        since = f"{self.since.astimezone(UTC):%Y-%m-%d %H:%M:%S}" if self.since else _UNKNOWN
        return messages.HELD_BY_SESSION(user=self.user, application=self.application or _UNKNOWN, since=since)

    def as_json(self) -> dict[str, Any]:
        since = f"{self.since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if self.since else None
        return {
            "pid": self.pid, "user": self.user, "application": self.application, "since": since,
            "operation": self.operation, "import_id": self.import_id, "relation": self.relation,
        }  # fmt: skip


def holder_of(stored: Mapping[str, Any]) -> Holder:
    """Return what `as_json` stored."""
    since = stored["since"]
    return Holder(**{**stored, "since": since and datetime.fromisoformat(since)})


#: The table of a wait for a row is that of the row, which the waiting session has locked before all others that wait.
_HOLDERS = """
    SELECT DISTINCT waiting.pid, holder_pid, holder.usename, holder.application_name, holder.xact_start, waited.name
    FROM pg_stat_activity waiting
    CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS holder_pid
    LEFT JOIN pg_stat_activity holder ON holder.pid = holder_pid
    LEFT JOIN LATERAL (
        SELECT CASE nspname WHEN 'public' THEN relname ELSE nspname || '.' || relname END AS name
        FROM pg_locks JOIN pg_class ON pg_class.oid = relation JOIN pg_namespace ON pg_namespace.oid = relnamespace
        WHERE pg_locks.pid = waiting.pid AND (NOT granted OR locktype = 'tuple') AND relkind IN ('r', 'p')
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ORDER BY granted
        LIMIT 1
    ) waited ON TRUE
    WHERE waiting.pid = ANY(%s) AND waiting.wait_event_type = 'Lock'
    ORDER BY holder.xact_start NULLS LAST, holder_pid
"""


def holders_of(pids: Collection[int]) -> dict[int, list[Holder]]:
    """Return, for those of the sessions that wait for a lock, who holds it: the longest transaction first."""
    found: dict[int, list[Holder]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HOLDERS, [list(pids)])
        for pid, holder_pid, user, application, since, relation in cursor.fetchall():
            named = _OPERATION.fullmatch(application or "")
            operation, import_id = named.groups() if named else (None, None)
            holder = Holder(holder_pid, user, application, since, operation, import_id, relation)
            found.setdefault(pid, []).append(holder)
    return found
