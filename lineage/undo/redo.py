"""Redo an undone import at its original place in the order, from its kept source file and its frozen plan.

The law, an example and the way through these modules: docs/undo.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Func, JSONField, When
from django.utils import timezone

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.errors import AtlasError
from core.waits.operations import named
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.errors import CannotRedo, ReaderUnavailable
from imports.extraction import Work
from imports.extraction.extraction import Extraction
from imports.history.foreign_columns import comparison_of_imports
from imports.history.retention_marks import KEPT_RECORDS, KEY, MAPPING_ERRORS, ROW_VERSIONS
from imports.loading.load import Counts
from imports.locks import read_without_keeping_locks, table_lock
from imports.models import ImportHistory, Outcome, RepairedRecord
from imports.table_description import TableDescription
from imports.tables import catalog, rows, schema
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import own_changes
from imports.tables.row_order import by_import
from lineage.provenance.source_records import source_extraction
from lineage.undo import later_imports
from lineage.undo.edited_rows import edited_that_change, forget_removed
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.kept_rows import KeptRows
from lineage.undo.obstacles import referring_tables, refuse, translate_constraint_errors, unreadable_files
from lineage.undo.preconditions import (
    refuse_generated,
    refuse_moved_headers,
    refuse_other_reading,
    refuse_other_types,
    refuse_renumbered,
    require_undone,
)
from lineage.undo.redone_records import RedoneRecords
from lineage.undo.repaired_records import RepairedRecords, delete_details
from lineage.undo.replay import Replay
from lineage.undo.rounds import Changes, numbered
from lineage.undo.table_imports import imports_of, round_of, rounds_after
from lineage.undo.timeline import Timeline

_WRITTEN_AGAIN = (KEPT_RECORDS, MAPPING_ERRORS, ROW_VERSIONS)
#: The metadata without the marks that retention deleted these: a redo makes them again from the file.
_WITHOUT_PURGE_MARKS = Case(
    When(
        metadata__has_key=KEY,
        then=Func(
            F("metadata"),
            template=" #- ".join(["%(expressions)s", *(f"'{{{KEY},{detail}}}'" for detail in _WRITTEN_AGAIN)]),
            output_field=JSONField(),
        ),
    ),
    default=F("metadata"),
)


@dataclass(frozen=True)
class RedoReport:
    """What a redo did."""

    import_id: str
    table_name: str
    rows_inserted: int
    rows_updated: int  # rows of other imports, by records of this one
    duplicates_found: int
    rows_returned: int  # of later imports: duplicates or updates of rows that become duplicates
    rows_become_duplicates: int  # of later imports: they repeat restored rows
    table_made: bool
    columns_added: tuple[str, ...]  # to a table that exists

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def redo_import(
    import_id: UUID, actor: Actor, reason: str = "", changed_rows: EditedRowsChoice | None = None
) -> RedoReport:
    """Restore the rows of an undone import, so that all is as if it had never been undone.

    changed_rows: required where manually changed rows of later imports would be removed. Raises UnknownImport,
    TableChanged, CannotRedo, TableBusy, and SourceUnavailable where a later import's record that becomes a duplicate
    cannot be read from its file any more.
    """
    record = require_undone(import_id)
    with (
        _read_again(record) as extraction,
        table_lock(record.table_name),
        named("redo", import_id),
        transaction.atomic(durable=True),
    ):
        report = Redo(import_id, extraction, changed_rows).carry_out()
        record_in_audit_log(
            actor, "import.redone", str(import_id), reason=reason, **_audit_details(report, changed_rows)
        )
    return report


def _audit_details(report: RedoReport, changed_rows: EditedRowsChoice | None) -> dict[str, Any]:
    details = {**report.as_dict(), "columns_added": list(report.columns_added)}
    del details["import_id"]
    return details | ({"changed_rows": str(changed_rows)} if changed_rows else {})


@contextmanager
def _read_again(record: ImportHistory) -> Iterator[Extraction]:
    """Read the whole kept file, before the table is locked. Raises CannotRedo."""
    with ExitStack() as stack:
        try:
            extraction = stack.enter_context(source_extraction(record, work=Work.IMPORT))
            for _ in extraction.read():
                pass
        except ReaderUnavailable:
            raise
        except AtlasError as error:
            raise CannotRedo(error.message, **error.details) from error
        refuse_other_reading(record, extraction.info().header, extraction.reading())
        yield extraction


class Redo:
    """One redo within its transaction: checked when it is made, before anything is changed."""

    def __init__(self, import_id: UUID, extraction: Extraction, changed_rows: EditedRowsChoice | None) -> None:
        """extraction: of the import's file, read whole. Raises UnknownImport, CannotRedo."""
        self.extraction = extraction
        self.changed_rows = changed_rows
        with read_without_keeping_locks():
            self.record = require_undone(import_id)
            self.imports = imports_of(self.record.table_name)
        self.table_name = self.record.table_name
        config = self.record.mapping_config or {}
        self.table = catalog.describe_if_there(self.table_name)
        refuse_other_types(config, self.table)
        refuse_generated(config, self.table, CannotRedo)
        refuse_moved_headers(self.record, self.table)
        refuse_renumbered(self.record, self.table)
        self.stored = StoredPlan(config, self.table)
        columns = [column.name for column in columns_of(config)]
        table = self.table or TableDescription(self.table_name, ())
        order, table = self.record.import_order or 0, self.table or TableDescription(self.table_name, ())
        self.comparisons = comparison_of_imports(table, columns)
        self.rounds = rounds_after(order, self.imports, self.comparisons)
        self.table_made = self.table is None
        self.editor: schema.DataTableEditor | None = None
        self._add_own_round()

    def _add_own_round(self) -> None:
        if self._compares:
            self.rounds.insert(0, round_of(self.record, self.stored.plan, self.comparisons))

    @property
    def _compares(self) -> bool:
        """Whether the import's records have to be compared with rows of the table."""
        return self.table is not None and self.stored.plan.check_duplicates

    def carry_out(self) -> RedoReport:
        with translate_constraint_errors(CannotRedo):
            self._make_table_to_compare()
            orders = {table_import.import_id: table_import.order for table_import in self.imports}
            by_import(orders, rounds=numbered(self.rounds))
            counts = self._begin()
            later_imports.judge(self.replay, self.plans, first=int(self._compares))
            changes = self.replay.changes()
            self._refuse(changes)
            self._finish(counts)
            with own_changes(), without_key_checks(self.table_name):
                later_imports.apply(self.replay, changes, self.plans)
            if self.editor:
                self.editor.finish()
        forget_removed(self.table_name)
        updated_columns = {*self.replay.updated_columns(self.record.pk), *self.kept_columns}
        self._mark_active(counts, sorted(updated_columns))
        return RedoReport(
            import_id=str(self.record.pk),
            table_name=self.table_name,
            rows_inserted=counts.inserted,
            rows_updated=counts.updated,
            duplicates_found=counts.duplicates,
            rows_returned=sum(changes.restored.values()),
            rows_become_duplicates=sum(changes.removed.values()),
            table_made=self.table_made,
            columns_added=tuple(column.name for column in self.stored.plan.new_columns if self.table),
        )

    def _make_table_to_compare(self) -> None:
        """Create a dropped table where repaired records may repeat others of their file: a load does not see them."""
        plan = self.stored.plan
        is_repaired = RepairedRecord.objects.filter(import_record=self.record, record__isnull=False).exists()
        if self.table is None and plan.check_duplicates and plan.unique_columns and is_repaired:
            rows.discard_cached_ids()
            self.editor = schema.create_table(self.table_name, columns_of(plan.as_given))
            self.table = catalog.describe(self.table_name)
            self.stored = StoredPlan(plan.as_given, self.table)
            self._add_own_round()

    def _begin(self) -> Counts:
        """Read the file's records again, but those whose rows were kept at the undo, which count as before it.

        They are compared with the rows as they were at the import's place; without a comparison they are inserted.
        """
        delete_details(self.record.pk)
        self.kept = KeptRows.of(self.table_name, self.record.pk) if self.table else KeptRows(self.record.pk)
        self.kept_columns = self.kept.restore_updates(self.table_name)
        numbers = self.kept.numbers
        repaired = RepairedRecords(self.table_name, self.record.pk, numbers)
        self.records = RedoneRecords(self.record, self.stored, self.table, self.extraction, numbers, repaired)
        if self._compares:
            return self._compare()
        counts = self.records.insert()
        counts.inserted += len(self.kept.inserted)
        self._make_replay()
        if self.rounds:
            self.replay.add_rows(self.record.pk, self.record.import_order or 0)
        return counts

    def _make_replay(self) -> None:
        """Make the replay, once the table exists."""
        table = catalog.describe(self.table_name)
        timeline = Timeline.of(
            table, self.imports, keeps_edited=self.changed_rows == EditedRowsChoice.KEEP, redone=self.record.pk
        )
        self.replay = Replay(timeline, self.rounds, [] if not self._compares else self.records.new_columns)
        self.plans = later_imports.Plans(table)

    def _compare(self) -> Counts:
        """Decide what becomes of the file's records."""
        self._make_replay()
        concerned = self.replay.concerned(0)
        counts = self.records.stage(concerned)
        later_imports.find_all(concerned, self.plans)
        later_imports.decide(self.replay, concerned, lambda _: self.records.columns)
        return counts

    def _finish(self, counts: Counts) -> None:
        """Keep the duplicates of the file, and add the columns that the table lacks."""
        if self._compares:
            self.records.keep_duplicates(self.replay.new_duplicates(self.record.pk))
            self.records.add_columns()
            outcomes = self.replay.count_outcomes(self.record.pk)
            counts.inserted = outcomes.get(Outcome.INSERTED, 0) + len(self.kept.inserted)
            counts.updated = outcomes.get(Outcome.UPDATED, 0) + len(self.kept.updated)
            counts.duplicates = outcomes.get(Outcome.DUPLICATE, 0)
        counts.records += len(self.records.kept)

    def _refuse(self, changes: Changes) -> None:
        """Raises CannotRedo, HistoryPurged where something prevents that later imports' rows are removed or changed."""
        referring = referring_tables(self.table_name) if changes.removed else ()
        refuse(CannotRedo, (*referring, *unreadable_files(changes.kept)))
        edited = edited_that_change(self.table_name)
        refuse_undecided(CannotRedo, str(self.record.pk), len(edited), edited[:MAX_ROWS_NAMED], self.changed_rows)

    def _mark_active(self, counts: Counts, updated_columns: list[str]) -> None:
        """Make the import active again, with its counts of rows and duplicates as they are now."""
        ImportHistory.objects.filter(pk=self.record.pk).update(
            rows_inserted=counts.inserted,
            rows_updated=counts.updated,
            updated_columns=updated_columns or None,
            duplicates_found=counts.duplicates,
            rows_skipped=counts.records - counts.inserted - counts.updated,
            undone_at=None,
            undone_by=None,
            undo_reason=None,
            metadata=_WITHOUT_PURGE_MARKS,
            rows_came_back=True,
            updated_at=timezone.now(),
        )
