"""Arrow arrays and record batches as bytes, and back from bytes that are not trusted."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.ipc as ipc

_RECORD_BATCH = 3  # in MessageHeader of https://github.com/apache/arrow/blob/main/format/Message.fbs


class InvalidArrow(Exception):
    """The bytes are not the Arrow data that they should be."""


@dataclass
class ArrowSender:
    """The arrays and batches of one frame. Arrays of one length travel as one batch, which costs less."""

    batches: list[pa.RecordBatch] = field(default_factory=list)
    _columns: dict[int, list[pa.Array]] = field(default_factory=lambda: defaultdict(list))

    def add_batch(self, batch: pa.RecordBatch) -> int:
        """Return the position under which the other side finds the batch."""
        self.batches.append(batch)
        return len(self.batches) - 1

    def add_array(self, array: pa.Array) -> tuple[int, int]:
        """Return the length and the position under which the other side finds the array. Not of a dictionary type."""
        columns = self._columns[len(array)]
        columns.append(array)
        return len(array), len(columns) - 1

    def as_bytes(self) -> Any:
        """Return all of it: streams of one batch each, first the batches, then the arrays by their length."""
        if not self.batches and not self._columns:
            return b""
        sink = pa.BufferOutputStream()
        for batch in [*self.batches, *map(_batch_of, self._columns.values())]:
            with ipc.new_stream(sink, batch.schema) as stream:
                stream.write_batch(batch)
        return sink.getvalue()


def _batch_of(columns: list[pa.Array]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(columns, names=[str(number) for number in range(len(columns))])


class ArrowReceiver:
    """What an ArrowSender sent, checked. Raises InvalidArrow."""

    def __init__(self, buffer: pa.Buffer, batches: int) -> None:
        """batches: how many batches precede those of the arrays."""
        try:
            received = list(_batches(buffer))
        except (pa.ArrowException, struct.error, OSError, IndexError, ValueError, TypeError) as error:
            raise InvalidArrow from error
        self._batches, arrays = received[:batches], received[batches:]
        self._columns = {len(batch): batch.columns for batch in arrays}
        if len(self._batches) < batches or len(self._columns) < len(arrays):
            raise InvalidArrow

    def batch(self, position: int) -> pa.RecordBatch:
        return self._batches[position]

    def array(self, length: int, position: int) -> pa.Array:
        return self._columns[length][position]


def _batches(buffer: pa.Buffer) -> Iterator[pa.RecordBatch]:
    """Yield the batch of each stream."""
    source = pa.BufferReader(buffer)
    while source.tell() < buffer.size:
        messages = ipc.MessageReader.open_stream(source)
        schema = ipc.read_schema(messages.read_next_message())
        message = messages.read_next_message()
        _refuse_compressed(message.metadata.to_pybytes())
        batch = ipc.read_record_batch(message, schema)
        batch.validate(full=True)
        yield batch
        _read_end(messages)


def _read_end(messages: ipc.MessageReader) -> None:
    try:
        messages.read_next_message()
    except StopIteration:
        return
    raise InvalidArrow


def _refuse_compressed(metadata: bytes) -> None:
    """Refuse a message that is no batch, or a batch that would take more memory than the bytes that hold it.

    metadata: a flatbuffer (https://flatbuffers.dev/internals), which Arrow itself shows no compression of.
    """
    (message,) = struct.unpack_from("<I", metadata)
    kind = _field(metadata, message, 1)
    header = _field(metadata, message, 2)
    if not header or not kind or metadata[kind] != _RECORD_BATCH:
        raise InvalidArrow
    if _field(metadata, header + struct.unpack_from("<I", metadata, header)[0], 3):
        raise InvalidArrow


def _field(metadata: bytes, table: int, number: int) -> int:
    """Return where a table of a flatbuffer has a field; 0 where it has none."""
    vtable = table - struct.unpack_from("<i", metadata, table)[0]
    (size,) = struct.unpack_from("<H", metadata, vtable)
    if 4 + 2 * number >= size:
        return 0
    (offset,) = struct.unpack_from("<H", metadata, vtable + 4 + 2 * number)
    return table + offset if offset else 0
