"""Objects of the B2 bucket that a page or the API requests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from core.actors import Actor
from imports.refusals import audit_refused_files
from imports.sources import SourceFile
from imports.sources.b2 import downloaded, find


@contextmanager
def downloaded_b2_file(name: str, actor: Actor) -> Iterator[SourceFile]:
    """Open the newest version of an object like an upload. Raises what `find` and `downloaded` raise."""
    with (
        audit_refused_files(actor, name),
        downloaded(find(name), limit=settings.ATLAS_MAX_UPLOAD_BYTES) as source,
    ):
        yield source
