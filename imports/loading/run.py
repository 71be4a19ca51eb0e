"""The steps of one import, from the file to the table; pipeline.py puts them in order."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import pyarrow.compute as pc
from django.db import transaction

from core.actors import Actor
from imports.conversion.convert import TypedBatch, convert
from imports.conversion.problems import first_message
from imports.errors import TooManyErrors
from imports.history.earlier_files import with_headers
from imports.history.tracking import import_positions, row_ids_follow_import_order
from imports.inference.apply_rules import apply_rules
from imports.inference.near_misses import NearMisses
from imports.inference.profile import ColumnProfile
from imports.inference.scan import Scan
from imports.loading import messages
from imports.loading.empty_file import name_columns
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load
from imports.loading.mostly_unread import refuse_mostly_unread
from imports.loading.outcome import complete, complete_stopped
from imports.loading.progress_hook import COMMITTING, Progress
from imports.loading.stopwatch import Stopwatch
from imports.locks import read_without_keeping_locks
from imports.mapping import MappingRequest
from imports.mapping.request import OnError
from imports.planning.make_plan import make_plan
from imports.planning.plan import ImportPlan
from imports.table_description import TableDescription
from imports.tables.catalog import describe_if_there
from imports.tables.row_order import BY_ID, RowOrder, by_import
from imports.text_batches import Records, TextBatch

_Item = TypeVar("_Item")


class PlanChanged(Exception):
    """The plan from the beginning of a file differs from the plan from the whole file."""


@dataclass(frozen=True)
class ImportRun:
    """The steps of one import, with the reader, stopwatch and progress they share; pipeline.py has their order.

    `describe_table` and all that follow are called within the import's transaction, under the table's lock.
    """

    import_id: UUID
    table_name: str
    request: MappingRequest
    actor: Actor
    scan: Scan
    watch: Stopwatch
    progress: Progress

    # --- read and infer

    @property
    def rows_read(self) -> int:
        return self.scan.spool.records

    def read(self) -> None:
        """Read what is left of the file into the spool."""
        for _ in self.watch.each("parsing", self.scan.batches()):
            self._report_reading("reading", self.rows_read)
        self.refuse_mostly_unread()

    def refuse_mostly_unread(self) -> None:
        """Raises MostlyNotRead; call it when the file has been read to its end."""
        refuse_mostly_unread(self.scan.reader.file_info, self.request.source_options)

    def read_first_batch(self) -> Iterator[TextBatch]:
        """Read one batch into the spool; return the batches that follow, which are read as they are asked for."""
        batches = self.scan.batches()
        next(batches, None)
        return batches

    def name_columns(self) -> None:
        """Give a file without records the columns of mapping or table. Raises UnreadableFile where they have none."""
        name_columns(self.scan.reader.file_info, self.request, self.table_name)

    def infer(self) -> tuple[Records, list[ColumnProfile]]:
        """Return the rows and the profiles of their columns, after the rules of the mapping."""
        return apply_rules(self.scan.spool, self.scan.profiles(), self.request)

    # --- plan

    def describe_table(self) -> TableDescription | None:
        """Return the columns of the table, with the headers that earlier imports had for them; None: no table yet."""
        return with_headers(describe_if_there(self.table_name))

    def make_plan(self, table: TableDescription | None, records: Records, profiles: list[ColumnProfile]) -> ImportPlan:
        return make_plan(
            self.request, table_name=self.table_name, profiles=profiles, columns=records, table=table,
            source_options=self.scan.reader.file_info.options,
            near_misses=NearMisses(records, profiles, self.request, self.scan.reader.location),
        )  # fmt: skip

    def plan_so_far(self, table: TableDescription | None) -> ImportPlan:
        """Return the plan for the part of the file that was read so far. Not for mappings with rules."""
        return self.make_plan(table, self.scan.spool, self.scan.profiles())

    # --- convert

    def convert(self, batches: Iterator[TextBatch], plan: ImportPlan) -> Iterator[TypedBatch]:
        """Yield typed batches, converting each while the one before is loaded."""
        return prefetch(self._converted(batches, plan))

    def convert_while_reading(self, following: Iterator[TextBatch], plan: ImportPlan) -> Iterator[TypedBatch]:
        """Yield typed batches of the whole file. following: the batches after the first. Raises PlanChanged."""
        return self.watch.each("parsing", self.convert(prefetch(self._checked(following, plan)), plan))

    def _converted(self, batches: Iterator[TextBatch], plan: ImportPlan) -> Iterator[TypedBatch]:
        for batch in batches:
            with self.watch.phase("mapping"):
                typed = convert(batch, plan)
            yield typed

    def _checked(self, following: Iterator[TextBatch], plan: ImportPlan) -> Iterator[TextBatch]:
        """Yield all batches from the first, as long as the plan holds for them. Raises PlanChanged."""
        yield from self.scan.spool.batches(len(plan.header))
        for batch in following:
            if not plan.holds_for(self.scan.profiles()):
                raise PlanChanged
            yield batch.with_columns(len(plan.header))

    # --- load

    def open_load(self, plan: ImportPlan, table: TableDescription | None) -> Load:
        """Begin to load: the table is created or extended when the first row comes."""
        ledger = Ledger(self.import_id, self.scan.reader.location)
        return Load(plan, table, self.import_id, ledger, self.watch, self._row_order(), warns=True)

    def _row_order(self) -> RowOrder:
        """Return the order of the rows that the table has."""
        with read_without_keeping_locks():
            positions = None if row_ids_follow_import_order(self.table_name) else import_positions(self.table_name)
        return BY_ID if positions is None else by_import(positions)

    def put(self, load: Load, batches: Iterator[TypedBatch], *, total: int) -> None:
        """Load the batches. total: rows of the file. Raises TooManyErrors."""
        for typed in batches:
            check_error_limits(load.plan, typed, load.counts, total)
            load.put(typed)
            self.progress("loading", load.counts.records, total)

    def put_while_reading(self, load: Load, batches: Iterator[TypedBatch]) -> None:
        """Load the batches of a file whose number of rows is not known yet, without limits of errors."""
        for typed in batches:
            load.put(typed)
            self._report_reading("loading", load.counts.records)

    def _report_reading(self, phase: str, records: int) -> None:
        self.progress(phase, records, max(records, self.scan.expected))

    # --- outcome

    def finish(self, load: Load, plan: ImportPlan) -> None:
        """Insert the rows without duplicates, and complete the import's record in the same transaction."""
        records = load.counts.records
        self.progress("finishing", records, records)
        load.finish(self.scan.spool.batches(len(plan.header)))
        self.progress(COMMITTING, records, records)
        complete(self.import_id, self.actor, plan, self.scan, load, self.watch)

    @transaction.atomic
    def keep_findings(self, batches: Iterator[TypedBatch], plan: ImportPlan, stop: TooManyErrors) -> TooManyErrors:
        """Keep the counts, errors and rejected rows of a file that is not loaded; return the error with the counts.

        batches: all of the file. stop: why it is not loaded.
        """
        counts, ledger = Counts(), Ledger(self.import_id, self.scan.reader.location)
        for typed in batches:
            counts.add(typed)
            ledger.note(typed)
            self.progress("finishing", counts.records, self.rows_read)
        error = stop
        if stop.message.code == messages.TOO_MANY_ERRORS.code:
            error = TooManyErrors(messages.TOO_MANY_ERRORS(errors=counts.problems, records=counts.records))
        complete_stopped(self.import_id, self.actor, plan, self.scan, counts, error, self.watch)
        return error


def check_error_limits(plan: ImportPlan, batch: TypedBatch, so_far: Counts, records: int) -> None:
    """Raises TooManyErrors where `on_error` or `max_errors` requires it. records: of the whole file."""
    if plan.on_error == OnError.ABORT and len(batch.rejected):
        record = batch.rejected.column("record_number")[0].as_py()
        problems = batch.problems.filter(pc.equal(batch.problems.column("record_number"), record))
        column, why = problems.column("target_field")[0].as_py(), first_message(problems)
        raise TooManyErrors(messages.FIRST_ERROR(record=record, column=column, why=why.as_json()))
    errors = so_far.problems + len(batch.problems)
    if plan.max_errors.exceeded_by(errors, records):
        raise TooManyErrors(messages.TOO_MANY_ERRORS(errors=errors, records=records))


def prefetch(items: Iterator[_Item]) -> Iterator[_Item]:
    """Yield the items, computing the next one while the current one is used."""
    with ThreadPoolExecutor(1) as pool:
        next_item = pool.submit(next, items, None)
        while (item := next_item.result()) is not None:
            next_item = pool.submit(next, items, None)
            yield item
