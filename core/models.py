"""What is used of limits, shared by all processes."""

from __future__ import annotations

from django.db import models


class UsedLimit(models.Model):
    """How much of one limit an account or an address has used: see core/rate_limits.py."""

    kind = models.CharField(max_length=50)  # which limit
    account = models.CharField(max_length=255)  # a user name or id; empty where the limit is not of an account
    address = models.CharField(max_length=45)  # an IP address, of IPv6 its network; empty where it is not of an address
    unused_at = models.DateTimeField(db_index=True)  # when nothing of it is used any more, unless more is used
    refused = models.IntegerField(default=0)  # attempts refused since the last one that was granted
    refused_before = models.IntegerField(default=0)  # and before that one, since the one before it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "account", "address"], name="core_usedlimit_key")]
        verbose_name = "used limit"

    def __str__(self) -> str:
        return " ".join(filter(None, (self.kind, self.account, self.address)))
