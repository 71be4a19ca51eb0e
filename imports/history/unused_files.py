"""Delete what nothing needs any more: previews that have expired, and source files without an import or preview.

A file is needed by every import that names it, a cancelled one excepted, and by every preview. Whatever needs a file
is recorded while the file's lock is held, so that a file that is unused under its lock stays unused.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from core.errors import AtlasError
from imports.errors import ImportCancelled
from imports.locks import source_lock
from imports.models import Analysis, ImportHistory, ImportStatus
from imports.sources.kept_files import delete_kept_file, kept_file, kept_names, sweep_unfinished

BATCH = 1_000  # files that the database is asked about at once
YOUNG = timedelta(hours=1)  # a file as young is left to the process that stored it


def expires_at(analysis: Analysis) -> datetime | None:
    """Return when a preview expires; None: never."""
    hours = settings.ATLAS_ANALYSIS_HOURS
    return analysis.created_at + timedelta(hours=hours) if hours else None


def delete_file_if_unused(sha256: str | None) -> bool:
    """Delete a source file that nothing needs; return whether it was deleted. If that fails now, a sweep repeats it."""
    if not sha256:
        return False
    try:
        with source_lock(sha256):
            if _needed([sha256]) or kept_file(sha256) is None:
                return False
            delete_kept_file(sha256)
            return True
    except AtlasError:
        return False


def sweep_unused() -> int:
    """Delete expired previews and unused source files, also those that a killed process left; return how many files."""
    deleted = sum(map(delete_file_if_unused, _delete_expired_previews()))
    limit = timezone.now() - YOUNG
    names = kept_names()
    while batch := list(islice(names, BATCH)):
        for sha256 in sorted(set(batch) - _needed(batch)):
            file = kept_file(sha256)
            if file and file.kept_at < limit:
                deleted += delete_file_if_unused(sha256)
    sweep_unfinished()
    return deleted


def _delete_expired_previews() -> list[str]:
    """Delete the expired previews that no import uses; return the SHA-256 of their files."""
    hours = settings.ATLAS_ANALYSIS_HOURS
    if not hours:
        return []
    expired = Analysis.objects.filter(created_at__lt=timezone.now() - timedelta(hours=hours))
    unused = expired.exclude(pk__in=_in_use())
    hashes = sorted(set(unused.values_list("file_hash", flat=True)))
    unused.delete()
    return hashes


def _in_use() -> QuerySet[ImportHistory, UUID | None]:
    """Return the ids of the previews that queued and running imports use."""
    running = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS, analysis_id__isnull=False)
    return running.order_by().values_list("analysis_id", flat=True)


def _needed(hashes: Collection[str]) -> set[str]:
    """Return those of these files that an import or a preview needs."""
    imports = ImportHistory.objects.filter(file_hash__in=hashes).order_by()
    cancelled = imports.filter(status=ImportStatus.FAILED, metadata__error__code=ImportCancelled.code)
    needing = imports.exclude(pk__in=cancelled.values("pk")).values_list("file_hash", flat=True)
    previews = Analysis.objects.filter(file_hash__in=hashes).values_list("file_hash", flat=True)
    return {str(sha256) for sha256 in needing} | set(previews)
