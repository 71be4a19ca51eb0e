"""The columns by which a file of failed rows is recognised when it is sent back, wherever it is sent to."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imports.text_batches import TextBatch

RECORD_NUMBER, LOCATION, ERROR_TYPES, ERRORS = "_record_number", "_location", "_error_types", "_errors"
IMPORT_ID = "_import_id"
#: What a file of failed rows has, where the column that names its import was removed, or never there.
_WITHOUT_IMPORT = {RECORD_NUMBER, ERROR_TYPES, ERRORS}

ROWS = 20  # first rows that may be the header, where the file is read without one

_WORDS = re.compile(r"\w+")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def repaired_imports(header: Sequence[str], batch: TextBatch | None) -> list[str] | None:
    """Return the imports that the first rows name, as they are written; None where it is no file of failed rows.

    The names may be in a row, or in one cell, where the file is read with other options than it was written with.
    """
    columns = [column.slice(0, ROWS).to_pylist() for column in batch.columns] if batch else []
    rows = list(zip(*columns, strict=True))
    for below, names in enumerate([header, *rows]):
        words = [set(_WORDS.findall(name or "")) for name in names]
        all_words = set[str]().union(*words)
        if {IMPORT_ID, RECORD_NUMBER} <= all_words:
            cells = [row[at] for row in rows[below:] for at, own in enumerate(words) if IMPORT_ID in own]
            return list(dict.fromkeys(filter(None, map(import_in, cells))))
        if all_words >= _WITHOUT_IMPORT:
            return []
    return None


def import_in(cell: str | None) -> str | None:
    """Return the import that a cell names; None where it names none."""
    found = _UUID.findall(cell or "")
    return found[-1].lower() if found else None
