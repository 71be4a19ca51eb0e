"""Sources of files: each returns a SourceFile, and later stages know nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import TextChoices


class SourceType(TextChoices):
    """import_history.source_type."""

    LOCAL_UPLOAD = "local_upload", "File upload"  #: in the browser, through the API or by the command
    B2_STORAGE = "b2_storage", "Backblaze B2"  #: an object of a Backblaze B2 bucket
    API_DIRECT = "api_direct", "API"  #: records in the body of a request, kept as NDJSON
    LEGACY = "legacy", "Existing data"  #: rows that a table had before it was tracked


@dataclass(frozen=True)
class SourceFile:
    """A whole file on this machine's disk, hashed, ready to be read as often as needed."""

    name: str  # as the user named it, without folders
    path: Path  # the bytes
    size: int  # bytes
    sha256: str  # 64 hex digits
    source_type: SourceType = SourceType.LOCAL_UPLOAD
    source_path: str | None = None  # where it came from, when that is a place of its own (bucket/key, server path)
    origin: Mapping[str, Any] = field(default_factory=dict)  # what else is known of that place, as JSON holds it
    hashing_seconds: float = 0.0  # spent on copying and hashing it, without the wait for its sender
    is_from_storage: bool = False  # a copy of the kept file, which was undamaged a moment ago
