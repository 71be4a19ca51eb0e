"""Errors of backups."""

from __future__ import annotations

from core.errors import AtlasError


class BackupRefused(AtlasError):
    """A backup cannot be made or restored as asked; nothing was changed."""

    code = "backup_refused"
    http_status = 409


class BackupFailed(AtlasError):
    """A program of the database failed; nothing was stored."""

    code = "backup_failed"
