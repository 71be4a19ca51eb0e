"""Read samples of our own, so that children find what is compiled and looked up but once: it takes 100 ms of each.

Only with what starts no thread: the process that does this is forked afterwards. So the CSV sample is read carefully,
because the fast reader is Arrow's, which has threads.
"""

from __future__ import annotations

import json
import tempfile
from contextlib import closing, suppress
from pathlib import Path

from django.conf import settings

from imports.extraction.extraction import Extraction
from imports.mapping import MappingRequest
from imports.readers.csv.reader import CsvReader
from imports.sources import SourceFile

_ROWS = (
    ["n", "amount", "day", "other day", "at", "word", "yes"],
    ["1", "1,234.50", "2024-01-31", "01/02/2024", "2024-01-31 12:30:00", "a b", "true"],
    ["2", "7.5", "2024-02-29", "31/01/2024", "2024-01-31T12:30:00Z", "", "no"],
    ["x", "", "2024-02-30", "3/4/24", "12:30", "ü", "1"],
)


def warm_up() -> None:
    """Read a sample, plan and convert it."""
    header, *rows = _ROWS
    with suppress(OSError), tempfile.TemporaryDirectory() as folder:
        settings.ATLAS_SPOOL_DIR = Path(folder)
        settings.ATLAS_MAX_ROWS, settings.ATLAS_MAX_CELL_BYTES = 0, 1_000
        text = "\n".join('"' + '","'.join(row) + '"' for row in _ROWS)
        for _ in CsvReader(_source(folder, "a.csv", text), {}, careful=True).batches():
            pass
        records = [dict(zip(header, row, strict=True)) for row in rows]
        _extract(_source(folder, "a.json", json.dumps(records)))


def _source(folder: str, name: str, text: str) -> SourceFile:
    path = Path(folder, name)
    path.write_text(text)
    return SourceFile(name, path, path.stat().st_size, "")


def _extract(source: SourceFile) -> None:
    request = MappingRequest()
    with closing(Extraction(source, request)) as extraction:
        extraction.open()
        for _ in extraction.read():
            pass
        plan = extraction.plan(request, table_name="t", table=None)
        extraction.columns(request, plan, plan)
        for _ in extraction.typed(request, plan):
            pass
