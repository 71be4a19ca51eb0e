"""UUID: 32 hex digits with their dashes, in either case, unchanged; braces and missing dashes as corrections."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import PLAIN, ColumnType, Reading, matches
from imports.column_types.wire import Pieces, bytes_field

HEX = "[0-9a-fA-F]"


class Uuid(ColumnType):
    name = "UUID"
    label = "UUID"
    not_valid = messages.NOT_A_UUID
    stored_width = 16
    alignment = 1
    has_python_value = False

    def canonical(self, texts: pa.Array) -> pa.Array:
        return matches(texts, rf"{HEX}{{8}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{4}}-{HEX}{{12}}")

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        bare = pc.replace_substring_regex(texts, r"^\{(.*)\}$|^urn:uuid:(.*)$", r"\1\2")
        digits = pc.utf8_lower(pc.replace_substring(bare, "-", ""))
        whole = pc.if_else(matches(digits, f"{HEX}{{32}}"), digits, pa.scalar(None, pa.string()))
        return pc.replace_substring_regex(whole, r"^(.{8})(.{4})(.{4})(.{4})(.{12})$", r"\1-\2-\3-\4-\5")

    def parse(self, texts: pa.Array) -> pa.Array:
        """Return 16 bytes per value."""
        digits = pc.fill_null(pc.utf8_lower(pc.replace_substring(texts, "-", "")), "0" * 32)
        ascii_codes = np.frombuffer("".join(digits.to_pylist()).encode(), np.uint8)
        nibbles = np.where(ascii_codes > 57, ascii_codes - 87, ascii_codes - 48)
        values = (nibbles[0::2] << 4 | nibbles[1::2]).tobytes()
        packed = pa.FixedSizeBinaryArray.from_buffers(pa.binary(16), len(texts), [None, pa.py_buffer(values)])
        return pc.if_else(pc.is_valid(texts), packed, pa.scalar(None, pa.binary(16)))

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        return [(PLAIN, r"\{?[0-9a-fA-F]{8}-.*")]

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return bytes_field(values)
