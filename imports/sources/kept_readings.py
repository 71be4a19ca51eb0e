"""The folder of kept readings: what previews have read of files, so that their imports need not read them again.

Here are names and sizes only; what is in the files is the matter of `imports.extraction.kept_reading`.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256 as sha256_of
from pathlib import Path
from typing import Any

from django.conf import settings

INDEX = ".index"  # the ending of the file without which there is no reading


@dataclass
class KeptFiles:
    """The files of one reading."""

    paths: list[Path] = field(default_factory=list)
    size: int = 0  # bytes
    changed: float = 0.0  # seconds since the epoch

    def delete(self) -> None:
        for path in sorted(self.paths, key=lambda path: path.suffix != INDEX):  # the index first
            path.unlink(missing_ok=True)


def place_of(sha256: str, key: Any) -> Path:
    """Return where a reading of a file is kept: the path of its files without their endings.

    key: JSON values that another reading of the same file differs in.
    """
    text = json.dumps(key, sort_keys=True)
    return Path(settings.ATLAS_READINGS_DIR, f"{sha256}-{sha256_of(text.encode()).hexdigest()[:16]}")


def make_room() -> None:
    """Delete readings until they fit the disk budget, those first that were kept first."""
    kept = sorted(_kept("*"), key=lambda one: one.changed)
    total = sum(one.size for one in kept)
    for one in kept:
        if total <= settings.ATLAS_READINGS_BYTES:
            break
        total -= one.size
        one.delete()


def delete_all_readings() -> int:
    """Delete all readings, because something else needs the space; return how many."""
    kept = _kept("*")
    for one in kept:
        one.delete()
    return len(kept)


def delete_old_readings() -> int:
    """Delete the readings that are older than previews may be; return how many."""
    hours = getattr(settings, "ATLAS_ANALYSIS_HOURS", 0)  # 0: previews do not expire, only the budget counts
    old = [one for one in _kept("*") if hours and one.changed < time.time() - hours * 3600]
    for one in old:
        one.delete()
    return len(old)


def delete_readings_of(sha256: str) -> None:
    """Delete what was read of a file."""
    for one in _kept(f"{sha256}-*"):
        one.delete()


def _kept(pattern: str) -> list[KeptFiles]:
    kept: dict[str, KeptFiles] = defaultdict(KeptFiles)
    for path, size, changed in _files(pattern):
        one = kept[path.stem]
        one.paths.append(path)
        one.size += size
        one.changed = max(one.changed, changed)
    return list(kept.values())


def _files(pattern: str) -> Iterator[tuple[Path, int, float]]:
    folder = getattr(settings, "ATLAS_READINGS_DIR", None)  # None in a process without settings of ours
    for path in Path(folder).glob(pattern) if folder else ():
        try:
            stat = path.stat()
        except OSError:  # gone by now
            continue
        yield path, stat.st_size, stat.st_mtime
