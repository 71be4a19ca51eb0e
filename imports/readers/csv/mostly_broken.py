"""A text of which most records are broken: it has other quotes or another delimiter, and is not read to its end."""

from __future__ import annotations

from collections.abc import Callable

from imports.errors import ErrorCode, UnreadableFile
from imports.readers import messages
from imports.text_batches import RowProblem, TextBatch

MANY = 50_000  # broken records, from which most of them are broken for a reason: each takes as long as 20 others


class BrokenRecords:
    """Counts them. Nothing is refused where the request says what quotes are."""

    def __init__(self, location: Callable[[int], str], *, quote_asked: bool) -> None:
        self._location = location
        self._quote_asked = quote_asked
        self._broken = 0
        self._first = ""

    def count(self, batch: TextBatch) -> None:
        """Raise UnreadableFile as soon as there are very many, at least half of the records."""
        broken = [problem.index for problem in batch.problems if _is_broken(problem)]
        if broken and not self._broken:
            self._first = self._location(batch.source_positions[broken[0]].as_py())
        self._broken += len(broken)
        records = batch.first_record + batch.rows - 1
        if self._broken > MANY and 2 * self._broken >= records and not self._quote_asked:
            raise UnreadableFile(messages.MOSTLY_BROKEN(broken=self._broken, records=records, first=self._first))


def _is_broken(problem: RowProblem) -> bool:
    return problem.code == ErrorCode.BAD_QUOTING or (problem.rejected and not problem.filtered)
