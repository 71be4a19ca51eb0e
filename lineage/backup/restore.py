"""Restore a backup into an empty instance, and compare what is there with what the backup says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db.migrations.loader import MigrationLoader

from audit.chain import Anchor, verify
from core.whole_files import whole_file
from imports.history.tracking import fail_stale_imports
from imports.sources.kept_files import address_of, delete_kept_file, kept_files, put_back
from lineage.backup import database, messages
from lineage.backup.create import digest_of
from lineage.backup.errors import BackupRefused
from lineage.backup.manifest import DUMP, KEY, SOURCES, Manifest, read_manifest
from lineage.consistency.check import check


def restore_backup(folder: Path) -> tuple[Manifest, list[str]]:
    """Restore a backup into this empty instance; return its list, and what differs from it, each in a sentence.

    Files first, the database last and in one transaction: where it is there, all is there; a restore that was
    interrupted can be repeated. Raises BackupRefused, BackupFailed, DiskFull.
    """
    manifest = read_manifest(folder)
    _refuse_damaged(folder, manifest)
    _refuse_newer(manifest)
    _refuse_filled(manifest)
    key_note = list(_restore_key(folder))
    for sha256 in manifest.files:
        put_back(sha256, folder / SOURCES / address_of(sha256))
    try:
        database.load(folder / DUMP)
    except BaseException:
        for sha256 in manifest.files:
            delete_kept_file(sha256)
        raise
    return manifest, [*key_note, *_differences(manifest)]


def _refuse_damaged(folder: Path, manifest: Manifest) -> None:
    """Raises BackupRefused where a file of the backup is not what it was."""
    expected = {DUMP: manifest.dump_sha256} | {f"{SOURCES}/{address_of(name)}": name for name in manifest.files}
    for name, sha256 in expected.items():
        path = folder / name
        if not path.is_file() or digest_of(path) != sha256:
            raise BackupRefused(messages.NO_BACKUP(folder=str(folder), name=name))
    if not (folder / KEY).is_file():
        raise BackupRefused(messages.NO_BACKUP(folder=str(folder), name=KEY))


def _refuse_newer(manifest: Manifest) -> None:
    """Raises BackupRefused for a migration of ours that this version does not have."""
    known = {f"{app}.{name}" for app, name in MigrationLoader(None, ignore_no_migrations=True).disk_migrations}
    unknown = [name for name in manifest.migrations if name not in known and name.partition(".")[0] in _apps(known)]
    if unknown:
        raise BackupRefused(messages.NEWER_VERSION(migration=unknown[-1]))


def _apps(migrations: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in migrations}


def _refuse_filled(manifest: Manifest) -> None:
    """Raises BackupRefused where the instance has tables, or source files that are not in the backup."""
    tables = database.table_names()
    if tables:
        raise BackupRefused(messages.TARGET_HAS_TABLES(tables=len(tables)))
    foreign = next((file.sha256 for file in kept_files() if file.sha256 not in manifest.files), None)
    if foreign:
        raise BackupRefused(messages.TARGET_HAS_FILES(sha256=foreign))


def _restore_key(folder: Path) -> Iterator[str]:
    """Put the secret key into the data directory; yield what to know where the environment has another one."""
    key, path = (folder / KEY).read_text().strip(), settings.DATA_DIR / "secret-key"
    is_from_environment = not path.exists() or path.read_text().strip() != settings.SECRET_KEY
    with whole_file(path) as file:
        file.write(key.encode())
    if is_from_environment and key != settings.SECRET_KEY:
        yield str(messages.KEY_DIFFERS(path=str(path)))


def _differences(manifest: Manifest) -> Iterator[str]:
    """Yield what is not as in the backup, or not consistent. Brings an older backup up to this version."""
    found = database.row_counts()
    for table, rows in manifest.tables.items():
        if found.get(table, 0) != rows:
            yield str(messages.ROWS_DIFFER_FROM_BACKUP(table=table, found=found.get(table, 0), expected=rows))
    if manifest.damaged:
        yield str(messages.FILES_NOT_IN_BACKUP(files=len(manifest.damaged), sha256=manifest.damaged[0]))
    call_command("migrate", verbosity=0)
    verdict = verify([Anchor.parse(manifest.anchor)])
    if verdict.broken:
        yield str(verdict.broken.message)
    fail_stale_imports()  # those that ran when the backup was made
    yield from map(str, check(read_files=True).violations)
