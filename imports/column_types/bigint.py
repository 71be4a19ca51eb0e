"""BIGINT: whole numbers of 64 bits."""

from __future__ import annotations

import pyarrow as pa

from imports.column_types.integer import Integer


class BigInt(Integer):
    name = "BIGINT"
    label = "Large whole number"
    aliases = ("INT8",)
    stored_width = 8
    arrow = pa.int64()
    wire = ">i8"
    largest = "9223372036854775807"
    smallest = "9223372036854775808"
