"""Batch + plan -> typed batch, corrections, problems. The same values and rules give the same, whatever the batches."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.column_types import Cast, cast_column
from imports.column_types.base import TypeFailures
from imports.column_types.double import Double
from imports.conversion import messages
from imports.conversion.corrections import corrections_of
from imports.conversion.json_columns import joined, json_arrays
from imports.conversion.keys import unread_keys
from imports.conversion.row_width import too_wide
from imports.errors import WHOLE_RECORD, ErrorCode
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.table_description import MAX_ROW_BYTES
from imports.text_batches import FilteredRows, RowProblem, RuleFailures, TextBatch

MAX_SHOWN_LENGTH = 100  # characters of a value in an error message
MAX_SOURCE_VALUE_LENGTH = 500  # characters of mapping_errors.source_value, as specified

UNSTORABLE = (ErrorCode.BAD_ENCODING, ErrorCode.UNSTORABLE_TEXT)

ERROR_SCHEMA = pa.schema(
    [("record_number", pa.int32()), ("place", pa.int64()), ("error_type", pa.string()), ("error_message", pa.string()),
     ("error_details", pa.string()), ("row_params", pa.string()), ("source_field", pa.string()),
     ("target_field", pa.string()), ("source_value", pa.string())]
)  # fmt: skip
SKIPPED_SCHEMA = pa.schema(
    [("record_number", pa.int32()), ("place", pa.int64()), ("reason_code", pa.string()), ("reason", pa.string()),
     ("original", pa.string()), ("mapped", pa.string())]
)  # fmt: skip


@dataclass(frozen=True)
class TypedBatch:
    """What a text batch comes to."""

    columns: list[pa.Array]  # of the records that can be loaded, in the plan's order, as ColumnType.parse gives them
    record_numbers: pa.Array  # int32, of the same records
    corrections: pa.Array  # JSON texts or null, of the same records
    problems: pa.RecordBatch  # ERROR_SCHEMA: one row a value or record that did not fit, in the order of the records
    rejected: pa.RecordBatch  # SKIPPED_SCHEMA: the records that cannot be loaded
    filtered: pa.RecordBatch  # SKIPPED_SCHEMA: the records that a rule or the reader leaves out; they have no problems
    value_errors: int  # problems that concern a value, not a whole record
    unreadable: int  # records that the reader itself could not give
    fit_as_doubles: int  # records that no page can hold, but could with other types of numbers
    unread_keys: pa.Array  # int32: the record numbers of those whose key has a cell that could not be read

    @property
    def rows(self) -> int:
        return len(self.record_numbers)


def convert(batch: TextBatch, plan: ImportPlan) -> TypedBatch:
    """Return the batch in the types of the plan.

    An invalid value raises nothing: it is in `problems`, and in `rejected` where the plan requires it.
    """
    numbers = pa.array(np.arange(batch.first_record, batch.first_record + batch.rows, dtype=np.int32))
    left_outs = _left_outs(batch)
    filtered = _union(None, [left_out.rows for left_out in left_outs], batch.rows)
    row_problems = [problem for problem in batch.problems if filtered is None or not filtered[problem.index]]
    if plan.rejects_unstorable_rows:
        row_problems = _with_unstorable_rows(row_problems)
    unreadable = _mask([problem.index for problem in row_problems if problem.rejected], batch.rows)
    casts = [(column, _cast(batch, column, plan, _either(unreadable, filtered))) for column in plan.columns]
    corrections = corrections_of([(column, cast.change) for column, cast in casts if cast.change], batch.rows)
    cell_problems = _cell_problems(batch, numbers, casts, plan)
    wide = _too_wide(casts, corrections, plan)
    problems = _in_order([_record_problems(batch, [*row_problems, *wide], plan), *cell_problems])
    cells = [problem for problem in row_problems if problem.column is not None]
    unread = _union(None, unread_keys(batch, casts, plan), batch.rows)
    rejected = _either(unreadable, _mask([problem.index for problem in wide], batch.rows))
    if plan.on_error != OnError.NULL:
        rejected = _union(rejected, _rows_that_failed(batch, casts, row_problems, plan), batch.rows)
    return _without(
        _either(rejected, filtered),
        TypedBatch(
            columns=[cast.values for _, cast in casts],
            record_numbers=numbers,
            corrections=corrections,
            problems=problems,
            rejected=_rejected(batch, rejected, problems),
            filtered=_filtered(batch, left_outs),
            value_errors=sum(len(column_problems) for column_problems in cell_problems) + len(cells),
            unreadable=sum(problem.rejected for problem in row_problems),
            fit_as_doubles=sum(problem.message.code == messages.ROW_FITS_AS_DOUBLES.code for problem in wide),
            unread_keys=numbers.slice(0, 0) if unread is None else numbers.filter(pa.array(unread)),
        ),
    )


def _with_unstorable_rows(row_problems: list[RowProblem]) -> list[RowProblem]:
    """Return the problems with one of the whole record, which rejects it, in place of those of a record that has
    characters no column can hold."""
    whole = {
        problem.index: replace(problem, rejected=True, column=None, value=None)
        for problem in reversed(row_problems)
        if problem.code in UNSTORABLE and problem.column is not None
    }
    others = [problem for problem in row_problems if problem.index not in whole]
    return sorted([*others, *whole.values()], key=lambda problem: problem.index)


def _too_wide(casts: list[tuple[PlannedColumn, Cast]], corrections: pa.Array, plan: ImportPlan) -> list[RowProblem]:
    columns = {column.name: (column.sql_type, cast.values) for column, cast in casts}
    mask = too_wide(columns, corrections, plan.layouts)
    if mask is None:
        return []
    doubles = {
        name: (Double() if type_.name == "NUMERIC" else type_, values) for name, (type_, values) in columns.items()
    }
    still = too_wide(doubles, corrections, plan.layouts)
    would_fit = mask if still is None else mask & ~still
    problems = []
    for index in np.flatnonzero(mask):
        sentence = messages.ROW_FITS_AS_DOUBLES if would_fit[index] else messages.ROW_TOO_WIDE
        problems.append(RowProblem(int(index), ErrorCode.ROW_TOO_WIDE, sentence(bytes=MAX_ROW_BYTES), rejected=True))
    return problems


def _cell_problems(
    batch: TextBatch, numbers: pa.Array, casts: list[tuple[PlannedColumn, Cast]], plan: ImportPlan
) -> list[pa.RecordBatch]:
    """Yield tables of failed rules and of invalid values; ERROR_SCHEMA each."""
    return [
        *(_rule_problems(batch, numbers, failures, plan) for failures in _failures(batch)),
        *(_cast_problems(batch, numbers, column, cast.failed) for column, cast in casts if cast.failed is not None),
    ]


def _rows_that_failed(
    batch: TextBatch, casts: list[tuple[PlannedColumn, Cast]], row_problems: list[RowProblem], plan: ImportPlan
) -> list[pa.Array]:
    """Return positions of the records with a problem, be it in the whole record or in a cell that is imported."""
    failing = [
        problem
        for problem in row_problems
        if (problem.column is None and plan.rejects_irregular_rows) or plan.target_of(problem.column)
    ]
    return [
        *(cast.failed for _, cast in casts if cast.failed is not None),
        *(failures.rows for failures in _failures(batch)),
        *(pa.array([problem.index], pa.int64()) for problem in failing),
    ]


def _failures(batch: TextBatch) -> tuple[RuleFailures, ...]:
    return batch.rule_effects.failures if batch.rule_effects else ()


def _left_outs(batch: TextBatch) -> list[FilteredRows]:
    """Return the records that the reader leaves out, and those that a filter leaves out; only where there are any."""
    left_outs = [batch.rule_effects.left_out] if batch.rule_effects and batch.rule_effects.left_out else []
    by_reader = [problem for problem in batch.problems if problem.filtered]
    if by_reader:
        rows = pa.array([problem.index for problem in by_reader], pa.int64())
        codes = pa.array([str(problem.code) for problem in by_reader])
        left_outs.append(FilteredRows(rows, codes, pa.array([str(problem.message) for problem in by_reader])))
    return left_outs


def _cast(batch: TextBatch, column: PlannedColumn, plan: ImportPlan, hidden: np.ndarray | None) -> Cast:
    texts = batch.columns[column.source]
    if hidden is not None:
        texts = pc.if_else(pa.array(hidden), pa.scalar(None, pa.string()), texts)
    return cast_column(texts, column.sql_type, column.reading, plan.null_tokens, formulas=column.formulas)


def _mask(indices: list[int] | np.ndarray, rows: int) -> np.ndarray | None:
    if not len(indices):
        return None
    mask = np.zeros(rows, bool)
    mask[indices] = True
    return mask


def _either(mask: np.ndarray | None, other: np.ndarray | None) -> np.ndarray | None:
    if mask is None or other is None:
        return other if mask is None else mask
    return mask | other


def _union(mask: np.ndarray | None, failed: list[pa.Array], rows: int) -> np.ndarray | None:
    """Return the mask with the failed positions added."""
    if not failed:
        return mask
    mask = np.zeros(rows, bool) if mask is None else mask.copy()
    for positions in failed:
        mask[positions.to_numpy()] = True
    return mask


def _without(gone: np.ndarray | None, batch: TypedBatch) -> TypedBatch:
    """Return the batch without the rows of the records that are not loaded."""
    if gone is None:
        return batch
    stays = pa.array(~gone)
    numbers = batch.record_numbers.filter(stays)
    return replace(
        batch,
        columns=[values.filter(stays) for values in batch.columns],
        record_numbers=numbers,
        corrections=batch.corrections.filter(stays),
        unread_keys=batch.unread_keys.filter(pc.is_in(batch.unread_keys, numbers)),
    )


def _cast_problems(batch: TextBatch, numbers: pa.Array, column: PlannedColumn, failed: pa.Array) -> pa.RecordBatch:
    values = batch.columns[column.source].take(failed)
    failures = column.sql_type.failures(pc.utf8_trim_whitespace(values))
    return _problems(batch, numbers, failed, values, failures, (column.header, column.name))


def _rule_problems(batch: TextBatch, numbers: pa.Array, failures: RuleFailures, plan: ImportPlan) -> pa.RecordBatch:
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


def _record_problems(batch: TextBatch, row_problems: list[RowProblem], plan: ImportPlan) -> pa.RecordBatch:
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


def first_message(problems: pa.RecordBatch) -> Message:
    """Return the message of the first of the problems, with the parameters of its own row."""
    [first] = problems.slice(0, 1).to_pylist()
    kind = json.loads(first["error_details"])
    own = (
        json.loads(first["row_params"]) if first["row_params"] else {"value": first["source_value"][:MAX_SHOWN_LENGTH]}
    )
    return Message(kind["code"], {**kind["params"], **own})


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


def _in_order(problems: list[pa.RecordBatch]) -> pa.RecordBatch:
    """Return the problems by record number; within a record in the order of the columns."""
    filled = [part for part in problems if len(part)]
    if not filled:
        return problems[0]
    everything = pa.concat_batches(filled)
    order = np.argsort(everything.column("record_number").to_numpy(), kind="stable")
    return everything.take(pa.array(order))


def _rejected(batch: TextBatch, rejected: np.ndarray | None, problems: pa.RecordBatch) -> pa.RecordBatch:
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


def _filtered(batch: TextBatch, left_outs: list[FilteredRows]) -> pa.RecordBatch:
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
    mended = pc.is_in(at, odd)
    if not mended.true_count:
        return pa.nulls(len(at), pa.string())
    return pc.if_else(mended, json_arrays([texts.take(at) for texts in batch.as_read]), pa.scalar(None, pa.string()))


def chunk_number(record_numbers: pa.Array) -> pa.Array:
    """Return mapping_errors.chunk_number: chunks of 20,000 records, from 1, independent of batches."""
    return pc.add(pc.divide(pc.subtract(record_numbers, 1), 20_000), 1)
