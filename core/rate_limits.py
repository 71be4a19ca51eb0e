"""Limits such as “100 in an hour” for an account or an address, counted in the database for all processes together.

Each use of a limit moves one time, `unused_at`, by the share that it takes of the period (the “generic cell rate
algorithm”): up to the whole number at once, and then one more whenever a share of the period has passed. So one short
statement decides, two processes cannot both use the last one, and a row can be deleted as soon as its time has passed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from core.models import UsedLimit

IPV6_NETWORK_BITS = 64  # what a client of IPv6 has at least; it can use any address in it
DELETED_AT_ONCE = 100  # rows
AUDITED = "audit "  # prefix of kinds whose refused attempts are recorded before their rows are deleted


@dataclass(frozen=True)
class Limit:
    """So many in a period."""

    kind: str
    number: int  # 0: no limit
    seconds: float  # the period

    @property
    def share(self) -> float:
        """Return the seconds after which one more is granted."""
        return self.seconds / self.number


@dataclass(frozen=True)
class Key:
    """Whose limit it is."""

    limit: Limit
    account: str = ""
    address: str = ""


@dataclass(frozen=True)
class Use:
    """The answer to one attempt."""

    wait_seconds: int  # until the next one is granted; 0: this one was
    refused_before: int = 0  # attempts that were refused between the one granted before and this one

    @property
    def is_granted(self) -> bool:
        return not self.wait_seconds


GRANTED = Use(0)


class LimitReached(Exception):
    """One of several limits is reached."""

    def __init__(self, key: Key, use: Use) -> None:
        super().__init__(key.limit.kind)
        self.key, self.use = key, use


def use(key: Key) -> Use:
    """Use one of a limit; a refused attempt uses nothing."""
    limit = key.limit
    if not limit.number:
        return GRANTED
    with connection.cursor() as cursor:
        cursor.execute(
            _USE,
            {**_columns(key), "share": limit.share, "period": limit.seconds},
        )
        seconds_used, refused, refused_before = cursor.fetchone()
    if not refused:
        return Use(0, refused_before)
    return Use(max(1, math.ceil(seconds_used + limit.share - limit.seconds)))


def use_all(keys: Sequence[Key]) -> None:
    """Use one of each limit, or of none. Raises LimitReached. The order of kinds must always be the same."""
    with transaction.atomic():
        for key in keys:
            answer = use(key)
            if not answer.is_granted:
                raise LimitReached(key, answer)


def give_back(key: Key) -> None:
    """Give back one that was used."""
    if key.limit.number:
        with connection.cursor() as cursor:
            cursor.execute(
                _GIVE_BACK,
                {**_columns(key), "share": key.limit.share},
            )


def reset(key: Key) -> None:
    """Give back all that was used."""
    UsedLimit.objects.filter(**_columns(key)).delete()


def mark(key: Key, until: datetime) -> None:
    """Note something of an account or address until a time, in the table of limits; `is_marked` returns it."""
    UsedLimit.objects.update_or_create(**_columns(key), defaults={"unused_at": until})


def is_marked(key: Key) -> bool:
    return UsedLimit.objects.filter(**_columns(key), unused_at__gt=timezone.now()).exists()


def delete_unused() -> int:
    """Delete rows that nothing is used of any more, not too many at once; return how many."""
    unused = UsedLimit.objects.filter(unused_at__lt=timezone.now() - timedelta(seconds=1))
    with transaction.atomic():
        found = unused.exclude(kind__startswith=AUDITED).select_for_update(skip_locked=True)
        keys = list(found.values_list("pk", flat=True)[:DELETED_AT_ONCE])
        return UsedLimit.objects.filter(pk__in=keys).delete()[0]


def network_of(address: str | None) -> str:
    """Return the address whose uses are counted together: of IPv6 the network of a client."""
    try:
        parsed = ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, IPV6_NETWORK_BITS), strict=False))


def _columns(key: Key) -> dict[str, Any]:
    return {"kind": key.limit.kind, "account": _stored(key.account, 255), "address": _stored(key.address, 45)}


def _stored(text: str, length: int) -> str:
    return text.replace("\0", "\ufffd")[:length]


#: It waits for another use of the same row only as long as that one's transaction is open.
_USE = """
    INSERT INTO core_usedlimit AS used (kind, account, address, unused_at, refused, refused_before)
    VALUES (%(kind)s, %(account)s, %(address)s, clock_timestamp() + %(share)s * interval '1 second', 0, 0)
    ON CONFLICT (kind, account, address) DO UPDATE SET
        (unused_at, refused, refused_before) = (
            SELECT CASE WHEN fits THEN moved ELSE used.unused_at END,
                   CASE WHEN fits THEN 0 ELSE used.refused + 1 END,
                   CASE WHEN fits THEN used.refused ELSE used.refused_before END
            FROM (SELECT greatest(used.unused_at, clock_timestamp()) + %(share)s * interval '1 second') AS m (moved),
                 LATERAL (SELECT moved <= clock_timestamp() + (%(period)s + 0.001) * interval '1 second') AS f (fits)
        )
    RETURNING extract(epoch FROM unused_at - clock_timestamp())::float8, refused, refused_before
"""
_GIVE_BACK = """
    UPDATE core_usedlimit SET unused_at = unused_at - %(share)s * interval '1 second'
    WHERE kind = %(kind)s AND account = %(account)s AND address = %(address)s
"""
