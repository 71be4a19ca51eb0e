"""Batch + plan -> typed batch, corrections, problems. The same values and rules give the same, whatever the batches."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import Cast, cast_column
from imports.column_types.double import Double
from imports.conversion import messages
from imports.conversion.corrections import corrections_of
from imports.conversion.keys import missing_cells, unread_cells
from imports.conversion.problems import in_order, problems_of_cast, problems_of_records, problems_of_rule
from imports.conversion.row_width import too_wide
from imports.conversion.skipped_records import filtered_records, rejected_records
from imports.errors import ErrorCode
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.table_description import MAX_ROW_BYTES
from imports.text_batches import FilteredRows, RowProblem, RuleFailures, TextBatch

UNSTORABLE = (ErrorCode.BAD_ENCODING, ErrorCode.UNSTORABLE_TEXT)


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
    unread_cells: dict[str, pa.Array]  # column -> int32: the record numbers of those without a cell that could be read

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
    problems = in_order([problems_of_records(batch, [*row_problems, *wide], plan), *cell_problems])
    cells = [problem for problem in row_problems if problem.column is not None]
    unread = unread_cells(batch, casts)
    missing = missing_cells(batch, plan.columns)
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
            rejected=rejected_records(batch, rejected, problems),
            filtered=filtered_records(batch, left_outs),
            value_errors=sum(len(column_problems) for column_problems in cell_problems) + len(cells),
            unreadable=sum(problem.rejected for problem in row_problems),
            fit_as_doubles=sum(problem.message.code == messages.ROW_FITS_AS_DOUBLES.code for problem in wide),
            unread_keys=_numbers_at(numbers, [at for name in plan.unique_columns for at in unread.get(name, ())]),
            unread_cells={
                name: _numbers_at(numbers, [*unread.get(name, ()), *missing.get(name, ())])
                for name in dict.fromkeys([*unread, *missing])
            },
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
    """Return tables of failed rules and of invalid values; ERROR_SCHEMA each."""
    return [
        *(problems_of_rule(batch, numbers, failures, plan) for failures in _failures(batch)),
        *(problems_of_cast(batch, numbers, column, cast.failed) for column, cast in casts if cast.failed is not None),
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


def _numbers_at(numbers: pa.Array, positions: list[pa.Array]) -> pa.Array:
    """Return the record numbers at these positions, each once, in order."""
    mask = _union(None, positions, len(numbers))
    return numbers.slice(0, 0) if mask is None else numbers.filter(pa.array(mask))


def first_rows(batch: TypedBatch, rows: int) -> TypedBatch:
    """Return the batch with so many of the rows that can be loaded, and everything else."""
    return _without(np.arange(batch.rows) >= rows, batch)


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
        unread_keys=_among(batch.unread_keys, numbers),
        unread_cells={name: _among(unread, numbers) for name, unread in batch.unread_cells.items()},
    )


def _among(unread: pa.Array, numbers: pa.Array) -> pa.Array:
    return unread.filter(pc.is_in(unread, numbers))
