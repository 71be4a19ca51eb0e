"""One import's records on their way from the file into the table."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from django.db import transaction

from core.actors import Actor
from imports.conversion.convert import TypedBatch, convert, first_message
from imports.errors import MappingDoesNotFit, TooManyErrors
from imports.history.column_headers import with_headers
from imports.history.tracking import import_positions, row_ids_follow_import_order
from imports.inference.apply_rules import apply_rules
from imports.inference.profile import ColumnProfile
from imports.inference.scan import Scan
from imports.loading import messages
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load
from imports.loading.outcome import complete
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
    """The beginning of a file suggested another plan than the whole of it makes."""


@dataclass(frozen=True)
class ImportRun:
    """`read` may be left out; `load` and `load_while_reading` are for under the table's lock."""

    import_id: UUID
    table_name: str
    request: MappingRequest
    actor: Actor
    survey: Scan
    watch: Stopwatch
    progress: Progress

    def read(self) -> None:
        """What is still left of the file."""
        for _ in self.watch.each("parsing", self.survey.batches()):
            self._tell("reading", self.survey.spool.records)

    def _tell(self, phase: str, records: int) -> None:
        """While the file is read."""
        self.progress(phase, records, max(records, self.survey.expected))

    def load(self) -> None:
        """Every record, by the plan that the whole file makes."""
        self.read()
        records, profiles = apply_rules(self.survey.spool, self.survey.profiles(), self.request)
        with transaction.atomic(durable=True):
            table = with_headers(describe_if_there(self.table_name))
            plan = self._plan(table, records, profiles)
            load = Load(plan, table, self.import_id, self._ledger(), self.watch, self._order())
            total = self.survey.spool.records
            self._put(load, prefetch(self._coerced(records.batches(len(profiles)), plan)), total)
            self._finish(load, plan)

    def load_while_reading(self) -> bool:
        """The same while the file is still read, by the plan that its beginning suggests.

        The rows stand only where the whole file makes the same plan. Else nothing has happened, and `load` is due.
        """
        batches = self.survey.batches()
        next(batches, None)
        try:
            with transaction.atomic(durable=True):
                table = with_headers(describe_if_there(self.table_name))
                guess = self._plan(table, self.survey.spool, self.survey.profiles())
                load = Load(guess, table, self.import_id, self._ledger(), self.watch, self._order())
                typed = prefetch(self._coerced(prefetch(self._fitting(batches, guess)), guess))
                self._put(load, self.watch.each("parsing", typed), 0)
                plan = self._plan(table, self.survey.spool, self.survey.profiles())
                if not plan.produces_same_rows_as(guess):
                    raise PlanChanged
                self._finish(load, plan)
        except (PlanChanged, MappingDoesNotFit):
            return False
        return True

    def _fitting(self, coming: Iterator[TextBatch], guess: ImportPlan) -> Iterator[TextBatch]:
        """The batches from the first, as long as they bear out the guess. Raises Misjudged."""
        yield from self.survey.spool.batches(len(guess.header))
        for batch in coming:
            if not guess.holds_for(self.survey.profiles()):
                raise PlanChanged
            yield batch.with_columns(len(guess.header))

    def _plan(self, table: TableDescription | None, records: Records, profiles: list[ColumnProfile]) -> ImportPlan:
        return make_plan(
            self.request, table_name=self.table_name, profiles=profiles, columns=records, table=table,
            source_options=self.survey.reader.file_info.options,
        )  # fmt: skip

    def _order(self) -> RowOrder:
        """Of the rows that are there."""
        with read_without_keeping_locks():
            orders = None if row_ids_follow_import_order(self.table_name) else import_positions(self.table_name)
        return BY_ID if orders is None else by_import(orders)

    def _ledger(self) -> Ledger:
        return Ledger(self.import_id, self.survey.reader.location)

    def _coerced(self, batches: Iterator[TextBatch], plan: ImportPlan) -> Iterator[TypedBatch]:
        for batch in batches:
            with self.watch.phase("mapping"):
                typed = convert(batch, plan)
            yield typed

    def _put(self, load: Load, batches: Iterator[TypedBatch], total: int) -> None:
        """total: of the file's records; 0 while not known."""
        for typed in batches:
            check_error_limits(load.plan, typed, load.counts, total)
            load.put(typed)
            if total:
                self.progress("loading", load.counts.records, total)
            else:
                self._tell("loading", load.counts.records)

    def _finish(self, load: Load, plan: ImportPlan) -> None:
        records = load.counts.records
        self.progress("finishing", records, records)
        counts = load.finish(self.survey.spool.batches(len(plan.header)))
        self.progress(COMMITTING, records, records)
        complete(self.import_id, self.actor, plan, self.survey.reader.file_info, counts, self.watch)


def check_error_limits(plan: ImportPlan, batch: TypedBatch, so_far: Counts, records: int) -> None:
    """Raises TooManyErrors where `on_error` or `max_errors` says so. records: of the whole file."""
    if not len(batch.problems):
        return
    errors = so_far.problems + len(batch.problems)
    if plan.on_error == OnError.ABORT:
        first = batch.problems.slice(0, 1).to_pylist()[0]
        record, column, why = first["record_number"], first["target_field"], first_message(batch.problems)
        raise TooManyErrors(messages.FIRST_ERROR(record=record, column=column, why=why.as_json()))
    if plan.max_errors.exceeded_by(errors, records):
        raise TooManyErrors(messages.TOO_MANY_ERRORS(errors=errors, records=records))


def prefetch(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, the next one made while this one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
