"""The steps of one import, from the file to the table; pipeline.py puts them in order."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from uuid import UUID

import pyarrow.compute as pc
from django.db import transaction

from core.actors import Actor
from imports.conversion.convert import TypedBatch
from imports.conversion.problems import first_message
from imports.errors import TooManyErrors
from imports.extraction.extraction import Extraction
from imports.extraction.results import ExtractedBatch, ReadingProgress
from imports.history.earlier_files import with_headers
from imports.history.row_order import order_of_rows
from imports.loading import messages
from imports.loading.batch_shape import UnexpectedBatch
from imports.loading.empty_file import known_columns
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load
from imports.loading.mostly_unread import refuse_mostly_unread
from imports.loading.outcome import complete, complete_stopped
from imports.loading.progress_hook import COMMITTING, Progress
from imports.loading.stopwatch import Stopwatch
from imports.mapping import MappingRequest
from imports.mapping.request import OnError
from imports.planning.plan import ImportPlan
from imports.table_description import TableDescription
from imports.tables.catalog import describe_if_there


@dataclass(frozen=True)
class ImportRun:
    """The steps of one import, with the extraction, stopwatch and progress they share; pipeline.py has their order.

    `describe_table` and all that follow are called within the import's transaction, under the table's lock.
    """

    import_id: UUID
    table_name: str
    request: MappingRequest
    actor: Actor
    extraction: Extraction
    watch: Stopwatch
    progress: Progress

    # --- read and infer

    def read(self) -> None:
        """Read what is left of the file."""
        for progress in self.watch.each("parsing", self.extraction.read()):
            self._report_reading("reading", progress)
        self.refuse_mostly_unread()

    def refuse_mostly_unread(self) -> None:
        """Raises MostlyNotRead; call it when the file has been read to its end."""
        refuse_mostly_unread(self.extraction.info(), self.request.source_options)

    def name_columns(self) -> None:
        """Give a file without records the columns of mapping or table. Raises UnreadableFile where they have none."""
        if not self.extraction.info().header:
            self.extraction.name_columns(known_columns(self.request, self.table_name))

    def apply_rules(self) -> None:
        """Apply the rules of the mapping, if it has any, and find out what columns and values they make."""
        self.extraction.apply_rules(self.request)

    # --- plan

    def describe_table(self) -> TableDescription | None:
        """Return the columns of the table, with the headers that earlier imports had for them; None: no table yet."""
        return with_headers(describe_if_there(self.table_name))

    def make_plan(self, table: TableDescription | None) -> ImportPlan:
        """Return the plan for what was read so far."""
        plan = self.extraction.plan(self.request, table_name=self.table_name, table=table)
        if plan.table_name != self.table_name:
            raise UnexpectedBatch
        return plan

    # --- load

    def open_load(self, plan: ImportPlan, table: TableDescription | None) -> Load:
        """Begin to load: the table is created or extended when the first row comes."""
        order = order_of_rows(self.table_name)
        return Load(plan, table, self.import_id, Ledger(self.import_id), self.watch, order, warns=True)

    def put_all(self, load: Load) -> None:
        """Load all rows of a file that was read to its end. Raises TooManyErrors."""
        total = self.extraction.progress().records
        with closing(self._typed(load.plan)) as batches:
            for batch in batches:
                check_error_limits(load.plan, batch, load.counts, total)
                load.put(batch)
                self.progress("loading", load.counts.records, total)

    def put_while_reading(self, load: Load) -> None:
        """Load a file while it is read, without limits of errors: its number of rows is not known yet.

        Raises PlanChanged.
        """
        with closing(self.extraction.typed_while_reading(load.plan)) as batches:
            for batch in self.watch.each("parsing", batches):
                load.put(self._noted(batch))
                self._report_reading("loading", ReadingProgress(load.counts.records, batch.expected))

    def _typed(self, plan: ImportPlan) -> Generator[TypedBatch]:
        with closing(self.extraction.typed(self.request, plan)) as batches:
            yield from map(self._noted, batches)

    def _noted(self, batch: ExtractedBatch) -> TypedBatch:
        self.watch.seconds["mapping"] += batch.seconds
        return batch.typed

    def _report_reading(self, phase: str, so_far: ReadingProgress) -> None:
        self.progress(phase, so_far.records, max(so_far.records, so_far.expected))

    # --- outcome

    def finish(self, load: Load, plan: ImportPlan) -> None:
        """Insert the rows without duplicates, and complete the import's record in the same transaction."""
        records = load.counts.records
        self.progress("finishing", records, records)
        load.finish(self.extraction)
        self.progress(COMMITTING, records, records)
        complete(self.import_id, self.actor, plan, self.extraction, load.loaded(), self.watch)

    @transaction.atomic
    def keep_findings(self, plan: ImportPlan, stop: TooManyErrors) -> TooManyErrors:
        """Keep the counts, errors and rejected rows of a file that is not loaded; return the error with the counts.

        stop: why it is not loaded.
        """
        counts, ledger, total = Counts(), Ledger(self.import_id), self.extraction.progress().records
        with closing(self._typed(plan)) as batches:
            for typed in batches:
                counts.add(typed)
                ledger.note(typed)
                self.progress("finishing", counts.records, total)
        error = stop
        if stop.message.code == messages.TOO_MANY_ERRORS.code:
            error = TooManyErrors(messages.TOO_MANY_ERRORS(errors=counts.problems, records=counts.records))
        complete_stopped(self.import_id, self.actor, plan, self.extraction, counts, error, self.watch)
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
