"""Tell a workbook by its first bytes, among the files in zips, or by the beginning of a text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from imports.readers.encoding.decide import beginning_text

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
HTML, EXCEL_2003 = "html", "excel_2003"
SPREADSHEETML = re.compile(r"""xmlns(?::\w+)?\s*=\s*["']urn:schemas-microsoft-com:office:spreadsheet["']""")
WORKBOOK = re.compile(r"<(?:\w+:)?Workbook\b")
MARKUP = re.compile(r"\s*<(?:!|\?|[A-Za-z])")
TABLE = re.compile(r"<(?:html|table|tr|body|meta|style)\b", re.IGNORECASE)


def is_workbook(names: Sequence[str], mime_type: bytes) -> bool:
    """names: of the parts of a zip; mime_type: what it says of itself."""
    return any(name.startswith("xl/") for name in names) or b"spreadsheet" in mime_type


def is_text_workbook(text: str, promised: bool) -> bool:
    """Return whether a text is Excel 2003's XML, or HTML under the name of a workbook."""
    kind = _kind(text)
    return kind == EXCEL_2003 or (kind == HTML and promised)


def text_kind(head: bytes) -> str:
    """Return what a file's text is that is a workbook; empty for other files."""
    return "" if head.startswith((b"PK", OLE_MAGIC)) else _kind(beginning_text(head))


def _kind(text: str) -> str:
    if not MARKUP.match(text):
        return ""
    if SPREADSHEETML.search(text) and WORKBOOK.search(text):
        return EXCEL_2003
    return HTML if TABLE.search(text) else ""
