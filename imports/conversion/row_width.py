"""Rows that no page of PostgreSQL can hold, told before the server is asked.

A page holds rows of 8,160 bytes. Longer values go to a side table and leave 18 bytes behind, so only tables of hundreds
of columns have such rows. Layout: https://www.postgresql.org/docs/current/storage-page-layout.html, storage-toast.html
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

MOST_BYTES = 8160  # of a row, with its header
_POINTER = 18  # bytes that a value in the side table leaves behind
_LONGEST_INLINE = 24  # bytes of a value that is never moved there
_WIDTHS = {
    "BOOLEAN": 1, "INTEGER": 4, "BIGINT": 8, "DOUBLE PRECISION": 8, "DATE": 4, "TIMESTAMP": 8, "TIMESTAMPTZ": 8,
    "TIME": 8,
}  # fmt: skip
_IMPORT_ID, _IMPORTED_AT, _ROW_NUMBER = 16, 8, 4
_SURELY_FITS = (MOST_BYTES - 300) // _LONGEST_INLINE  # columns


def too_wide(columns: Sequence[tuple[str, pa.Array]], corrections: pa.Array, table_columns: int) -> np.ndarray | None:
    """Mask of the rows that do not fit a page; None where none can be.

    columns: SQL type without its size, and values as ColumnType.parse gives them. table_columns: of the whole table.
    """
    if len(columns) <= _SURELY_FITS:
        return None
    bitmap = (table_columns + 5 + 7) // 8
    end = np.full(len(corrections), 8, np.int64)  # the id
    for name, values in columns:
        end = _after(end, name, values)
    end = _aligned(end + _IMPORT_ID, 8) + _IMPORTED_AT + _ROW_NUMBER
    end = _after(end, "JSONB", corrections)
    wide = _aligned(_aligned(np.array(23 + bitmap), 8) + end, 8) > MOST_BYTES
    return wide if wide.any() else None


def _after(end: np.ndarray, name: str, values: pa.Array) -> np.ndarray:
    """Where a row ends once this column's value was put behind it."""
    present = values.is_valid().to_numpy(zero_copy_only=False)
    width = _WIDTHS.get(name)
    if width:
        return np.where(present, _aligned(end, width) + width, end)
    if name == "UUID":
        return np.where(present, end + 16, end)
    return end + np.where(present, _bytes_inline(name, values), 0)


def _bytes_inline(name: str, values: pa.Array) -> np.ndarray:
    """Of values of any length, at the least: with their length byte, or the pointer to the side table."""
    length = pc.fill_null(pc.binary_length(values), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    if name == "NUMERIC":
        length = 2 + 2 * ((length + 7) // 8)  # four digits in two bytes; at the least, whatever zeros there are
    return np.where(length + 1 > _LONGEST_INLINE, _POINTER, length + 1)


def _aligned(offset: np.ndarray, width: int) -> np.ndarray:
    return -(-offset // width) * width
