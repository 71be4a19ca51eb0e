"""Encode fields as the rows of a binary COPY, without handling single values in Python.

Arrow joins the fields (column_types/wire.py) row by row, and the joined buffer is what goes over the wire.
Format: https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-FILE-FORMATS
"""

from __future__ import annotations

import struct

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types.wire import Pieces

HEADER = b"PGCOPY\n\xff\r\n\x00" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)


def encode_rows(fields: list[Pieces]) -> memoryview:
    """Return the bytes of the rows, without header and trailer. fields: in the order of the COPY's columns."""
    count = pa.scalar(struct.pack(">h", len(fields)), pa.binary())
    pieces = [count, *(piece for field in fields for piece in field), pa.scalar(b"", pa.binary())]
    joined = pc.binary_join_element_wise(*pieces)
    buffer = joined.buffers()[2]
    return memoryview(buffer) if buffer is not None else memoryview(b"")
