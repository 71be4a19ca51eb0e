"""Make a backup while the instance runs: the database of one moment, and every source file that it needs."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db.utils import ProgrammingError

from audit.chain import head
from core.streamed_rows import streamed
from core.waits.given_up import given_up_waits
from core.whole_files import UNFINISHED, make_folder, sync_folder, whole_file
from imports.errors import SourceUnavailable
from imports.history.retention_marks import KEY as PURGED
from imports.history.retention_marks import SOURCE_FILE
from imports.locks import no_file_deletions
from imports.models import LOADED, Analysis, ImportHistory
from imports.sources.kept_files import address_of, kept_chunks
from lineage.backup import database, messages
from lineage.backup.errors import BackupRefused
from lineage.backup.manifest import DUMP, KEY, SOURCES, Manifest

ATTEMPTS = 3  # a table may be dropped between two steps


def make_backup(folder: Path) -> Manifest:
    """Write a backup to a new or empty folder: whole, or nothing. Raises BackupRefused, BackupFailed, DiskFull.

    No source file is deleted meanwhile, so that every file that the snapshot needs can be copied after it was taken.
    """
    refuse_filled(folder)
    with _unfinished(folder) as unfinished, given_up_waits(), no_file_deletions():
        for attempt in range(ATTEMPTS):
            try:
                manifest = _write(unfinished)
                break
            except ProgrammingError:
                if attempt == ATTEMPTS - 1:
                    raise
        manifest.write(unfinished)
    return manifest


def refuse_filled(folder: Path) -> None:
    """Raises BackupRefused."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(messages.FOLDER_NOT_EMPTY(folder=str(folder)))


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Yield a folder that gets its name at the end of the block, with everything in it on the disk."""
    make_folder(folder.parent)
    unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=folder.parent))
    try:
        yield unfinished
        os.replace(unfinished, folder)
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _write(folder: Path) -> Manifest:
    with database.exported_snapshot() as snapshot:
        made_at = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        dump = folder / DUMP
        with whole_file(dump):  # made with the rights of a private file, and on the disk at the end of the block
            pass
        database.dump(dump, snapshot)
        _sync(dump)
        counts, anchor = database.row_counts(), str(head())
        migrations, server = database.applied_migrations(), database.server_version()
        with _needed_files() as hashes:
            files, damaged = _copy_sources(hashes, folder / SOURCES)
    with whole_file(folder / KEY) as key:
        key.write(settings.SECRET_KEY.encode())
    return Manifest(made_at, server, migrations, counts, files, damaged, anchor, digest_of(dump))


@contextmanager
def _needed_files() -> Iterator[Iterator[str]]:
    """Give the SHA-256 of each file that an import or a preview of the snapshot names, unless retention deleted it."""
    imports = ImportHistory.objects.filter(file_hash__isnull=False, mapping_config__isnull=False)
    imports = imports.filter(**{f"metadata__{PURGED}__{SOURCE_FILE}__isnull": True}).order_by()
    hashes = imports.values_list("file_hash", flat=True).union(Analysis.objects.values_list("file_hash", flat=True))
    with streamed(hashes.order_by("file_hash")) as each:
        yield map(str, each)


def _copy_sources(hashes: Iterable[str], folder: Path) -> tuple[dict[str, int], list[str]]:
    """Copy source files; return SHA-256 and size of those that are whole, and the SHA-256 of the others."""
    files, damaged = {}, []
    for sha256 in hashes:
        path = folder / address_of(sha256)
        make_folder(path.parent)
        digest = hashlib.sha256()
        try:
            with whole_file(path) as file:
                for chunk in kept_chunks(sha256):
                    digest.update(chunk)
                    file.write(chunk)
        except SourceUnavailable:
            damaged += [sha256] * _is_expected(sha256)
            continue
        if digest.hexdigest() == sha256:
            files[sha256] = path.stat().st_size
        else:
            path.unlink()
            damaged.append(sha256)
    return files, damaged


def _is_expected(sha256: str) -> bool:
    """Return whether a missing file is a loss: a failed import may have none."""
    loaded = ImportHistory.objects.filter(LOADED, file_hash=sha256, mapping_config__has_key="header")
    return loaded.exists() or Analysis.objects.filter(file_hash=sha256).exists()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
