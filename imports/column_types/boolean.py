"""BOOLEAN: true and false in any case unchanged; yes, no and their like as corrections."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import PLAIN, ColumnType, Reading
from imports.column_types.wire import Pieces, number_field

TRUE_WORDS = pa.array(["true", "yes", "y", "t", "on", "1", "1.0"])
#: Words of which a column has both where it is found to be of truth values: one alone, such as NO, is a code.
PAIRS = (frozenset(("true", "false")), frozenset(("yes", "no")))
FALSE_WORDS = pa.array(["false", "no", "n", "f", "off", "0", "0.0"])


class Boolean(ColumnType):
    name = "BOOLEAN"
    label = "Yes/No"
    not_valid = messages.NOT_A_BOOLEAN
    json_literal = True
    aliases = ("BOOL",)
    stored_width = 1
    arrow = pa.bool_()
    is_itself_as_written = True

    def canonical(self, texts: pa.Array) -> pa.Array:
        words = pc.utf8_lower(texts)
        return pc.or_(pc.equal(words, "true"), pc.equal(words, "false"))

    def convert(self, texts: pa.Array, reading: Reading) -> pa.Array:
        words = pc.utf8_lower(texts)
        false = pc.if_else(pc.is_in(words, value_set=FALSE_WORDS), "false", pa.scalar(None, pa.string()))
        return pc.if_else(pc.is_in(words, value_set=TRUE_WORDS), "true", false)

    def parse(self, texts: pa.Array) -> pa.Array:
        return pc.utf8_lower(texts).cast(pa.bool_())

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        return [(PLAIN, f"(?i:{'|'.join(sorted(set.union(*map(set, PAIRS))))})")]

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return number_field(values.cast(pa.uint8()), wire="u1")
