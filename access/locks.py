"""The failed attempts that count at the moment, and lifting the locks that they are."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from access.sign_ins import OF_ACCOUNT, OF_ADDRESS, OF_BOTH
from access.tokens import WRONG_TOKENS
from audit.log import record
from core.actors import Actor
from core.models import UsedLimit

KINDS = (OF_BOTH, OF_ACCOUNT, OF_ADDRESS, WRONG_TOKENS)


def failed_attempts() -> QuerySet[UsedLimit]:
    return UsedLimit.objects.filter(kind__in=KINDS, unused_at__gt=timezone.now())


def lift(attempts: QuerySet[UsedLimit], actor: Actor) -> int:
    """Forget these failed attempts, and record it; return how many locks they were at most."""
    with transaction.atomic():
        found = list(attempts.select_for_update())
        for attempt in found:
            record(
                actor, "sign_in.unlocked", attempt.account or attempt.address, limit=attempt.kind,
                address=attempt.address or None,
            )  # fmt: skip
        UsedLimit.objects.filter(pk__in=[attempt.pk for attempt in found]).delete()
    return len(found)
