"""The append-only log of who did what. It has no foreign keys: users and objects are named by text.

The database appends to the chain when a transaction commits (migrations/0002_chain.py); `audit.chain` checks it.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class AuditEvent(models.Model):
    """Who did what, from where, to what."""

    actor = models.CharField(max_length=255)  # user name, or the command that acted
    address = models.GenericIPAddressField(null=True)  # where the request came from; null for a command
    action = models.CharField(max_length=50)  # import.finished, import.refused, undo, sign_in, …
    subject = models.CharField(max_length=255)  # what it was done to: an import id, a table, a user name

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.action} {self.subject} by {self.actor}"


class PendingEntry(AuditEvent):
    """An event that its transaction appends to the chain when it commits."""

    detail = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()


class AuditEntry(AuditEvent):
    """One link of the chain, never changed and never deleted; hashes are SHA-256 in hexadecimal."""

    id = models.BigIntegerField(primary_key=True)  # counted by the chain from 1, without gaps
    happened_at = models.DateTimeField()
    detail_digest = models.CharField(max_length=64)  # of the detail as the database writes it
    previous_hash = models.CharField(max_length=64, unique=True)  # of the entry before; zeros at the beginning
    entry_hash = models.CharField(max_length=64)  # of all the other fields

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-id"]
        indexes = [models.Index(fields=[name]) for name in ("subject", "action", "actor", "happened_at")]

    @property
    def detail(self) -> dict[str, Any] | None:
        """Return numbers and names, never row data; None where retention deleted them."""
        stored: AuditDetail | None = getattr(self, "kept_detail", None)
        return stored.detail if stored else None


class AuditDetail(models.Model):
    """The details of an entry, which retention may delete without breaking the chain."""

    entry = models.OneToOneField(
        AuditEntry, models.DO_NOTHING, primary_key=True, db_constraint=False, related_name="kept_detail"
    )
    detail = models.JSONField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"detail of entry {self.entry_id}"
