"""Files that are turned away before there is an import: the log tells of them all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from audit.limited_entries import record_of_user
from core.actors import Actor
from core.errors import FileTooLarge
from imports.errors import UnreadableFile


@contextmanager
def audit_refused_files(actor: Actor, name: str) -> Iterator[None]:
    """Log a refused file, unless it is logged with its import. name: of the file."""
    try:
        yield
    except (FileTooLarge, UnreadableFile) as refusal:
        if "import_id" not in refusal.details:
            record_of_user(actor, "file.refused", name, code=refusal.code, reason=str(refusal))
        raise
