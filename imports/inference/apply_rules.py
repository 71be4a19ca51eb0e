"""The mapping's rules on the batches of a file: own columns changed, new ones behind them, records left out.

What comes out looks like the file to everything after it: profile, plan, convert. Nothing depends on batch borders.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.errors import MappingDoesNotFit
from imports.identifiers import ColumnPositions, nearest
from imports.inference.profile import ColumnProfile, ColumnProfiler
from imports.inference.rule_memory import RuleMemory, TooMuchMemory
from imports.inference.rule_output import RuleOutput
from imports.mapping import messages
from imports.mapping.filters import Filter
from imports.mapping.transformations import Rule
from imports.table_description import MAX_COLUMNS, too_many_columns
from imports.text_batches import FilteredRows, Records, RuleEffects, RuleFailures, TextBatch


@dataclass(frozen=True)
class _Step:
    """A rule with its columns found."""

    rule: Rule
    reads: tuple[int, ...]
    writes: tuple[int, ...]


class Request(Protocol):
    """What a mapping asks for here: see mapping.MappingRequest."""

    @property
    def transformations(self) -> Sequence[Rule]: ...

    @property
    def filter_rows(self) -> Sequence[Filter]: ...

    @property
    def null_tokens(self) -> tuple[str, ...]: ...


def apply_rules(
    records: Records, profiles: list[ColumnProfile], request: Request
) -> tuple[Records, list[ColumnProfile]]:
    """Return the records and the profiles of their columns as the rules make them, at the cost of one more pass; the
    same as
    they were, at none, where there are no rules. Raises MappingDoesNotFit, RuleTooCostly."""
    if not request.transformations and not request.filter_rows:
        return records, profiles
    native = [position for position, profile in enumerate(profiles) if profile.native_text]
    header = [profile.header for profile in profiles]
    transformation = Transformation(header, request.transformations, request.filter_rows, native)
    transformed = Transformed(records, profiles, transformation)
    return transformed, transformed.profiles(request.null_tokens)


class Transformation:
    """The rules of one mapping, put to the columns of one file: its own first, some of them replaced, then those that
    rules made."""

    def __init__(
        self, header: Sequence[str], rules: Sequence[Rule], filters: Sequence[Filter], native: Iterable[int] = ()
    ) -> None:
        """Prepare the rules for the columns of the file. native: positions of columns that the format declares as text.

        Raises MappingDoesNotFit where a rule names a column that is not there.
        """
        self.names = list(header)
        self._positions = ColumnPositions(header)
        self.native = set(native)
        self.own = len(self.names)  # columns of the file
        self._steps = [self._step(rule) for rule in rules]
        self._filters = [(condition, self._found(condition.field, condition.place)) for condition in filters]
        if len(self.names) - self.own > MAX_COLUMNS:
            raise too_many_columns()
        self.has_rules = bool(self._steps or self._filters)
        written = {position for step in self._steps for position in step.writes}
        #: Positions of the columns that are not as the file has them, or not of all its records.
        self.changed = set(range(len(self.names))) if filters else written

    def _step(self, rule: Rule) -> _Step:
        reads = tuple(self._found(name, rule.place) for name in rule.fields)
        # In place, by whatever name the column was found; or by the target's name.
        writes = reads if rule.targets == rule.fields else tuple(self._made(name) for name in rule.targets)
        is_native = rule.keeps_texts and not self.native.isdisjoint(reads)
        self.native = self.native | set(writes) if is_native else self.native - set(writes)
        return _Step(rule, reads, writes)

    def _found(self, name: str, place: str) -> int:
        position = self._positions.of(name)
        if position is None:
            raise MappingDoesNotFit(
                messages.NO_COLUMN_FOR_RULE(rule=place, name=name[:80], nearest=nearest(name, self.names))
            )
        return position

    def _made(self, name: str) -> int:
        """Return the position of a target, a new one where none has that name."""
        position = self._positions.add(name)
        if position == len(self.names):
            self.names.append(name)
        return position

    def batches(self, batch: TextBatch, wanted: int | None = None) -> Iterator[TextBatch]:
        """Yield the batch as the rules make it, in pieces where it would take too much memory at once.

        wanted: only so many of its columns. Raises RuleTooCostly.
        """
        left = [batch]
        while left:
            piece = left.pop()
            try:
                made = self.of(piece, wanted)
            except TooMuchMemory as too_much:
                left += reversed(too_much.cut(piece))
            else:
                yield made

    def of(self, batch: TextBatch, wanted: int | None = None) -> TextBatch:
        """Return the batch as the rules make it. Raises RuleTooCostly, and TooMuchMemory where smaller pieces help."""
        columns = [*batch.columns, *[pa.nulls(batch.rows, pa.string())] * (len(self.names) - len(batch.columns))]
        memory = RuleMemory(batch)
        failures = [failure for step in self._steps if (failure := self._apply(step, columns, memory))]
        for condition, position in self._filters:
            memory.take(condition.place, condition.memory(columns[position]))
        left_out, stays = self._sieve(columns, batch)
        failures = [remaining for failure in failures if len((remaining := _among(failure, stays)).rows)]
        return replace(
            batch, columns=columns[:wanted], rule_effects=RuleEffects(batch.columns, tuple(failures), left_out)
        )

    def _apply(self, step: _Step, columns: list[pa.Array], memory: RuleMemory) -> RuleFailures | None:
        """Write the rule's columns; where it failed, if anywhere."""
        texts, rows = [columns[position] for position in step.reads], memory.batch.rows
        memory.take(step.rule.place, step.rule.memory(texts, rows, memory.left))
        result = step.rule.apply(texts, rows)
        for position, column in zip(step.writes, result.columns, strict=True):
            columns[position] = column
            memory.keep(position, column.nbytes)
        if result.failed is None or not result.failed.true_count:
            return None
        failed = pc.indices_nonzero(result.failed).cast(pa.int64())
        return RuleFailures(failed, texts[0].take(failed), self.names[step.reads[0]], step.writes, step.rule.failure)

    def _sieve(self, columns: list[pa.Array], batch: TextBatch) -> tuple[FilteredRows | None, np.ndarray]:
        """Return what the filters leave out, each record by the first, and the mask of the readable rest."""
        stays = np.ones(batch.rows, bool)
        stays[[problem.index for problem in batch.problems if problem.rejected]] = False
        filtered = []
        for condition, position in self._filters:
            fails = stays & ~condition.passes(columns[position]).to_numpy(zero_copy_only=False)
            stays &= ~fails
            rows = pa.array(np.flatnonzero(fails))
            if len(rows):
                codes = pa.repeat(condition.place, len(rows))
                filtered.append(FilteredRows(rows, codes, condition.reasons(columns[position].take(rows))))
        return _all(filtered), stays


class Transformed:
    """Records with a transformation applied."""

    def __init__(self, records: Records, own: Sequence[ColumnProfile], transformation: Transformation) -> None:
        """own: of the file's own columns."""
        self._records = records
        self._own = own
        self._transformation = transformation

    def batches(self, columns: int) -> Iterator[TextBatch]:
        return chain.from_iterable(
            self._transformation.batches(batch, columns) for batch in self._records.batches(len(self._own))
        )

    def column(self, position: int) -> Iterator[pa.Array]:
        """Without the records that are left out: no type is judged by them."""
        if position not in self._transformation.changed:
            return self._records.column(position)
        wanted = len(self._transformation.names)
        return (_staying(batch, batch.columns[position]) for batch in self.batches(wanted))

    def profiles(self, null_tokens: tuple[str, ...]) -> list[ColumnProfile]:
        """Return the profiles of all columns; columns without a rule keep theirs, unless rows are filtered out.

        Raises RuleTooCostly where the rules make too much of all records together: this is the first pass with them.
        """
        names, native = self._transformation.names, self._transformation.native
        with_formulas = {position for position, profile in enumerate(self._own) if profile.formula_texts}
        profilers = {
            position: ColumnProfiler(null_tokens, formulas=position in with_formulas)
            for position in sorted(self._transformation.changed)
        }
        output = RuleOutput()
        with ThreadPoolExecutor(2) as pool:
            for batch in self.batches(len(names)):
                if batch.rule_effects:
                    output.count(batch.rule_effects.as_read, batch, profilers)
                texts = [_staying(batch, batch.columns[position]) for position in profilers]
                list(pool.map(ColumnProfiler.add, profilers.values(), texts))
        own, typed = len(self._own), {position for position, profile in enumerate(self._own) if profile.typed}
        return [
            profilers[position].finish(
                name, native_text=position in native, typed=position in typed, derived=position >= own
            )
            if position in profilers
            else self._own[position]
            for position, name in enumerate(names)
        ]


def _staying(batch: TextBatch, texts: pa.Array) -> pa.Array:
    """Return the texts of the records that no filter leaves out."""
    if batch.rule_effects is None or batch.rule_effects.left_out is None:
        return texts
    stays = np.ones(batch.rows, bool)
    stays[batch.rule_effects.left_out.rows.to_numpy()] = False
    return texts.filter(pa.array(stays))


def _among(failures: RuleFailures, stays: np.ndarray) -> RuleFailures:
    """Return the failures of the rows that are not filtered out."""
    mask = pa.array(stays[failures.rows.to_numpy()])
    return replace(failures, rows=failures.rows.filter(mask), values=failures.values.filter(mask))


def _all(filtered: list[FilteredRows]) -> FilteredRows | None:
    """Return the filtered rows of all filters as one."""
    if not filtered:
        return None
    rows, codes, reasons = zip(*((part.rows, part.codes, part.reasons) for part in filtered), strict=True)
    return FilteredRows(pa.concat_arrays(rows), pa.concat_arrays(codes), pa.concat_arrays(reasons))
