"""The errors of a batch: one row for each value or record that did not fit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.column_types.base import TypeFailures
from imports.conversion.json_columns import joined
from imports.errors import MAX_SOURCE_VALUE_LENGTH, WHOLE_RECORD, ErrorCode
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.text_batches import RowProblem, RuleFailures, TextBatch

MAX_SHOWN_LENGTH = 100  # characters of a value in an error message
ERROR_SCHEMA = pa.schema(
    [("record_number", pa.int32()), ("place", pa.int64()), ("error_type", pa.string()), ("error_message", pa.string()),
     ("error_details", pa.string()), ("row_params", pa.string()), ("source_field", pa.string()),
     ("target_field", pa.string()), ("source_value", pa.string())]
)  # fmt: skip


def problems_of_cast(batch: TextBatch, numbers: pa.Array, column: PlannedColumn, failed: pa.Array) -> pa.RecordBatch:
    values = batch.columns[column.source].take(failed)
    failures = column.sql_type.failures(pc.utf8_trim_whitespace(values))
    return _problems(batch, numbers, failed, values, failures, (column.header, column.name))


def problems_of_rule(batch: TextBatch, numbers: pa.Array, failures: RuleFailures, plan: ImportPlan) -> pa.RecordBatch:
    targets = [name for position in failures.targets if (name := plan.target_of(position))]
    fields = failures.source_field, targets[0] if targets else WHOLE_RECORD
    why = TypeFailures(
        pa.repeat(pa.scalar(0, pa.int8()), len(failures.rows)), ((ErrorCode.ROW_TRANSFORMATION, failures.message),)
    )
    return _problems(batch, numbers, failures.rows, failures.values, why, fields)


def _problems(
    batch: TextBatch,
    numbers: pa.Array,
    at: pa.Array,
    values: pa.Array,
    failures: TypeFailures,
    fields: tuple[str, str],
) -> pa.RecordBatch:
    """Return why the values at these positions failed; fields: source and target."""
    shown = pc.replace_substring(pc.utf8_slice_codeunits(values, 0, MAX_SHOWN_LENGTH), "\x00", "\ufffd")
    before, behind = zip(*(message.around("value") for _, message in failures.kinds), strict=True)
    return pa.RecordBatch.from_arrays(
        [
            numbers.take(at),
            batch.source_positions.take(at),
            _of_kinds([str(code) for code, _ in failures.kinds], failures.which),
            joined(_of_kinds(before, failures.which), shown, _of_kinds(behind, failures.which)),
            _of_kinds([json.dumps(message.kind) for _, message in failures.kinds], failures.which),
            pa.nulls(len(at), pa.string()),
            pa.repeat(fields[0], len(at)),
            pa.repeat(fields[1], len(at)),
            pc.replace_substring(pc.utf8_slice_codeunits(values, 0, MAX_SOURCE_VALUE_LENGTH), "\x00", "\ufffd"),
        ],
        schema=ERROR_SCHEMA,
    )


def _of_kinds(texts: Sequence[str], which: pa.Array) -> pa.Array:
    """Return the text of its kind for each."""
    return pa.array(texts, pa.string()).take(which)


def problems_of_records(batch: TextBatch, row_problems: list[RowProblem], plan: ImportPlan) -> pa.RecordBatch:
    """Return the row_problems that the reader found, and rows that no page can hold."""
    at = np.array([problem.index for problem in row_problems], np.int64)
    fields = [_fields_meant(problem, plan) for problem in row_problems]
    return pa.RecordBatch.from_arrays(
        [
            pa.array((at + batch.first_record).astype(np.int32)),
            batch.source_positions.take(pa.array(at)),
            pa.array([str(problem.code) for problem in row_problems], pa.string()),
            pa.array([str(problem.message) for problem in row_problems], pa.string()),
            pa.array([json.dumps(problem.message.kind) for problem in row_problems], pa.string()),
            pa.array([json.dumps(problem.message.row_params) for problem in row_problems], pa.string()),
            pa.array([source for source, _ in fields], pa.string()),
            pa.array([target for _, target in fields], pa.string()),
            pc.utf8_slice_codeunits(_values_meant(batch, row_problems), 0, MAX_SOURCE_VALUE_LENGTH),
        ],
        schema=ERROR_SCHEMA,
    )


def _fields_meant(problem: RowProblem, plan: ImportPlan) -> tuple[str, str]:
    """Return the source and target columns of each error."""
    if problem.column is None:
        return WHOLE_RECORD, WHOLE_RECORD
    return plan.header[problem.column], plan.target_of(problem.column) or WHOLE_RECORD


def _values_meant(batch: TextBatch, row_problems: list[RowProblem]) -> pa.Array:
    """Return the value of the cell, or the whole row as it was read."""
    as_shown = [problem.index for problem in row_problems if problem.column is None and problem.original is None]
    rows = zip(*[texts.take(pa.array(as_shown, pa.int64())).to_pylist() for texts in batch.as_read], strict=True)
    values = [
        json.dumps(next(rows) if problem.original is None else problem.original)
        if problem.column is None
        else problem.value
        for problem in row_problems
    ]
    return pa.array(values, pa.string())


def in_order(problems: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return the problems by record number; within a record in the order of the columns."""
    filled = [part for part in problems if len(part)]
    if not filled:
        return problems[0]
    everything = pa.concat_batches(filled)
    order = np.argsort(everything.column("record_number").to_numpy(), kind="stable")
    return everything.take(pa.array(order))


def first_message(problems: pa.RecordBatch) -> Message:
    """Return the message of the first of the problems, with the parameters of its own row."""
    [first] = problems.slice(0, 1).to_pylist()
    kind = json.loads(first["error_details"])
    own = (
        json.loads(first["row_params"]) if first["row_params"] else {"value": first["source_value"][:MAX_SHOWN_LENGTH]}
    )
    return Message(kind["code"], {**kind["params"], **own})


def chunk_number(record_numbers: pa.Array) -> pa.Array:
    """Return mapping_errors.chunk_number: chunks of 20,000 records, from 1, independent of batches."""
    return pc.add(pc.divide(pc.subtract(record_numbers, 1), 20_000), 1)
