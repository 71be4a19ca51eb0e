"""Limits of the settings for rows and cells: checked batch by batch, before anything is done with one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings

from imports import messages
from imports.errors import UnreadableFile
from imports.text_batches import TextBatch


def refuse_large(batch: TextBatch, header: Sequence[str], location: Callable[[int], str]) -> None:
    """Raise UnreadableFile for a row or a cell beyond the limits. location: of a source position, in words."""
    rows = settings.ATLAS_MAX_ROWS
    if rows and batch.first_record + batch.rows - 1 > rows:
        raise UnreadableFile(messages.TOO_MANY_ROWS(limit=rows))
    for name, texts in zip(header, batch.columns, strict=False):
        if texts.nbytes > settings.ATLAS_MAX_CELL_BYTES:
            _refuse_long(texts, batch, name, location)


def _refuse_long(texts: pa.Array, batch: TextBatch, name: str, location: Callable[[int], str]) -> None:
    limit = settings.ATLAS_MAX_CELL_BYTES
    long = pc.indices_nonzero(pc.fill_null(pc.greater(pc.binary_length(texts), limit), False))
    if len(long):
        place = batch.source_positions[long[0].as_py()].as_py()
        raise UnreadableFile(messages.CELL_TOO_LONG(location=location(place), column=name, limit_mb=limit / 1_000_000))
