"""The records of an import that is redone: read again from its file, and inserted or compared with rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.extraction.extraction import Extraction
from imports.loading.batch_shape import check_shape
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load, keep_duplicates
from imports.loading.stopwatch import Stopwatch
from imports.locks import hold_table, read_without_keeping_locks
from imports.locks.relations import EXCLUSIVE, WRITES
from imports.models import ImportHistory
from imports.table_description import TableColumn, TableDescription
from imports.tables import rows, schema
from imports.tables.matches import Matches
from lineage.undo.concerned import Concerned
from lineage.undo.repaired_records import RepairedRecords


def without(batch: TypedBatch, record_numbers: Sequence[int]) -> TypedBatch:
    """Return the batch without the rows of these records."""
    if not record_numbers:
        return batch
    absent = pc.invert(pc.is_in(batch.record_numbers, pa.array(record_numbers, pa.int32())))
    return replace(
        batch,
        columns=[values.filter(absent) for values in batch.columns],
        record_numbers=batch.record_numbers.filter(absent),
        corrections=batch.corrections.filter(absent),
        unread_cells={name: _without_numbers(unread, record_numbers) for name, unread in batch.unread_cells.items()},
    )


def _without_numbers(numbers: pa.Array, absent: Sequence[int]) -> pa.Array:
    return numbers.filter(pc.invert(pc.is_in(numbers, pa.array(absent, pa.int32()))))


def _unrepaired(batch: TypedBatch, repaired: Sequence[int]) -> TypedBatch:
    """Return the batch without anything of these records."""
    if not repaired:
        return batch
    absent = pa.array(repaired, pa.int32())

    def others(found: pa.RecordBatch) -> pa.RecordBatch:
        return found.filter(pc.invert(pc.is_in(found.column("record_number"), absent)))

    return replace(
        without(batch, repaired), unread_keys=_without_numbers(batch.unread_keys, repaired),
        problems=others(batch.problems), rejected=others(batch.rejected), filtered=others(batch.filtered),
    )  # fmt: skip


class RedoneRecords:
    """The records of one file, without those whose rows were kept at the undo; repaired ones as their repairs say."""

    def __init__(
        self, record: ImportHistory, stored: StoredPlan, table: TableDescription | None, extraction: Extraction,
        kept: Sequence[int], repaired: RepairedRecords,
    ) -> None:  # fmt: skip
        """table: as it is, if it is there. kept: the numbers of the records whose rows were kept."""
        self.record = record
        self.plan = stored.plan
        self.columns = columns_of(stored.plan.as_given)
        self.table = table
        self.extraction = extraction
        self.kept = kept
        self.repaired = repaired
        self.ledger = Ledger(record.pk)

    @property
    def new_columns(self) -> Sequence[TableColumn]:
        """The columns that the table lacks."""
        return list(self.plan.new_columns)

    def _batches(self) -> Iterator[TypedBatch]:
        for batch in self._unrepaired():
            yield without(batch, self.kept)

    def _unrepaired(self) -> Iterator[TypedBatch]:
        """Yield the file's records without those that are repaired."""
        with closing(self.extraction.typed_again(self.record.mapping_config or {}, self.table)) as batches:
            for batch in batches:
                yield _unrepaired(batch.typed, self.repaired.numbers)

    def insert(self) -> Counts:
        """Insert all of them."""
        load = Load(self.plan, self.table, self.record.pk, self.ledger, Stopwatch())
        if self.kept or self.repaired.loaded:
            load.prepare()
        for batch in self._batches():
            load.put(batch)
        counts = load.finish(self.extraction)
        counts.inserted += self.repaired.insert(self.columns)
        counts.records += len(self.repaired.numbers)
        return counts

    def stage(self, concerned: Concerned) -> Counts:
        """Make them concerned records of their round. Raises TableBusy."""
        counts = Counts()
        rows.discard_cached_ids()
        hold_table(self.plan.table_name, WRITES)
        if self.new_columns:
            with read_without_keeping_locks():
                hold_table(self.plan.table_name, EXCLUSIVE)
        unread: list[int] = []
        for batch in self._batches():
            check_shape(batch, self.plan)
            counts.add(batch)
            if batch.rows:
                concerned.add_values(self.record.pk, self.columns, batch)
                unread += batch.unread_keys.to_pylist()
                if len(self.plan.unique_columns) > 1:
                    self.ledger.note_unread_keys(batch.unread_keys)
            self.ledger.note(batch)
        unread += self.repaired.add_values(concerned.tables, self.columns, self.plan.unique_columns)
        counts.records += len(self.repaired.numbers)
        filled = [column.name for column in self.columns if column.name not in self.plan.unique_columns]
        concerned.add_all_records(concerned.round.imports[0], filled, unread)
        rows.lock_import_record(self.record.pk)
        return counts

    def keep_duplicates(self, matches: Matches) -> None:
        """Keep those that are duplicates."""
        for first, last in self.extraction.record_ranges() if matches else ():
            of_range = matches.between(first, last)
            keep_duplicates(self.ledger, self.extraction, of_range, len(self.plan.header), self.plan.unique_columns)

    def add_columns(self) -> None:
        """Add the new columns. No other session reads the table from here to the commit: so as late as possible."""
        if self.new_columns:
            schema.add_columns(self.plan.table_name, self.new_columns)
