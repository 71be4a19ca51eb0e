"""The one place where files are opened for an extraction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.conf import settings

from imports.extraction.extraction import Extraction
from imports.mapping import MappingRequest
from imports.sources import SourceFile
from imports.table_description import LastReading


@contextmanager
def opened(
    source: SourceFile,
    request: MappingRequest,
    *,
    last: LastReading | None = None,
    batch_rows: int | None = None,
    profiled: bool = True,
) -> Iterator[Extraction]:
    """Open a file for the length of a `with` block. Raises AtlasError where it cannot be read.

    last: how the last file of the same table was read. batch_rows: records of a batch at most.
    profiled: whether a plan will be made of what is read; if not, the file may have any number of columns.
    """
    with _extraction(source, request, last=last, batch_rows=batch_rows, profiled=profiled) as extraction:
        extraction.open()
        yield extraction


def parts_in(source: SourceFile, options: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the option that names a part of the file, and the names of all parts. Raises as readers.parts has it."""
    with _extraction(source, MappingRequest(source_options=options)) as extraction:
        return extraction.parts()


@contextmanager
def _extraction(source: SourceFile, request: MappingRequest, **options: Any) -> Iterator[Extraction]:
    extraction = Extraction(source, request, spool_folder=settings.ATLAS_SPOOL_DIR, **options)
    try:
        yield extraction
    finally:
        extraction.close()
