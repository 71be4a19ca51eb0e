"""Entries that clients can cause as often as they like: bounded, because the log is append-only.

At most one a minute for each action and user. Of clients that are not signed in, at most one for each action, account
and address, and so many a minute in all (ATLAS_AUDIT_UNKNOWN_PER_MINUTE). What was not recorded is counted, and the
count is in the next entry, or in one of its own when the attempts have ended.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from audit.log import record
from core import rate_limits
from core.actors import Actor
from core.models import UsedLimit
from core.rate_limits import AUDITED, Key, Limit

MINUTE = 60.0
UNKNOWN = "unknown clients"  # subject of an entry that counts attempts of several
RECORDED_AT_ONCE = 10  # entries


def record_unknown(actor: Actor, action: str, subject: str, *, account: str = "", **detail: Any) -> None:
    """Append an entry unless there was one in the last minute. account: of a user; all other names count together."""
    record_rest()
    key = Key(Limit(f"{AUDITED}{action}", 1, MINUTE), account, rate_limits.network_of(actor.address))
    with transaction.atomic():
        use = rate_limits.use(key)
        if not use.is_granted:
            return
        if not rate_limits.use(_in_all()).is_granted:
            rate_limits.reset(key)  # no entry of it was written
            return
        record(actor, action, subject, **detail, **_not_recorded(use.refused_before))


def record_of_user(actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Append an entry of a signed-in user, or of a command, unless there was one in the last minute."""
    record_rest()
    with transaction.atomic():
        use = rate_limits.use(Key(Limit(f"{AUDITED}{action}", 1, MINUTE), actor.name))
        if use.is_granted:
            record(actor, action, subject, **detail, **_not_recorded(use.refused_before))


def record_rest() -> None:
    """Append what was counted and not recorded for attempts that have ended. A worker calls it regularly."""
    with transaction.atomic():
        ended = UsedLimit.objects.filter(kind__startswith=AUDITED, unused_at__lt=timezone.now()).order_by("pk")
        for counted in ended.select_for_update(skip_locked=True)[:RECORDED_AT_ONCE]:
            if counted.refused:
                action = counted.kind.removeprefix(AUDITED)
                actor = Actor(counted.account or "anonymous", address=counted.address.partition("/")[0] or None)
                record(actor, action, counted.account or UNKNOWN, **_not_recorded(counted.refused))
            counted.delete()


def _in_all() -> Key:
    return Key(Limit(f"{AUDITED}audit.limited", settings.ATLAS_AUDIT_UNKNOWN_PER_MINUTE, MINUTE))


def _not_recorded(times: int) -> dict[str, int]:
    return {"not_recorded": times} if times else {}
