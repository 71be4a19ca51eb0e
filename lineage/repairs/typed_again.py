"""Records with their repairs → the rows that they are, by the frozen plan of their import. Column by column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.conversion.convert import TypedBatch, convert
from imports.conversion.stored_plan import StoredPlan
from imports.errors import MAX_SOURCE_VALUE_LENGTH, WHOLE_RECORD, ErrorCode
from imports.mapping.request import OnError
from imports.planning.plan import PlannedColumn
from imports.readers import messages as readers
from imports.readers.batch_builder import SURROGATE
from imports.text_batches import TextBatch
from lineage.repairs.fitting import cast_final, why_not
from lineage.repairs.known import Known
from lineage.repairs.manual_corrections import with_manual

#: Errors of records of which nothing could be read, but with these messages.
_UNREADABLE = (ErrorCode.BAD_QUOTING, ErrorCode.TOO_MANY_FIELDS, ErrorCode.NOT_A_RECORD, ErrorCode.DUPLICATE_KEY)
_READABLE = (readers.EMPTY_FIELDS_BEYOND_HEADER.code, readers.UNDOUBLED_QUOTES.code)


@dataclass(frozen=True)
class TypedRecords:
    """The records, by their place among them."""

    known: Sequence[Known]
    batch: TypedBatch  # all that are not left out by a rule, with their own numbers
    problems: pa.RecordBatch  # of them: as the ledger takes them
    rejected: np.ndarray  # mask over `known`: cannot be loaded
    filtered: Mapping[int, str]  # number → why a rule leaves it out
    misfits: Mapping[int, list[dict[str, Any]]]  # number → final values that do not fit

    def loaded(self) -> TypedBatch:
        """Return those that can be loaded."""
        stays = np.isin(self.batch.record_numbers.to_numpy(), self._numbers()[~self.rejected])
        return _filtered(self.batch, pa.array(stays))

    def _numbers(self) -> np.ndarray:
        return np.array([one.number for one in self.known], np.int32)

    def rejected_numbers(self) -> list[int]:
        return [int(number) for number in self._numbers()[self.rejected]]

    def without(self, numbers: Iterable[int]) -> TypedRecords:
        """Return them without these."""
        gone = set(numbers)
        if not gone:
            return self
        stays = np.array([one.number not in gone for one in self.known], bool)
        absent = pa.array(sorted(gone), pa.int32())
        return replace(
            self,
            known=[one for one in self.known if one.number not in gone],
            batch=_filtered(self.batch, pc.invert(pc.is_in(self.batch.record_numbers, absent))),
            problems=self.problems.filter(pc.invert(pc.is_in(self.problems.column("record_number"), absent))),
            rejected=self.rejected[stays],
        )


def typed_again(stored: StoredPlan, known: Sequence[Known]) -> TypedRecords:
    """known: with the repairs that count."""
    return _Typing(stored, known).run()


class _Typing:
    def __init__(self, stored: StoredPlan, known: Sequence[Known]) -> None:
        self.plan = stored.plan
        self.stored = stored
        self.known = known
        self.numbers = np.array([one.number for one in known], np.int32)
        self.open_errors = [_open(one, self.plan.columns) if one.read_errors else [] for one in known]

    def run(self) -> TypedRecords:
        batch = self._typed()
        places = np.searchsorted(self.numbers, batch.record_numbers.to_numpy())
        problems, unread, columns = batch.problems, dict(batch.unread_cells), list(batch.columns)
        misfits: dict[int, list[dict[str, Any]]] = {}
        for at, column in enumerate(self.plan.columns):
            rows = [row for row, place in enumerate(places) if column.name in self.known[place].values]
            if not rows:
                continue
            given = places[rows]
            texts = pa.array([self.known[place].values[column.name].text for place in given], pa.string())
            cast = cast_final(texts, column.sql_type)
            if cast.failed is not None:
                self._note_misfits(column, texts, given, cast.failed, misfits)
            columns[at] = _put(columns[at], cast.values, rows)
            own = pa.array(self.numbers[given])
            problems = problems.filter(pc.invert(pc.and_(
                pc.equal(problems.column("target_field"), column.name), pc.is_in(problems.column("record_number"), own)
            )))  # fmt: skip
            if column.name in unread:
                unread[column.name] = unread[column.name].filter(pc.invert(pc.is_in(unread[column.name], own)))
        self._add_unread(unread)
        unread_keys = _union([unread[name] for name in self.plan.unique_columns if name in unread])
        batch = replace(
            batch, columns=columns, unread_cells=unread, unread_keys=unread_keys,
            corrections=with_manual(batch.corrections, self.plan, [self.known[place] for place in places]),
        )  # fmt: skip
        problems = self._with_open_errors(problems)
        wide = {int(number) for number in self.wide}
        rejected = np.array([number in wide for number in self.numbers.tolist()], bool) | self._rejected(problems)
        return TypedRecords(self.known, batch, problems, rejected, self.filtered, misfits)

    def _typed(self) -> TypedBatch:
        """Return the records by the plan, as if every error only left its cell empty."""
        width = len(self.plan.header)
        rows = [_texts(one, width, errors) for one, errors in zip(self.known, self.open_errors, strict=True)]
        columns = [pa.array(column, pa.string()) for column in zip_longest(*rows)]
        text = TextBatch(columns, 1, pa.array(np.arange(len(rows), dtype=np.int64)))
        # What an error does to its record is decided later, once the final values are in their places.
        lenient = replace(self.plan, on_error=OnError.NULL)
        parts = [self._numbered(convert(part, lenient)) for part in self.stored.ruled(text)]
        self.filtered = {
            int(number): reason
            for part in parts
            for number, reason in zip(
                part.filtered.column("record_number").to_pylist(), part.filtered.column("reason").to_pylist(),
                strict=True,
            )
        }  # fmt: skip
        self.wide = [number for part in parts for number in part.rejected.column("record_number").to_pylist()]
        return _joined(parts)

    def _numbered(self, part: TypedBatch) -> TypedBatch:
        """Return the batch with the records' own numbers and locations."""
        return replace(
            part,
            record_numbers=self._of_places(part.record_numbers),
            problems=self._located(part.problems),
            rejected=self._located(part.rejected),
            filtered=self._located(part.filtered),
            unread_keys=self._of_places(part.unread_keys),
            unread_cells={name: self._of_places(numbers) for name, numbers in part.unread_cells.items()},
        )

    def _of_places(self, places: pa.Array) -> pa.Array:
        return pa.array(self.numbers[places.to_numpy() - 1], pa.int32())

    def _located(self, rows: pa.RecordBatch) -> pa.RecordBatch:
        places = rows.column("record_number").to_numpy() - 1
        rows = rows.set_column(0, "record_number", pa.array(self.numbers[places], pa.int32()))
        position = rows.schema.get_field_index("place")
        return rows.set_column(
            position, "location", pa.array([self.known[place].location for place in places], pa.string())
        )

    def _note_misfits(
        self, column: PlannedColumn, texts: pa.Array, given: np.ndarray, failed: pa.Array,
        misfits: dict[int, list[dict[str, Any]]],
    ) -> None:  # fmt: skip
        values = texts.take(failed)
        failures = why_not(values, column.sql_type)
        for at, value, (code, message) in zip(failed.to_pylist(), values.to_pylist(), failures, strict=True):
            misfits.setdefault(self.known[given[at]].number, []).append(
                {"field": column.header, "column": column.name, "code": str(code), "message": str(message),
                 "value": value[:MAX_SOURCE_VALUE_LENGTH]}
            )  # fmt: skip

    def _add_unread(self, unread: dict[str, pa.Array]) -> None:
        """Add the cells that the reader could not give."""
        found: dict[str, list[int]] = {}
        for one, errors in zip(self.known, self.open_errors, strict=True):
            for error in errors:
                for name in _columns_of(error, one, self.plan.columns):
                    if name not in one.values:
                        found.setdefault(name, []).append(one.number)
        for name, numbers in found.items():
            more = pa.array(numbers, pa.int32())
            unread[name] = _union([unread[name], more]) if name in unread else _union([more])

    def _with_open_errors(self, problems: pa.RecordBatch) -> pa.RecordBatch:
        """Return the errors with those that the reader found, and that are not repaired."""
        rows = [
            {
                "record_number": one.number, "location": one.location, "error_type": error["code"],
                "error_message": error["message"], "error_details": json.dumps(error["details"]), "row_params": None,
                "source_field": error["field"], "target_field": error["column"], "source_value": error["value"],
            }
            for one, errors in zip(self.known, self.open_errors, strict=True) for error in errors
        ]  # fmt: skip
        if rows:
            read = pa.RecordBatch.from_pylist(rows, schema=problems.schema)
            problems = pa.concat_batches([read, problems])
        order = np.argsort(problems.column("record_number").to_numpy(), kind="stable")
        return problems.take(pa.array(order))

    def _rejected(self, problems: pa.RecordBatch) -> np.ndarray:
        """Return a mask of the records that an error keeps from being loaded."""
        rejected = np.array([any(map(_is_unreadable, errors)) for errors in self.open_errors], bool)
        if self.plan.on_error == OnError.NULL:
            return rejected
        of_cell = pc.not_equal(problems.column("target_field"), WHOLE_RECORD)
        of_rule = pc.equal(problems.column("error_type"), str(ErrorCode.ROW_TRANSFORMATION))
        counts = pc.or_(of_cell, of_rule)
        if self.plan.rejects_irregular_rows:
            counts = pc.or_(counts, pc.equal(problems.column("source_field"), WHOLE_RECORD))
        failing = problems.column("record_number").filter(pc.fill_null(counts, False)).to_numpy()
        return rejected | np.isin(self.numbers, failing)


def _open(one: Known, columns: Sequence[PlannedColumn]) -> list[dict[str, Any]]:
    """Return those of the errors that the reader found in a record which no repair answers."""
    changed = {column.name for column in columns if column.name in one.values or column.source in one.texts}
    return [error for error in one.read_errors if not _is_answered(error, one, columns, changed)]


def _is_answered(error: Mapping[str, Any], one: Known, columns: Sequence[PlannedColumn], changed: set[str]) -> bool:
    """Return whether repairs change each cell that the error is about; one about none, whether they change any."""
    if _is_unreadable(error):
        return changed >= {column.name for column in columns}
    meant = _columns_of(error, one, columns)
    return changed.issuperset(meant) if meant else bool(changed)


def _columns_of(error: Mapping[str, Any], one: Known, columns: Sequence[PlannedColumn]) -> set[str]:
    """Return the columns of the cells that an error of the reader is about."""
    if error["code"] == ErrorCode.TOO_FEW_FIELDS:
        fields = len(json.loads(one.original))
        return {column.name for column in columns if column.source >= fields}
    if error["field"] == WHOLE_RECORD:
        return set()
    return {column.name for column in columns if column.header == error["field"]}


def is_unread(one: Known) -> bool:
    """Return whether nothing of the record could be read of its file."""
    return any(map(_is_unreadable, one.read_errors))


def _is_unreadable(error: Mapping[str, Any]) -> bool:
    """Return whether nothing of its record could be read."""
    is_one = error["code"] in _UNREADABLE and error["field"] == WHOLE_RECORD
    return is_one and (error["details"] or {}).get("code") not in _READABLE


def _texts(one: Known, width: int, errors: Sequence[Mapping[str, Any]]) -> list[str | None]:
    """Return what the plan reads of a record: its texts as they are now."""
    was_read = not is_unread(one)
    cells = (one.cells[:width] if was_read else []) + [None] * max(0, width - len(one.cells) if was_read else width)
    if one.read_errors:
        cells = [None if cell and SURROGATE.search(cell) else cell for cell in cells]
    for position, entry in one.texts.items():
        cells[position] = entry.text
    return cells


def _put(values: pa.Array, given: pa.Array, rows: Sequence[int]) -> pa.Array:
    """Return the values with others at these rows."""
    at = np.arange(len(values))
    at[rows] = len(values) + np.arange(len(rows))
    return pa.concat_arrays([values, given]).take(pa.array(at))


def _union(numbers: Sequence[pa.Array]) -> pa.Array:
    if not numbers:
        return pa.array([], pa.int32())
    return pa.array(np.unique(np.concatenate([one.to_numpy() for one in numbers])), pa.int32())


def _joined(parts: Sequence[TypedBatch]) -> TypedBatch:
    """Return the batches as one."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    names = dict.fromkeys(name for part in parts for name in part.unread_cells)
    return replace(
        first,
        columns=[pa.concat_arrays(values) for values in zip(*(part.columns for part in parts), strict=True)],
        record_numbers=pa.concat_arrays([part.record_numbers for part in parts]),
        corrections=pa.concat_arrays([part.corrections for part in parts]),
        problems=pa.concat_batches([part.problems for part in parts]),
        unread_keys=pa.concat_arrays([part.unread_keys for part in parts]),
        unread_cells={
            name: _union([part.unread_cells[name] for part in parts if name in part.unread_cells]) for name in names
        },
    )


def _filtered(batch: TypedBatch, stays: pa.Array) -> TypedBatch:
    numbers = batch.record_numbers.filter(stays)
    return replace(
        batch,
        columns=[values.filter(stays) for values in batch.columns],
        record_numbers=numbers,
        corrections=batch.corrections.filter(stays),
        unread_keys=batch.unread_keys.filter(pc.is_in(batch.unread_keys, numbers)),
        unread_cells={
            name: unread.filter(pc.is_in(unread, numbers)) for name, unread in batch.unread_cells.items()
        },
    )  # fmt: skip
