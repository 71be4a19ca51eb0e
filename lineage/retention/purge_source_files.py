"""Deletion of stored source files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import Max

from audit.log import record
from core.errors import TableBusy
from core.waits.given_up import given_up_waits
from imports.history.retention_marks import SOURCE_FILE, mark_purged
from imports.locks import file_deletion, source_lock
from imports.models import Analysis, ImportHistory, ImportStatus
from imports.sources.kept_files import (
    KeptFile,
    delete_kept_file,
    kept_file,
    kept_files,
)
from lineage.retention import messages
from lineage.retention.purge_details import (
    AGE,
    BATCH,
    Left,
    RetentionRun,
    archive_records,
)


def purge_files(run: RetentionRun, before: datetime) -> None:
    """Delete files that no import or preview used since, with their previews, which contain values of the file."""
    files = kept_files()
    while batch := list(islice(files, BATCH)):
        last_used = _last_used(run, batch)
        for file in batch:
            if file.sha256 not in run.files_gone and last_used[file.sha256] < before:
                _purge_if_due(run, file, before)


def _purge_if_due(run: RetentionRun, file: KeptFile, before: datetime) -> None:
    """Check again under the file's lock, because the same file may just be uploaded."""
    try:
        with source_lock(file.sha256), file_deletion():
            if _last_used(run, [file])[file.sha256] < before:
                _purge_file(run, file)
    except TableBusy as busy:
        run.left.append(Left(messages.SOURCE_FILE_LEFT(sha256=file.sha256), busy.message))


def _last_used(run: RetentionRun, files: Sequence[KeptFile]) -> dict[str, datetime]:
    """Return SHA-256 → time of last use: of unused files when they were stored, of running imports now."""
    hashes = [file.sha256 for file in files]
    imports = ImportHistory.objects.filter(file_hash__in=hashes).exclude(pk__in=run.imports_gone).order_by()
    previews = Analysis.objects.filter(file_hash__in=hashes).order_by()
    last_used = {str(sha256): last for sha256, last in imports.values_list("file_hash").annotate(last=Max(AGE))}
    for sha256, last in previews.values_list("file_hash").annotate(last=Max("created_at")):
        last_used[sha256] = max(last, last_used.get(sha256, last))
    running = [str(record.file_hash) for record in imports.filter(status=ImportStatus.IN_PROGRESS).only("file_hash")]
    return {file.sha256: file.kept_at for file in files} | last_used | dict.fromkeys(running, run.now)


def purge_file_of(run: RetentionRun, deleted: ImportHistory) -> None:
    """Delete the source file of a deleted import, unless another import or preview uses it."""
    if not deleted.file_hash or deleted.file_hash in run.files_gone:
        return
    other_imports = ImportHistory.objects.filter(file_hash=deleted.file_hash).exclude(pk__in=run.imports_gone)
    previews = Analysis.objects.filter(file_hash=deleted.file_hash)
    if deleted.analysis_id:
        previews = previews.exclude(pk=deleted.analysis_id)
    with source_lock(deleted.file_hash), file_deletion():
        file = kept_file(deleted.file_hash)
        if file and not other_imports.exists() and not previews.exists():
            _purge_file(run, file)


def _purge_file(run: RetentionRun, file: KeptFile) -> None:
    """Delete a file and its previews, with its audit entry. The file's lock must be held. Raises TableBusy."""
    previews = Analysis.objects.filter(file_hash=file.sha256)
    imports = ImportHistory.objects.filter(file_hash=file.sha256)
    run.files_gone.add(file.sha256)
    run.numbers.update(source_files=1, bytes=file.size, looks=previews.count())
    if run.dry_run:
        return
    if run.archive:
        names = sorted({name or "" for name in imports.values_list("file_name", flat=True)})
        run.archive.keep_source(file.sha256, {"size": file.size, "kept_at": file.kept_at, "file_names": names})
    with given_up_waits(), transaction.atomic():
        archive_records(run, "analysis", list(previews))
        newly_marked = mark_purged(imports.values_list("pk", flat=True), SOURCE_FILE, run.now)
        is_recorded = imports.exists() and not newly_marked  # by a run that ended before it could delete the file
        if not is_recorded or previews.exists():
            numbers = {"imports": newly_marked, "looks": previews.count(), "bytes": file.size}
            record(run.actor, "retention.file", file.sha256, archive=run.archive_name, **numbers)
        previews.delete()
    delete_kept_file(file.sha256)
