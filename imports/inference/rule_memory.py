"""One budget of memory for all rules on the records that they take at once, reckoned before each rule does its work."""

from __future__ import annotations

from django.conf import settings

from imports.errors import RuleTooCostly
from imports.mapping import messages
from imports.text_batches import TextBatch, sliced

MAX_COLUMN_BYTES = 2**31 - 1  # of an Arrow array of texts, whatever the settings allow


class TooMuchMemory(Exception):
    """The rules need more memory for a batch than they may have, but less for a smaller one."""

    def __init__(self, needed: int, limit: int) -> None:
        self.needed = needed
        self.limit = limit

    def cut(self, batch: TextBatch) -> list[TextBatch]:
        """Return the batch in so many pieces that each fits if its rows are alike."""
        pieces = max(2, -(-self.needed // max(1, self.limit)))
        return list(sliced(batch, max(1, batch.rows // pieces)))


class RuleMemory:
    """What the rules made of one batch so far, in bytes."""

    def __init__(self, batch: TextBatch) -> None:
        self.batch = batch
        self._limit = min(settings.ATLAS_RULE_MEMORY_BYTES, MAX_COLUMN_BYTES)
        self._kept: dict[int, int] = {}  # by position of the column
        self._sum = 0

    @property
    def left(self) -> int:
        return self._limit - self._sum

    def keep(self, position: int, size: int) -> None:
        """Count a column that a rule made, in place of what a rule before made of it."""
        self._sum += size - self._kept.get(position, 0)
        self._kept[position] = size

    def take(self, rule: str, size: int) -> None:
        """Raise TooMuchMemory where a rule needs more than is left, RuleTooCostly where it does so for one record."""
        if size <= self.left:
            return
        if self.batch.rows > 1:
            raise TooMuchMemory(self._sum + size, self._limit)
        limit_megabytes = max(1, self._limit // 1_000_000)
        raise RuleTooCostly(
            messages.RULE_RESULT_TOO_LARGE(rule=rule, limit_megabytes=limit_megabytes, record=self.batch.first_record)
        )
