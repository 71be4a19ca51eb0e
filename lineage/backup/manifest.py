"""The list of what a backup contains, which is written last and makes it complete."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from core.whole_files import whole_file
from lineage.backup import messages
from lineage.backup.errors import BackupRefused

NAME = "manifest.json"
DUMP = "database.dump"
KEY = "secret-key"
SOURCES = "sources"
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """What a backup contains, to compare it with what was restored."""

    made_at: str  # ISO 8601 with Z
    server: str  # version of PostgreSQL
    migrations: list[str]  # app.name of each that the database has
    tables: dict[str, int]  # name -> rows
    files: dict[str, int]  # SHA-256 -> bytes of each source file
    damaged: list[str]  # SHA-256 of needed files that were missing or damaged
    anchor: str  # of the audit log: number and hash of its last entry
    dump_sha256: str
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        with whole_file(folder / NAME) as file:
            file.write(json.dumps(asdict(self), indent=1).encode())


def read_manifest(folder: Path) -> Manifest:
    """Raises BackupRefused."""
    try:
        content: dict[str, Any] = json.loads((folder / NAME).read_text())
        return Manifest(**content)
    except (OSError, ValueError, TypeError):
        raise BackupRefused(messages.NO_BACKUP(folder=str(folder), name=NAME)) from None
