"""How much the rules of a mapping may make of a whole file: in proportion to what they read, above a base."""

from __future__ import annotations

from collections.abc import Iterable

import pyarrow as pa
from django.conf import settings

from imports.errors import RuleTooCostly
from imports.mapping import messages
from imports.text_batches import TextBatch


class RuleOutput:
    """What the rules made of a file so far, in bytes."""

    def __init__(self) -> None:
        self._read = 0
        self._made = 0

    def count(self, as_read: Iterable[pa.Array], batch: TextBatch, positions: Iterable[int]) -> None:
        """Count one batch. as_read: the columns of the file; positions: of those that rules made.

        Raises RuleTooCostly where all batches together come to more than the limit.
        """
        self._read += sum(column.nbytes for column in as_read)
        self._made += sum(batch.columns[position].nbytes for position in positions)
        limit = settings.ATLAS_RULE_OUTPUT_BYTES + settings.ATLAS_RULE_OUTPUT_RATIO * self._read
        if self._made > limit:
            last = batch.first_record + batch.rows - 1
            raise RuleTooCostly(messages.RULES_MAKE_TOO_MUCH(limit_megabytes=limit // 1_000_000, record=last))
