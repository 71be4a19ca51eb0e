"""What is said of rows that were not compared by a key, or might have been duplicates by one."""

from __future__ import annotations

from collections.abc import Sequence

from core.messages import Message
from imports.loading import messages
from imports.tables.nearly_equal import NearlyEqual


def key_warnings(key: Sequence[str], empty: int, unread: int, nearly: NearlyEqual | None) -> list[Message]:
    """empty, unread: rows without a key, and rows whose key could not be read."""
    warnings = []
    if empty:
        warnings.append(messages.EMPTY_KEYS(rows=empty, key=list(key)))
    if unread:
        warnings.append(messages.UNREAD_KEYS(rows=unread, key=list(key)))
    if nearly:
        found = {"equal": nearly.equal, "compared": nearly.compared, "columns": list(nearly.differing)}
        warnings.append(
            messages.NEARLY_EQUAL_ROWS(**found, key=nearly.key)
            if nearly.key
            else messages.NEARLY_EQUAL_ROWS_WITHOUT_KEY(**found)
        )
    return warnings
