"""What the process that reads a file may use, by the settings."""

from __future__ import annotations

from enum import StrEnum

from django.conf import settings

from imports.sandbox.limits import Limits

MB = 1_000_000


class Work(StrEnum):
    """What a file is read for. The value is in the names of the settings."""

    PREVIEW = "PREVIEW"  #: while a user waits for a page or an answer: the preview, rows of a source file
    IMPORT = "IMPORT"  #: import, redo, the command read_files


def limits_of(work: Work, size: int, *, counts_caller: bool) -> Limits:
    """Return the limits for a file of so many bytes, as it was received. counts_caller: as Limits has it."""
    names = {
        "memory": "ATLAS_READING_MEMORY_BYTES",
        "disk": "ATLAS_READING_DISK_BYTES",
        "processor": f"ATLAS_{work}_PROCESSOR_SECONDS",
        "seconds": f"ATLAS_{work}_SECONDS",
    }
    rate = getattr(settings, f"ATLAS_{work}_PROCESSOR_SECONDS_PER_MB")
    values = {name: getattr(settings, setting) for name, setting in names.items()}
    values["processor"] += rate * size // MB
    return Limits(**values, settings=names, counts_caller=counts_caller)
