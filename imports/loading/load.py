"""Write typed batches into the table and the ledger, within the import's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from uuid import UUID

from core.messages import Message
from imports.conversion.convert import TypedBatch
from imports.errors import MappingDoesNotFit
from imports.extraction.extraction import Extraction
from imports.history.foreign_columns import compared_columns
from imports.history.tracking import next_import_order
from imports.loading import messages
from imports.loading.batch_shape import check_shape
from imports.loading.key_warnings import KeyWarnings
from imports.loading.ledger import Ledger
from imports.loading.stopwatch import Stopwatch
from imports.locks import hold_table, read_without_keeping_locks
from imports.locks.relations import EXCLUSIVE, WRITES
from imports.mapping.request import OnMatch
from imports.planning.plan import ImportPlan
from imports.table_description import TableColumn, TableDescription
from imports.tables import rows, schema
from imports.tables.cell_changes import Writes
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import own_changes
from imports.tables.matches import Matches
from imports.tables.row_order import RowOrder
from imports.tables.row_updates import RowUpdates, note_unread_cells
from imports.tables.staging import Stage

#: Which cells of rows an import writes, by what it does with records that match one.
CELLS_WRITTEN = {
    OnMatch.SKIP: Writes.NOTHING,
    OnMatch.UPDATE: Writes.DIFFERENT,
    OnMatch.FILL: Writes.EMPTY,
    OnMatch.INSERT: Writes.NOTHING,  # nothing is matched
}


@dataclass
class Counts:
    """The outcomes so far, in rows of the file."""

    records: int = 0  # that were read
    inserted: int = 0
    updated: int = 0
    duplicates: int = 0
    rejected: int = 0
    filtered: int = 0
    unreadable: int = 0  # of the rejected: the reader could not read them
    fit_as_doubles: int = 0  # of the rejected: too large, but not with DOUBLE PRECISION
    problems: int = 0  # entries of mapping_errors
    value_errors: int = 0  # of them: invalid values

    def add(self, batch: TypedBatch) -> None:
        """Add the counts of a batch, all but duplicates and updates, which are not known yet."""
        self.records += batch.rows + len(batch.rejected) + len(batch.filtered)
        self.rejected += len(batch.rejected)
        self.filtered += len(batch.filtered)
        self.unreadable += batch.unreadable
        self.fit_as_doubles += batch.fit_as_doubles
        self.problems += len(batch.problems)
        self.value_errors += batch.value_errors

    @property
    def nothing_loaded(self) -> bool:
        """Whether all rows that were not filtered out were rejected, at least one."""
        return self.rejected > 0 and self.rejected + self.filtered == self.records


@dataclass(frozen=True)
class Loaded:
    """What an import loaded, for its record."""

    counts: Counts
    updated_columns: Sequence[str] = ()  # in which rows were changed
    import_order: int | None = None  # None: it has no place in the order yet
    warnings: Sequence[Message] = ()  # of its key


class Load:
    """The loading of one import. The table is not created or extended if every row is rejected."""

    def __init__(
        self,
        plan: ImportPlan,
        table: TableDescription | None,
        import_id: UUID,
        ledger: Ledger,
        watch: Stopwatch,
        order: RowOrder | None = None,
        *,
        import_order: int | None = None,
        warns: bool = False,
    ) -> None:
        """order: the order of the rows in the table. import_order: of the import, if it has one already.

        warns: whether to find what is said of nearly equal rows.
        """
        self.plan = plan
        self.table = table
        self.import_id = import_id
        self.ledger = ledger
        self.watch = watch
        self.counts = Counts()
        self.key_warnings = KeyWarnings(plan)
        self.columns = [TableColumn(column.name, column.sql_type.sql) for column in plan.columns]
        self.import_order = import_order
        self.updated_columns: list[str] = []  # in which rows were changed
        self._order = order
        self._warns = warns
        self._finish = ExitStack()
        self._editor: schema.DataTableEditor | None = None
        self._stage: Stage | None = None
        self._prepared = False
        self._finish.enter_context(without_key_checks(plan.table_name))

    def put(self, batch: TypedBatch) -> None:
        """Stage or insert the rows of a batch; keep the rejected and filtered ones, and the errors, in the ledger."""
        check_shape(batch, self.plan)
        self.counts.add(batch)
        if batch.rows:
            with self.watch.phase("insert"):
                self.prepare()
                self._write(batch)
        self.ledger.note(batch)

    def finish(self, extraction: Extraction) -> Counts:
        """Find the duplicates and insert the other rows. extraction: has the texts by which duplicates are stored."""
        if self.counts.records == self.counts.filtered:
            self.prepare()  # a file with only a header, or with filtered rows only, creates an empty table
        if self._stage:
            self._insert_without_duplicates(self._stage, extraction)
        with self.watch.phase("insert"):
            self._finish.close()
            rows.lock_import_record(self.import_id)
            if self._editor:
                self._editor.finish()
        return self.counts

    def loaded(self) -> Loaded:
        """Return what was loaded, when it is finished."""
        return Loaded(self.counts, self.updated_columns, self.import_order, self.key_warnings.warnings())

    def prepare(self) -> None:
        """Create the table, or lock it for writing, and create the stage if duplicates are checked.

        Later calls do nothing. Raises TableBusy, also where another session would prevent new columns.
        """
        if self._prepared:
            return
        self._prepared = True
        rows.discard_cached_ids()
        if self.table is not None:
            hold_table(self.plan.table_name, WRITES)
        if self.table is None:
            self._editor = schema.create_table(self.plan.table_name, self.columns)
        elif self.plan.new_columns:
            with read_without_keeping_locks():
                hold_table(self.plan.table_name, EXCLUSIVE)
        if self.plan.check_duplicates and (self.table is not None or self.plan.unique_columns):
            self._stage = Stage(
                self.plan.table_name, self.columns, self.plan.unique_columns, self._compared_columns(), self._order,
                writes=CELLS_WRITTEN[self.plan.on_match], empty_keys_match=self.plan.empty_keys_match,
                new_columns=self._new_columns(),
            )  # fmt: skip
        elif self._new_columns():
            self._add_columns()

    def _new_columns(self) -> Sequence[TableColumn]:
        """Return the columns that a table which exists is to get."""
        return self.plan.new_columns if self.table is not None else ()

    def _add_columns(self) -> None:
        """Add the new columns. No other session reads the table from here to the commit: so as late as possible."""
        if self._new_columns():
            schema.add_columns(self.plan.table_name, self._new_columns())

    def _compared_columns(self) -> list[str]:
        with read_without_keeping_locks():
            return compared_columns(self.table, [column.name for column in self.columns])

    def _write(self, batch: TypedBatch) -> None:
        if self._stage:
            self._stage.put(batch)
            unread = self.key_warnings.add(batch)
            if len(self.plan.unique_columns) > 1:  # an undo could not tell by the values that these were not compared
                self.ledger.note_unread_keys(unread)
        else:
            rows.insert_directly(self.plan.table_name, self.columns, batch, self.import_id)
            self.counts.inserted += batch.rows

    def _insert_without_duplicates(self, stage: Stage, extraction: Extraction) -> None:
        with self.watch.phase("duplicate_check"):
            matched = stage.match(self.import_id, indexed=self.table is not None)
            self.counts.duplicates = matched.duplicates
            if self._warns:
                self.key_warnings.compare(stage, self.table, indexed=True)
        for first, last in extraction.record_ranges() if self.counts.duplicates else ():
            matches = stage.matches_between(first, last)
            keep_duplicates(self.ledger, extraction, matches, len(self.plan.header), self.plan.unique_columns)
        with self.watch.phase("insert"):
            if matched.updated:
                self._update_rows(matched.updated)
            else:
                self._add_columns()
            if stage.has_unread_cells:
                note_unread_cells(self.import_id)
            self.counts.inserted = stage.insert_unmatched(self.import_id)

    def _update_rows(self, expected: int) -> None:
        """Change the rows that records change, and keep them as they were. expected: so many.

        Raises MappingDoesNotFit where a trigger of the table prevents it.
        """
        if self.import_order is None:
            self.import_order = next_import_order()
        table = self.table or TableDescription(self.plan.table_name, ())
        updates = RowUpdates(
            table.name,
            [column.name for column in table.columns if column.name not in table.generated],
            [column.name for column in self.columns],
            self.import_id,
            self.import_order,
        )
        self.updated_columns = updates.create_changes()
        updates.note()
        self._add_columns()
        with own_changes():
            self.counts.updated = updates.write(self.updated_columns)
        if self.counts.updated != expected:
            raise MappingDoesNotFit(messages.UPDATES_PREVENTED(rows=expected - self.counts.updated, table=table.name))


def keep_duplicates(ledger: Ledger, extraction: Extraction, matches: Matches, columns: int, key: Sequence[str]) -> None:
    """Store the duplicates of one of the file's ranges of records, complete.

    columns: of the file's header. key: by which they were found; empty: whole rows.
    """
    if matches:
        numbers = matches.record_numbers.to_pylist()
        ledger.keep_duplicates(extraction.duplicates(numbers, columns, str(duplicate_reason(key))), matches)


def duplicate_reason(key: Sequence[str]) -> Message:
    """Return why a record is a duplicate. key: as above."""
    return messages.SAME_KEY(key=list(key)) if key else messages.EQUAL_ROW()
