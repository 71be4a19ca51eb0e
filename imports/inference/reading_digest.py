"""A digest of what was read of a file, to notice later that the same file is read differently."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.text_batches import RowProblem, TextBatch

_ABSENT = -1  # the length of a value that is null


class ReadingDigest:
    """Take the batches of a file, in order. The same records give the same digest, whatever the borders of batches.

    A checksum of each column, not a cryptographic hash: it has to notice a change of our rules, not an attack, and it
    reads every byte of every file.
    """

    def __init__(self) -> None:
        self.records = 0
        self._columns: list[_Column] = []
        self._problems = 0
        self._places: tuple[int, int] | None = None  # of the first record and of the last

    def add(self, batch: TextBatch) -> None:
        self._columns += [_Column(self.records) for _ in batch.columns[len(self._columns) :]]
        for column, texts in zip(self._columns, batch.columns, strict=False):
            column.add(texts)
        for column in self._columns[len(batch.columns) :]:
            column.add_absent(batch.rows)
        for problem in batch.problems:  # in any order
            self._problems = (self._problems + _checksum(problem, batch.first_record)) % 2**64
        if batch.rows:
            ends = batch.source_positions[0].as_py(), batch.source_positions[batch.rows - 1].as_py()
            self._places = (self._places or ends)[0], ends[1]
        self.records += batch.rows

    @property
    def places(self) -> tuple[int, int] | None:
        """The source positions of the first record and of the last; None where there is none."""
        return self._places

    def hexdigest(self) -> str:
        everything = [self.records, self._problems, *(column.state for column in self._columns)]
        return hashlib.sha256(json.dumps(everything).encode()).hexdigest()


class _Column:
    """The checksums of the lengths and of the bytes of a column's values."""

    def __init__(self, absent: int) -> None:
        """absent: records before the first that may have a value."""
        self.state = (0, 0)
        self.add_absent(absent)

    def add(self, texts: pa.Array) -> None:
        lengths = pc.fill_null(pc.binary_length(texts), _ABSENT)
        present = texts.drop_null() if texts.null_count else texts
        self.state = crc32(lengths.to_numpy().data, self.state[0]), crc32(_bytes_of(present), self.state[1])

    def add_absent(self, records: int) -> None:
        self.state = crc32(np.full(records, _ABSENT, np.int32).data, self.state[0]), self.state[1]


def _bytes_of(texts: pa.Array) -> memoryview | bytes:
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    ends = np.frombuffer(offsets, np.int32, len(texts) + 1, texts.offset * 4)
    return memoryview(data)[ends[0] : ends[-1]]


def _checksum(problem: RowProblem, first_record: int) -> int:
    """Return a checksum of what the reader made of a record, without the words for it."""
    made: list[Any] = [first_record + problem.index, problem.rejected, problem.filtered]
    return crc32(json.dumps([*made, problem.column, problem.original, problem.value]).encode())
