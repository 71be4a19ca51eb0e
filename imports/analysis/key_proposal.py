"""The columns that probably identify a row: by the table's earlier imports, or by the values and names of the file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from core.messages import Message
from imports.analysis import messages
from imports.conversion.convert import TypedBatch
from imports.planning.header_words import may_number_lines, names_a_key
from imports.planning.plan import ImportPlan, PlannedColumn
from imports.table_description import TableDescription

#: Types of values that identify rows. Of others only few tables have keys, and many have no value twice by chance.
_KEY_TYPES = ("INTEGER", "BIGINT", "NUMERIC", "TEXT", "UUID")
MAX_CANDIDATES = 8  # columns whose values are compared
MAX_TOGETHER = 3  # of them, of which two may be a key together
MAX_BYTES = 64 * 1024 * 1024  # of values that are kept for it; of a larger file the first rows are compared
MIN_ROWS = 2  # of one row every column has a value of its own
_UUID_RANK, _NO_RANK = 3, 9


@dataclass(frozen=True)
class KeyProposal:
    """Columns of the table by which rows of the file could be compared with its rows."""

    columns: tuple[str, ...]
    reason: Message

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": list(self.columns),
            "reason": str(self.reason),
            "reason_details": self.reason.as_json(),
        }


def key_of_table(plan: ImportPlan, table: TableDescription | None) -> KeyProposal | None:
    """Return the key of the table's latest active import that has one, if the file has its columns."""
    keys = [import_.config.get("unique_columns") for import_ in table.earlier] if table else []
    latest = next((key for key in keys if key), None)
    if table is None or not latest or not set(latest) <= {column.name for column in plan.columns}:
        return None
    return KeyProposal(tuple(latest), messages.KEY_OF_TABLE(table=table.name))


class KeyCandidates:
    """The columns of a plan that may identify a row, put to all values of the file."""

    def __init__(self, plan: ImportPlan) -> None:
        ranked = [(_rank(column), position) for position, column in enumerate(plan.columns)]
        self._ranked = sorted(pair for pair in ranked if pair[0] < _NO_RANK)[:MAX_CANDIDATES]
        self._columns = plan.columns
        self._values: dict[int, list[pa.Array]] = {position: [] for _, position in self._ranked}
        self._line_numbers = {
            position: _LineNumbers() for position in self._values if may_number_lines(self._columns[position].header)
        }
        self._rows = self._bytes = 0
        self._is_full = False  # whether the file has more rows than are compared

    def put_to(self, batches: Iterable[TypedBatch]) -> Iterator[TypedBatch]:
        """Yield the batches; their rows that can be loaded are what the candidates are put to."""
        for batch in batches:
            self._add(batch)
            yield batch

    def _add(self, batch: TypedBatch) -> None:
        self._is_full = self._is_full or self._bytes > MAX_BYTES
        if not self._values or self._is_full:
            return
        self._rows += batch.rows
        for position in list(self._values):
            values = batch.columns[position]
            if values.null_count or _has_decimals(self._columns[position], values):
                del self._values[position]
            else:
                # A copy: the values are part of a buffer that has the other columns of the batch too.
                self._values[position].append(pa.concat_arrays([values]))
                self._bytes += values.nbytes
        for position, line_numbers in self._line_numbers.items():
            line_numbers.add(batch.columns[position], batch.record_numbers)

    def proposal(self) -> KeyProposal | None:
        """Return the likeliest key: one column, else two; None where no columns have other values in every row."""
        if self._rows < MIN_ROWS:
            return None
        candidates = [position for _, position in self._ranked if position in self._values]
        single = next((position for position in candidates if self._is_key(position)), None)
        if single is not None:
            return self._proposal(single)
        together = [position for position in candidates if names_a_key(self._columns[position].header) is not None]
        pairs = combinations(together[:MAX_TOGETHER], 2)
        pair = next((pair for pair in pairs if self._is_unique(pair)), None)
        return self._proposal(*pair) if pair else None

    def _is_key(self, position: int) -> bool:
        counts_lines = position in self._line_numbers and self._line_numbers[position].counts
        return not counts_lines and self._is_unique([position])

    def _is_unique(self, positions: Sequence[int]) -> bool:
        columns = [pa.chunked_array(self._values[position]) for position in positions]
        if len(columns) == 1:
            return int(pc.count_distinct(columns[0]).as_py()) == self._rows
        names = [str(position) for position in positions]
        return bool(pa.table(columns, names).group_by(names).aggregate([]).num_rows == self._rows)

    def _proposal(self, *positions: int) -> KeyProposal:
        columns = [self._columns[position] for position in positions]
        names = tuple(column.name for column in columns)
        rows = {"rows": self._rows, "rows_are": "first" if self._is_full else "all"}
        if len(columns) > 1:
            return KeyProposal(names, messages.UNIQUE_TOGETHER(**rows, columns=[column.header for column in columns]))
        sentence = messages.UNIQUE_IDS if _rank(columns[0]) == _UUID_RANK else messages.UNIQUE_AND_NAMED
        return KeyProposal(names, sentence(**rows, column=columns[0].header))


def _rank(column: PlannedColumn) -> int:
    """Return how likely a column identifies a row: 0 is the surest, _NO_RANK not at all."""
    if column.sql_type.name not in _KEY_TYPES:
        return _NO_RANK
    by_name = names_a_key(column.header)
    if by_name is not None:
        return by_name
    return _UUID_RANK if column.sql_type.name == "UUID" else _NO_RANK


def _has_decimals(column: PlannedColumn, values: pa.Array) -> bool:
    """Return whether numbers have decimal places: they are amounts, and 1.0 is 1.00 to a database."""
    return column.sql_type.name == "NUMERIC" and bool(pc.any(pc.match_substring(values, ".")).as_py())


class _LineNumbers:
    """Whether values only count the rows of the file."""

    def __init__(self) -> None:
        self.counts = True  # so far
        self._offset: int | None = None

    def add(self, values: pa.Array, record_numbers: pa.Array) -> None:
        if not self.counts or not len(values) or not pa.types.is_integer(values.type):
            self.counts = self.counts and not len(values)
            return
        offsets = pc.subtract(values.cast(pa.int64()), record_numbers.cast(pa.int64()))
        first = offsets[0].as_py()
        self._offset = first if self._offset is None else self._offset
        self.counts = first == self._offset and pc.min_max(offsets)["min"] == pc.min_max(offsets)["max"]
