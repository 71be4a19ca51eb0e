"""The folder of kept readings, for the process that asks for them: names and sizes, never what is in the files."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from django.conf import settings

from imports.extraction.kept_reading import READ_BY, VERSION
from imports.mapping import MappingRequest
from imports.sources import SourceFile


@dataclass
class Kept:
    """The files of one reading."""

    files: list[Path]
    size: int = 0  # bytes
    changed: float = 0.0  # seconds since the epoch


def place_of(source: SourceFile, request: MappingRequest) -> Path:
    """Return where the reading of a file is kept: the path of its files without their endings."""
    options = {name: request.source_options.get(name) for name in READ_BY}
    key = json.dumps([VERSION, source.sha256, source.name, options], sort_keys=True)
    return settings.ATLAS_READINGS_DIR / sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def make_room() -> None:
    """Delete readings until they fit the disk budget, those first that were kept first."""
    kept = _kept()
    total = sum(one.size for one in kept)
    for one in sorted(kept, key=lambda one: one.changed):
        if total <= settings.ATLAS_READINGS_BYTES:
            break
        total -= one.size
        _delete(one)


def delete_old(seconds: float) -> int:
    """Delete the readings that were kept longer ago; return how many."""
    old = [one for one in _kept() if one.changed < time.time() - seconds]
    for one in old:
        _delete(one)
    return len(old)


def _kept() -> list[Kept]:
    kept: dict[str, Kept] = defaultdict(lambda: Kept([]))
    for path, size, changed in _files():
        one = kept[path.stem]
        one.files.append(path)
        one.size += size
        one.changed = max(one.changed, changed)
    return list(kept.values())


def _files() -> Iterator[tuple[Path, int, float]]:
    for path in settings.ATLAS_READINGS_DIR.glob("*"):
        try:
            stat = path.stat()
        except OSError:  # gone by now
            continue
        yield path, stat.st_size, stat.st_mtime


def _delete(kept: Kept) -> None:
    """Delete the index first: what has none is not there."""
    for path in sorted(kept.files, key=lambda path: path.suffix != ".index"):
        path.unlink(missing_ok=True)
