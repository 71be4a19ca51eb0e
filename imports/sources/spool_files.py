"""Files in the spool folder: locked while a process uses them, so that those of dead processes can be recognised."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import IO

from django.conf import settings

SOURCE = "source-"  # a received file
BATCHES = "atlas-spool-"  # what was read of it
YOUNG = 60  # seconds: a file as young may not be locked yet


def claim(file: IO[bytes]) -> None:
    """Mark a spool file as in use until it is closed, or its process ends, however it ends."""
    fcntl.flock(file.fileno(), fcntl.LOCK_SH)


def sweep_spool() -> int:
    """Remove the spool files that no live process uses; return how many."""
    folder = getattr(settings, "ATLAS_SPOOL_DIR", None)
    if not folder:
        return 0
    paths = [path for prefix in (SOURCE, BATCHES) for path in Path(folder).glob(f"{prefix}*")]
    return sum(map(_remove_if_unused, paths))


def _remove_if_unused(path: Path) -> bool:
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            if time.time() - os.fstat(file.fileno()).st_mtime < YOUNG:
                return False
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
            return True
    except OSError:  # in use, gone by now, or not ours
        return False
