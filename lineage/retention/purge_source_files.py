"""Forgetting kept source files."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from django.db.models import Max

from imports.history.retention_marks import SOURCE_FILE, mark_purged
from imports.locks import source_lock
from imports.models import Analysis, ImportHistory, ImportStatus
from imports.sources.kept_files import (
    KeptFile,
    delete_kept_file,
    kept_file,
    kept_files,
)
from lineage.retention.purge_details import (
    AGE,
    BATCH,
    RetentionRun,
    archive_records,
)


def purge_files(run: RetentionRun, before: datetime) -> None:
    """Kept files that no import and no look at a file used since. The looks, which quote the file, go with it."""
    files = kept_files()
    while some := list(islice(files, BATCH)):
        used = _last_used(run, some)
        for file in some:
            if file.sha256 not in run.files_gone and used[file.sha256] < before:
                _purge_if_due(run, file, before)


def _purge_if_due(run: RetentionRun, file: KeptFile, before: datetime) -> None:
    """Somebody may be bringing the same bytes just now: that is known for certain under the file's lock only."""
    with source_lock(file.sha256):
        if _last_used(run, [file])[file.sha256] < before:
            _purge_file(run, file)


def _last_used(run: RetentionRun, files: Sequence[KeptFile]) -> dict[str, datetime]:
    """SHA-256 → when; a file that nobody knows counts from when it was kept, a running import uses its file now."""
    hashes = [file.sha256 for file in files]
    imports = ImportHistory.objects.filter(file_hash__in=hashes).exclude(pk__in=run.imports_gone).order_by()
    looks = Analysis.objects.filter(file_hash__in=hashes).order_by()
    used = {str(sha256): last for sha256, last in imports.values_list("file_hash").annotate(last=Max(AGE))}
    for sha256, last in looks.values_list("file_hash").annotate(last=Max("created_at")):
        used[sha256] = max(last, used.get(sha256, last))
    running = [str(one.file_hash) for one in imports.filter(status=ImportStatus.IN_PROGRESS).only("file_hash")]
    return {file.sha256: file.kept_at for file in files} | used | dict.fromkeys(running, run.now)


def purge_file_of(run: RetentionRun, gone: ImportHistory) -> None:
    """The source file of an import that is forgotten whole, unless somebody else needs it."""
    if not gone.file_hash or gone.file_hash in run.files_gone:
        return
    others = ImportHistory.objects.filter(file_hash=gone.file_hash).exclude(pk__in=run.imports_gone)
    looks = Analysis.objects.filter(file_hash=gone.file_hash)
    if gone.analysis_id:
        looks = looks.exclude(pk=gone.analysis_id)
    with source_lock(gone.file_hash):
        file = kept_file(gone.file_hash)
        if file and not others.exists() and not looks.exists():
            _purge_file(run, file)


def _purge_file(run: RetentionRun, file: KeptFile) -> None:
    """Under the file's lock."""
    looks = Analysis.objects.filter(file_hash=file.sha256)
    imports = ImportHistory.objects.filter(file_hash=file.sha256)
    run.files_gone.add(file.sha256)
    run.numbers.update(source_files=1, bytes=file.size, looks=looks.count())
    if run.dry_run:
        return
    if run.archive:
        names = sorted({name or "" for name in imports.values_list("file_name", flat=True)})
        run.archive.keep_source(file.sha256, {"size": file.size, "kept_at": file.kept_at, "file_names": names})
    archive_records(run, "analysis", list(looks))
    mark_purged(imports.values_list("pk", flat=True), SOURCE_FILE, run.now)
    looks.delete()
    delete_kept_file(file.sha256)
