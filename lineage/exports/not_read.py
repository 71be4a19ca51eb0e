"""What of a file was not read, as CSV: kind, line or row, and its text, read again from the source file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from itertools import chain

from core.csv_writer import csv_line, escape_formula
from imports.extraction.extraction import Extraction
from imports.models import ImportHistory
from imports.not_read import UnreadPart, parts_of
from imports.readers.batch_builder import SURROGATE
from lineage.provenance.source_records import source_extraction

TITLES = ("kind", "line", "text")


def as_csv(record: ImportHistory, *, formula_safe: bool) -> Iterator[bytes]:
    """Return the lines: those of the file with their number and text, anything else with its name and count.

    Raises SourceUnavailable at once: the source file is opened before the response starts.
    """
    lines = _lines(record, formula_safe=formula_safe)
    first = next(lines, None)
    return chain([csv_line(TITLES).encode()], [first] if first else [], lines)


def _lines(record: ImportHistory, *, formula_safe: bool) -> Iterator[bytes]:
    parts = parts_of(record.not_read)
    needs_file = any(part.first is not None for part in parts)
    with source_extraction(record) if needs_file else nullcontext() as extraction:
        for part in parts:
            for number, text in _texts(part, extraction):
                shown = escape_formula(text) if formula_safe else text
                yield csv_line([part.kind.value, number, SURROGATE.sub("\ufffd", shown)]).encode()


def _texts(part: UnreadPart, extraction: Extraction | None) -> Iterator[tuple[str | None, str]]:
    """Yield number and text of each line of a part."""
    if part.first is None or part.last is None or extraction is None or not extraction.shows_lines():
        yield None, part.name
        return
    for number, text in extraction.source_lines(part.first, part.last):
        yield str(number), text
