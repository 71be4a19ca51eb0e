"""Tell a workbook by its first bytes, or among the files in zips."""

from __future__ import annotations

from collections.abc import Sequence

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def is_workbook(names: Sequence[str], mime_type: bytes) -> bool:
    """names: of the parts of a zip; mime_type: what it says of itself."""
    return any(name.startswith("xl/") for name in names) or b"spreadsheet" in mime_type
