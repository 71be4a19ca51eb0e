"""Rows of a file by number, without a spool: read again to show where a stored row comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from imports.extraction.results import FirstRecords, SourceRecord
from imports.extraction.sample_values import shown
from imports.readers.batch_builder import storable
from imports.text_batches import TextBatch


class SourceRecords:
    """The rows of a file, to be requested in ascending order; the file is read only up to the last one requested."""

    def __init__(self, batches: Iterator[TextBatch], location: Callable[[int], str]) -> None:
        self._location = location
        self._batches = batches
        self._batch: TextBatch | None = None

    def find(self, number: int) -> SourceRecord | None:
        """Return a row by its number; None if the file ends before."""
        while self._batch is None or number >= self._batch.first_record + self._batch.rows:
            self._batch = next(self._batches, None)
            if self._batch is None:
                return None
        index = number - self._batch.first_record
        cells = [texts[index].as_py() for texts in self._batch.columns]
        return SourceRecord(self._location(self._batch.source_positions[index].as_py()), cells)


def first_records(batch: TextBatch | None, header: list[str]) -> FirstRecords:
    """Return the records of the first batch as the file has them. batch: None where the file has none."""
    if batch is None:
        return FirstRecords(header, [])
    columns = [list(map(shown, column.to_pylist())) for column in batch.columns]
    records = [list(record) for record in zip(*columns, strict=True)] or [[] for _ in range(batch.rows)]
    for problem in batch.problems:
        if problem.original:
            records[problem.index] = [cell and shown(storable(cell)) for cell in problem.original]
    return FirstRecords(header, records)
