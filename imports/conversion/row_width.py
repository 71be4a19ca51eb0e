"""Rows that no page of PostgreSQL can hold, detected before they are sent to the server.

A page holds rows of 8,160 bytes. Longer values go to a side table and leave 18 bytes behind, so only tables of hundreds
of columns have such rows. Layout: https://www.postgresql.org/docs/current/storage-page-layout.html, storage-toast.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import ColumnType
from imports.conversion.pglz import MIN_INPUT, compressed_size
from imports.table_description import MAX_INLINE_LENGTH, MAX_ROW_BYTES, SURELY_FITS, Layout

_POINTER = 18  # bytes that a value in the side table leaves behind
_COMPRESSED_HEADER = 8  # bytes before a compressed value, which begins at a multiple of four
_MIN_COMPRESSED = 13
_OWN_WIDTHS = {
    "id": (8, 8), "_import_id": (16, 1), "_imported_at": (8, 8), "_source_row_number": (4, 4), "_hash": (8, 8),
}  # fmt: skip


@dataclass(frozen=True)
class _Stored:
    """What the values of one column take."""

    present: np.ndarray | bool
    bytes: np.ndarray | int
    alignment: np.ndarray | int = 1
    texts: pa.Array | None = None  # those that may be compressed instead of going to the side table, null elsewhere

    def with_texts_of(self, size: int, alignment: int) -> _Stored:
        if self.texts is None:
            return self
        is_text = _present(self.texts)
        return _Stored(self.present, np.where(is_text, size, self.bytes), np.where(is_text, alignment, self.alignment))

    def of_rows(self, rows: np.ndarray) -> _Stored:
        """Exactly: with what each text is compressed to."""
        present, size, alignment = (_at(value, rows) for value in (self.present, self.bytes, self.alignment))
        if self.texts is None:
            return _Stored(present, size, alignment)
        shrunk = _compressed(self.texts.take(pa.array(rows)))
        return _Stored(present, np.where(shrunk < 0, size, shrunk), np.where(shrunk < 0, alignment, 4))


def _at(values: Any, rows: np.ndarray) -> Any:
    return values[rows] if isinstance(values, np.ndarray) else values


def too_wide(
    columns: Mapping[str, tuple[ColumnType, pa.Array]], corrections: pa.Array, layouts: Sequence[Layout]
) -> np.ndarray | None:
    """Return a mask of the rows that do not fit a page in one of the layouts; None where none can be.

    columns: type, and values as ColumnType.parse gives them. A column of a layout that is not among them is NULL.
    """
    if len(columns) <= SURELY_FITS:
        return None
    stored = {name: _stored(*column) for name, column in columns.items()}
    stored |= {name: _Stored(True, width, alignment) for name, (width, alignment) in _OWN_WIDTHS.items()}
    stored["_corrections_applied"] = _Stored(_present(corrections), _POINTER)
    # A text may be compressed to a little less or more than a pointer. That is looked at where it decides.
    wide = _beyond(_compressed_to(_MIN_COMPRESSED, 1, stored), layouts, len(corrections))
    wide_at_most = _beyond(_compressed_to(MAX_INLINE_LENGTH, 4, stored), layouts, len(corrections))
    doubtful = np.flatnonzero(wide_at_most & ~wide)
    if len(doubtful):
        exact = {name: column.of_rows(doubtful) for name, column in stored.items()}
        wide[doubtful] = _beyond(exact, layouts, len(doubtful))
    return wide if wide.any() else None


def _beyond(stored: Mapping[str, _Stored], layouts: Sequence[Layout], rows: int) -> np.ndarray:
    """Return a mask of the rows that are wider than a page."""
    beyond = np.zeros(rows, bool)
    for layout in layouts:
        beyond |= _row_bytes(stored, layout, rows) > MAX_ROW_BYTES
    return beyond


def _row_bytes(stored: Mapping[str, _Stored], layout: Layout, rows: int) -> np.ndarray:
    end = np.zeros(rows, np.int64)
    has_null = np.zeros(rows, bool)
    for name in layout:
        if name is None or name not in stored:
            has_null[:] = True
            continue
        column = stored[name]
        end = np.where(column.present, _aligned(end, column.alignment) + column.bytes, end)
        has_null |= np.logical_not(column.present)
    header = _aligned(23 + np.where(has_null, (len(layout) + 7) // 8, 0), 8)
    return _aligned(header + end, 8)


def _stored(sql_type: ColumnType, values: pa.Array) -> _Stored:
    present = _present(values)
    width = sql_type.stored_width
    if width:
        return _Stored(present, width, sql_type.alignment or width)
    length = sql_type.stored_bytes(values)
    if not sql_type.may_be_compressed:
        return _Stored(present, _inline(length))
    may_shrink = pa.array(length >= MIN_INPUT)
    texts = pc.if_else(may_shrink, values, pa.scalar(None, values.type)) if pc.any(may_shrink).as_py() else None
    return _Stored(present, _inline(length), 1, texts)


def _inline(length: np.ndarray) -> np.ndarray:
    """Return the bytes of values of any length: with their length byte, or the pointer to the side table."""
    return np.where(length + 1 > MAX_INLINE_LENGTH, _POINTER, length + 1)


def _compressed_to(size: int, alignment: int, stored: Mapping[str, _Stored]) -> dict[str, _Stored]:
    """Return as if every text that may be compressed came to so many bytes."""
    return {name: column.with_texts_of(size, alignment) for name, column in stored.items()}


def _compressed(texts: pa.Array) -> np.ndarray:
    """Return bytes of each text that is compressed to no more than stays in a row; -1 for the others."""
    encoded = texts.dictionary_encode()
    most = MAX_INLINE_LENGTH - _COMPRESSED_HEADER
    sizes = [compressed_size(text.encode(), most) for text in encoded.dictionary.to_pylist()]
    stored_sizes = np.array([-1 if size is None else _COMPRESSED_HEADER + size for size in sizes] + [-1], np.int64)
    return np.asarray(stored_sizes[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)])


def _present(values: pa.Array) -> np.ndarray:
    return np.asarray(values.is_valid().to_numpy(zero_copy_only=False))


def _aligned(offset: np.ndarray, width: np.ndarray | int) -> np.ndarray:
    return -(-offset // width) * width
