"""Files in the spool folder: locked while a process uses them, so that those of dead processes can be recognised."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, cast

from django.conf import settings

from core.whole_files import UNFINISHED
from imports.sources.kept_readings import delete_old_readings

SOURCE = "source-"  # a received file
BATCHES = "atlas-spool-"  # what was read of it
CHILD = "child-"  # a folder of the process that reads it
YOUNG = 60  # seconds: a file as young may not be locked yet
OTHER_AGE = 3600  # seconds without a change, after which a file that a library made counts as left behind
SWEEP_EVERY = 3600  # seconds, by whatever process makes spool files

_next_sweep = 0.0


def new_spool_file(
    prefix: str = SOURCE, *, folder: Path | None = None, buffering: int = -1, delete: bool = True
) -> Any:
    """Return a new file in the spool folder, in use by this process until it is closed, which deletes it."""
    folder = folder or spool_folder()
    if folder:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep_hourly()
    file = NamedTemporaryFile(dir=folder, prefix=prefix, buffering=buffering, delete=delete)
    claim(cast("IO[bytes]", file))
    return file


def use_for_temporary_files() -> None:
    """Let libraries put their temporary files into the spool folder too, and remove what dead processes left there."""
    folder = spool_folder()
    if folder:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.tempdir = str(folder)
        sweep_spool()


def spool_folder() -> Path | None:
    """Return the folder of the settings; None in a process without settings of ours: then the system's folder."""
    return getattr(settings, "ATLAS_SPOOL_DIR", None)


def _sweep_hourly() -> None:
    global _next_sweep
    if time.monotonic() > _next_sweep:
        _next_sweep = time.monotonic() + SWEEP_EVERY
        sweep_spool()


def claim(file: IO[bytes]) -> None:
    """Mark a spool file as in use until it is closed, or its process ends, however it ends."""
    fcntl.flock(file.fileno(), fcntl.LOCK_SH)


@contextmanager
def child_folder(spool: Path) -> Iterator[Path]:
    """Give a folder that is deleted after the `with` block, with all that is in it."""
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=CHILD, dir=spool))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_spool() -> int:
    """Remove the spool files and folders that no live process uses, and old readings; return how many."""
    folder = spool_folder()
    removed = sum(map(remove_if_unused, folder.iterdir())) if folder and folder.is_dir() else 0
    return removed + delete_old_readings()


def remove_if_unused(path: Path) -> bool:
    """Remove a file, or the folder of a process, that no live process uses; return whether it was one."""
    if path.is_dir() != path.name.startswith(CHILD):
        return False
    age = YOUNG if path.name.startswith((SOURCE, BATCHES, CHILD, UNFINISHED)) else OTHER_AGE
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # gone by now, or not ours
        return False
    try:
        if time.time() - os.fstat(descriptor).st_mtime < age:
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        return True
    except OSError:  # in use, or gone by now
        return False
    finally:
        os.close(descriptor)
