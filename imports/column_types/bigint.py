"""BIGINT: whole numbers of 64 bits."""

from __future__ import annotations

import pyarrow as pa

from imports.column_types.integer import Integer


class BigInt(Integer):
    name = "BIGINT"
    arrow = pa.int64()
    largest = "9223372036854775807"
    smallest = "9223372036854775808"
