"""Text batches kept on disk between the two looks at a file: the first finds the types, the second loads.

So a file is parsed once, whatever its format, and memory stays bounded.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc

from core.messages import message_of
from imports.errors import ErrorCode
from imports.sources.spool_files import BATCHES, new_spool_file
from imports.text_batches import RowProblem, TextBatch

_TROUBLES = pa.schema(
    [("index", pa.int64()), ("code", pa.string()), ("message", pa.string()), ("rejected", pa.bool_()),
     ("original", pa.string()), ("column", pa.int32()), ("value", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class SpoolPlace:
    """Where a batch is in the file."""

    first_record: int
    rows: int
    columns: int  # that the batch knew of
    texts: int  # offset
    problems: int | None  # offset; None where there are none


class SpooledBatches:
    """Batches of a file in their order; each can be read as often as needed."""

    def __init__(self, path: Path, places: list[SpoolPlace]) -> None:
        self.path = path
        self.places = places
        self.records = sum(place.rows for place in places)

    def _opened(self) -> pa.OSFile:
        """Open the file: read, not mapped: pages of a mapped file would count as this process's memory."""
        return pa.OSFile(str(self.path))

    def batches(self, columns: int) -> Iterator[TextBatch]:
        """Yield all batches, each with so many columns: what a batch did not know of yet is null."""
        with self._opened() as source:
            for place in self.places:
                yield _batch(source, place, columns)

    def ranges(self) -> list[tuple[int, int]]:
        """Return the first and the last record of each batch."""
        return [(place.first_record, place.first_record + place.rows - 1) for place in self.places]

    def batch_with(self, record: int, columns: int) -> TextBatch:
        """Return the batch that has this record, with so many columns. record: its number, of one that was put."""
        at = bisect_right(self.places, record, key=lambda place: place.first_record) - 1
        with self._opened() as source:
            return _batch(source, self.places[at], columns)

    def column(self, position: int) -> Iterator[pa.Array]:
        """Yield one column, batch by batch. position: from 0, in header order."""
        with self._opened() as source:
            for place in self.places:
                known = position < place.columns
                yield _read(source, place.texts, [position]).column(0) if known else pa.nulls(place.rows, pa.string())


class Spool(SpooledBatches):
    """Takes batches; its file is deleted when it is left."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = new_spool_file(BATCHES, folder=folder)
        self._sink = pa.OSFile(self._file.name, "wb")
        super().__init__(Path(self._file.name), [])

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sink.close()
        self._file.close()

    def _opened(self) -> pa.OSFile:
        self.flush()
        return super()._opened()

    def flush(self) -> None:
        """Have all that was put in the file."""
        self._sink.flush()

    def put(self, batch: TextBatch) -> None:
        columns = [*batch.columns, batch.source_positions]
        names = [str(number) for number in range(len(columns))]
        texts = self._write(pa.RecordBatch.from_arrays(columns, names=names))
        rows = [_row(problem) for problem in batch.problems]
        problems = self._write(pa.RecordBatch.from_pylist(rows, schema=_TROUBLES)) if rows else None
        self.places.append(SpoolPlace(batch.first_record, batch.rows, len(batch.columns), texts, problems))
        self.records += batch.rows

    def _write(self, batch: pa.RecordBatch) -> int:
        offset = self._sink.tell()
        with ipc.new_stream(self._sink, batch.schema) as stream:
            stream.write_batch(batch)
        return int(offset)


def _read(source: pa.NativeFile, offset: int, fields: list[int] | None = None) -> pa.RecordBatch:
    source.seek(offset)
    return ipc.open_stream(source, options=ipc.IpcReadOptions(included_fields=fields or [])).read_next_batch()


def _batch(source: pa.NativeFile, place: SpoolPlace, columns: int) -> TextBatch:
    *texts, source_positions = _read(source, place.texts).columns
    rows = [] if place.problems is None else _read(source, place.problems).to_pylist()
    return TextBatch(texts, place.first_record, source_positions, tuple(map(_row_problem, rows))).with_columns(columns)


def _row(problem: RowProblem) -> dict[str, Any]:
    return {
        "index": problem.index, "code": str(problem.code), "rejected": problem.rejected,
        "message": json.dumps(problem.message.as_json()),
        "original": None if problem.original is None else json.dumps(problem.original),
        "column": problem.column, "value": problem.value,
    }  # fmt: skip


def _row_problem(row: dict[str, Any]) -> RowProblem:
    original = None if row["original"] is None else tuple(json.loads(row["original"]))
    message = message_of(json.loads(row["message"]))
    return RowProblem(**{**row, "code": ErrorCode(row["code"]), "message": message, "original": original})
