"""Text batches kept on disk between the two looks at a file: the first finds the types, the second loads.

So a file is parsed once, whatever its format, and memory stays bounded.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc

from imports.errors import ErrorCode
from imports.readers import RowTrouble, TextBatch

_TROUBLES = pa.schema(
    [("index", pa.int64()), ("code", pa.string()), ("message", pa.string()), ("rejected", pa.bool_()),
     ("original", pa.string()), ("column", pa.int32()), ("value", pa.string())]
)  # fmt: skip


class Spool:
    """Batches in the order they were put; each can be read as often as needed."""

    def __init__(self, folder: Path | None = None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        self._file = tempfile.NamedTemporaryFile(prefix="atlas-spool-", dir=folder)
        self._sink = pa.OSFile(self._file.name, "wb")
        self._places: list[tuple[int, int, int]] = []  # first record, offsets of its texts and of its troubles
        self.records = 0

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._sink.close()
        self._file.close()

    def put(self, batch: TextBatch) -> None:
        columns = [*batch.columns, batch.places]
        names = [str(number) for number in range(len(columns))]
        texts = self._write(pa.RecordBatch.from_arrays(columns, names=names))
        troubles = self._write(
            pa.RecordBatch.from_pylist([_row(trouble) for trouble in batch.troubles], schema=_TROUBLES)
        )
        self._places.append((batch.first_record, texts, troubles))
        self.records += batch.rows

    def _write(self, batch: pa.RecordBatch) -> int:
        offset = self._sink.tell()
        with ipc.new_stream(self._sink, batch.schema) as stream:
            stream.write_batch(batch)
        return int(offset)

    def batches(self, columns: int) -> Iterator[TextBatch]:
        """All batches, each with so many columns: what a batch did not know of yet is null."""
        self._sink.flush()
        if not self._places:
            return
        with pa.memory_map(self._file.name) as source:
            for first_record, texts, troubles in self._places:
                yield _batch(_read(source, texts), _read(source, troubles), first_record, columns)

    def column(self, position: int) -> Iterator[pa.Array]:
        """One column, batch by batch. position: from 0, in header order."""
        return (batch.columns[position] for batch in self.batches(position + 1))


def _read(source: pa.NativeFile, offset: int) -> pa.RecordBatch:
    source.seek(offset)
    return ipc.open_stream(source).read_next_batch()


def _batch(found: pa.RecordBatch, with_troubles: pa.RecordBatch, first_record: int, columns: int) -> TextBatch:
    *texts, places = found.columns
    missing = [pa.nulls(len(places), pa.string())] * (columns - len(texts))
    troubles = tuple(_trouble(row) for row in with_troubles.to_pylist())
    return TextBatch([*texts[:columns], *missing], first_record, places, troubles)


def _row(trouble: RowTrouble) -> dict[str, Any]:
    return {
        "index": trouble.index, "code": str(trouble.code), "message": trouble.message, "rejected": trouble.rejected,
        "original": None if trouble.original is None else json.dumps(trouble.original),
        "column": trouble.column, "value": trouble.value,
    }  # fmt: skip


def _trouble(row: dict[str, Any]) -> RowTrouble:
    original = None if row["original"] is None else tuple(json.loads(row["original"]))
    return RowTrouble(**{**row, "code": ErrorCode(row["code"]), "original": original})
