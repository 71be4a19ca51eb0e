"""The permission to read the audit log."""

from __future__ import annotations

from core.api.permissions import MayRead


class MayAudit(MayRead):
    permission = "audit.view_auditentry"
