"""The append-only log of who did what. It knows nobody: what it tells about is named by words, not by keys."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """One deed. Never changed, never deleted."""

    happened_at = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=255)  # user name, or the command that acted
    address = models.GenericIPAddressField(null=True)  # where the request came from; null for a command
    action = models.CharField(max_length=50)  # import.finished, import.refused, undo, sign_in, …
    subject = models.CharField(max_length=255)  # what it was done to: an import id, a table, a user name
    detail = models.JSONField(default=dict)  # numbers and names, never row data

    class Meta:
        verbose_name_plural = "audit entries"
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject"]), models.Index(fields=["action"])]

    def __str__(self) -> str:
        return f"{self.action} {self.subject} by {self.actor}"
