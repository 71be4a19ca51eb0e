"""TEXT: the text as in the file. Never trimmed, never corrected."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, Reading, TypeFailures, either
from imports.errors import ErrorCode


class Text(ColumnType):
    """Everything but U+0000, which PostgreSQL cannot store; with a size, VARCHAR(n)."""

    name = "TEXT"
    label = "Text"
    not_valid = messages.NOT_TEXT
    aliases = ("VARCHAR", "CHARACTER VARYING", "STRING")
    largest_size = (10_485_760,)
    may_be_compressed = True

    @property
    def sql(self) -> str:
        return f"VARCHAR({self.size[0]})" if self.size else self.name

    def canonical(self, texts: pa.Array) -> pa.Array:
        storable = pc.invert(pc.match_substring(texts, "\x00"))
        if self.size:
            return pc.and_(storable, pc.less_equal(pc.utf8_length(texts), self.size[0]))
        return storable

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts

    @classmethod
    def tried_as(cls) -> list[tuple[Reading, str]]:
        """Return nothing: a column of no other type is text."""
        return []

    def failures(self, texts: pa.Array) -> TypeFailures:
        has_nul = pc.match_substring(texts, "\x00")
        nul = (ErrorCode.UNSTORABLE_TEXT, messages.NUL_CHARACTER())
        return either(has_nul, nul, (ErrorCode.TOO_LONG, messages.TOO_LONG(type=self.sql)))
