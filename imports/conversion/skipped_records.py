"""The records of a batch that are not loaded, complete: rejected, or left out by a filter or the reader."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.conversion.json_columns import json_arrays
from imports.text_batches import FilteredRows, TextBatch

SKIPPED_SCHEMA = pa.schema(
    [("record_number", pa.int32()), ("place", pa.int64()), ("reason_code", pa.string()), ("reason", pa.string()),
     ("original", pa.string()), ("mapped", pa.string())]
)  # fmt: skip


def rejected_records(batch: TextBatch, rejected: np.ndarray | None, problems: pa.RecordBatch) -> pa.RecordBatch:
    """Return the rejected records whole, each with the first of its problems as the reason."""
    if rejected is None:
        return pa.RecordBatch.from_pylist([], schema=SKIPPED_SCHEMA)
    at = pa.array(np.flatnonzero(rejected))
    numbers = pa.array((at.to_numpy() + batch.first_record).astype(np.int32))
    reasons = problems.take(pa.array(np.searchsorted(problems.column("record_number").to_numpy(), numbers.to_numpy())))
    return pa.RecordBatch.from_arrays(
        [numbers, batch.source_positions.take(at), reasons.column("error_type"), reasons.column("error_message"),
         originals(batch, at), pa.nulls(len(at), pa.string())],
        schema=SKIPPED_SCHEMA,
    )  # fmt: skip


def filtered_records(batch: TextBatch, left_outs: list[FilteredRows]) -> pa.RecordBatch:
    """Return the records that are left out, whole."""
    parts = [
        pa.RecordBatch.from_arrays(
            [
                pa.array((left_out.rows.to_numpy() + batch.first_record).astype(np.int32)),
                batch.source_positions.take(left_out.rows),
                left_out.codes,
                left_out.reasons,
                originals(batch, left_out.rows),
                pa.nulls(len(left_out.rows), pa.string()),
            ],
            schema=SKIPPED_SCHEMA,
        )
        for left_out in left_outs
    ]
    return pa.concat_batches(parts) if parts else pa.RecordBatch.from_pylist([], schema=SKIPPED_SCHEMA)


def originals(batch: TextBatch, at: pa.Array) -> pa.Array:
    """Return the records at these positions of the batch as they were read: JSON arrays of texts and nulls in file
    order."""
    plain = json_arrays([texts.take(at) for texts in batch.as_read])
    odd = {problem.index: problem.original for problem in batch.problems if problem.original is not None}
    if not odd:
        return plain
    positions = at.to_pylist()
    return pa.array(
        [json.dumps(odd[index]) if index in odd else text
         for index, text in zip(positions, plain.to_pylist(), strict=True)],
        pa.string(),
    )  # fmt: skip


def mapped(batch: TextBatch, at: pa.Array) -> pa.Array:
    """Return the records at these positions as the mapping saw them, where that is not as they were read: else null."""
    odd = pa.array([problem.index for problem in batch.problems if problem.original is not None], pa.int64())
    is_odd = pc.is_in(at, odd)
    if not is_odd.true_count:
        return pa.nulls(len(at), pa.string())
    return pc.if_else(is_odd, json_arrays([texts.take(at) for texts in batch.as_read]), pa.scalar(None, pa.string()))
