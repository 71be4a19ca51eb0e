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
from typing import IO

from django.conf import settings

SOURCE = "source-"  # a received file
BATCHES = "atlas-spool-"  # what was read of it
CHILD = "child-"  # a folder of the process that reads it
YOUNG = 60  # seconds: a file as young may not be locked yet


def claim(file: IO[bytes]) -> None:
    """Mark a spool file as in use until it is closed, or its process ends, however it ends."""
    fcntl.flock(file.fileno(), fcntl.LOCK_SH)


@contextmanager
def child_folder(spool: Path) -> Iterator[Path]:
    """Give a folder that is deleted after the `with` block, with all that is in it."""
    spool.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=CHILD, dir=spool))
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield folder
    finally:
        os.close(descriptor)
        shutil.rmtree(folder, ignore_errors=True)


def sweep_spool() -> int:
    """Remove the spool files and folders that no live process uses; return how many."""
    folder = getattr(settings, "ATLAS_SPOOL_DIR", None)
    if not folder:
        return 0
    paths = [path for prefix in (SOURCE, BATCHES, CHILD) for path in Path(folder).glob(f"{prefix}*")]
    return sum(map(_remove_if_unused, paths))


def _remove_if_unused(path: Path) -> bool:
    if path.is_dir() != path.name.startswith(CHILD):
        return False
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:  # gone by now, or not ours
        return False
    try:
        if time.time() - os.fstat(descriptor).st_mtime < YOUNG:
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
