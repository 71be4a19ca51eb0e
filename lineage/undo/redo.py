"""Redo an undone import at its original place in the order, from its kept source file and its frozen plan.

The law, an example and the way through these modules: docs/undo.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import Case, F, Func, JSONField, When
from django.utils import timezone

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.errors import AtlasError
from core.waits.operations import named
from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan, columns_of
from imports.errors import CannotRedo, ReaderUnavailable
from imports.extraction import Work
from imports.extraction.extraction import Extraction
from imports.history.foreign_columns import comparison_of_imports
from imports.history.retention_marks import KEPT_RECORDS, KEY, MAPPING_ERRORS
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load
from imports.loading.stopwatch import Stopwatch
from imports.locks import read_without_keeping_locks, table_lock
from imports.models import ImportHistory, KeptRecord, MappingError, UnreadKey
from imports.table_description import TableDescription
from imports.tables import catalog
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import manually_edited, own_changes
from imports.tables.row_order import by_import
from imports.tables.rows import record_numbers_where
from lineage.provenance.source_records import source_extraction
from lineage.undo import later_imports
from lineage.undo.edited_rows import edited_becoming_duplicates, forget_removed
from lineage.undo.edited_rows_choice import MAX_ROWS_NAMED, EditedRowsChoice, refuse_undecided
from lineage.undo.obstacles import referring_tables, translate_constraint_errors, unreadable_files
from lineage.undo.preconditions import (
    refuse_generated,
    refuse_moved_headers,
    refuse_other_reading,
    refuse_other_types,
    refuse_renumbered,
    require_undone,
)
from lineage.undo.rounds import Changes, numbered
from lineage.undo.table_imports import imports_of, rounds_after

#: The metadata without the marks that retention deleted these: a redo makes them again from the file.
_WITHOUT_PURGE_MARKS = Case(
    When(
        metadata__has_key=KEY,
        then=Func(
            F("metadata"),
            template=f"%(expressions)s #- '{{{KEY},{KEPT_RECORDS}}}' #- '{{{KEY},{MAPPING_ERRORS}}}'",
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
    duplicates_found: int
    rows_returned: int  # of later imports: duplicates of rows that become duplicates
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
    )


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
        self.rounds = rounds_after(self.record.import_order or 0, self.imports, comparison_of_imports(table, columns))

    def carry_out(self) -> RedoReport:
        with translate_constraint_errors(CannotRedo):
            counts = self._load()
        with translate_constraint_errors(CannotRedo), own_changes():
            changes = self._change_later_imports(catalog.describe(self.table_name))
        self._mark_active(counts)
        return RedoReport(
            import_id=str(self.record.pk),
            table_name=self.table_name,
            rows_inserted=counts.inserted,
            duplicates_found=counts.duplicates,
            rows_returned=sum(changes.restored.values()),
            rows_become_duplicates=sum(changes.removed.values()),
            table_made=self.table is None,
            columns_added=tuple(column.name for column in self.stored.plan.new_columns if self.table),
        )

    def _load(self) -> Counts:
        """Load all records of the file, but those whose rows were kept at the undo; these count as inserted too."""
        for detail in (KeptRecord, MappingError, UnreadKey):
            detail.objects.filter(import_record_id=self.record.pk).delete()
        ledger = Ledger(self.record.pk)
        orders = {table_import.import_id: table_import.order for table_import in self.imports}
        order = by_import(orders, before=self.record.import_order, rounds=numbered(self.rounds))
        load = Load(self.stored.plan, self.table, self.record.pk, ledger, Stopwatch(), order)
        is_kept = manually_edited(self.table_name)
        kept = record_numbers_where(self.table_name, self.record.pk, is_kept) if self.table else []
        if kept:
            load.prepare()
        with closing(self.extraction.typed_again(self.record.mapping_config or {}, self.table)) as batches:
            for batch in batches:
                load.put(without(batch.typed, kept))
        counts = load.finish(self.extraction)
        counts.records += len(kept)
        counts.inserted += len(kept)
        return counts

    def _change_later_imports(self, table: TableDescription) -> Changes:
        """Change the rows that repeat restored ones, and what follows. Raises CannotRedo, TableChanged."""
        keeps = self.changed_rows == EditedRowsChoice.KEEP
        replay = later_imports.judge(table, self.rounds, redone=self.record.pk, keeps_edited=keeps)
        changes = replay.changes()
        referring = referring_tables(table.name) if changes.removed else ()
        for obstacle in (*referring, *unreadable_files(changes.removed)):
            raise CannotRedo(obstacle)
        edited = edited_becoming_duplicates(table.name)
        refuse_undecided(CannotRedo, str(self.record.pk), len(edited), edited[:MAX_ROWS_NAMED], self.changed_rows)
        with without_key_checks(table.name):
            later_imports.apply(replay, changes)
        forget_removed(table.name)
        return changes

    def _mark_active(self, counts: Counts) -> None:
        """Make the import active again, with its counts of rows and duplicates as they are now."""
        ImportHistory.objects.filter(pk=self.record.pk).update(
            rows_inserted=counts.inserted,
            duplicates_found=counts.duplicates,
            rows_skipped=counts.records - counts.inserted,
            undone_at=None,
            undone_by=None,
            undo_reason=None,
            metadata=_WITHOUT_PURGE_MARKS,
            rows_came_back=True,
            updated_at=timezone.now(),
        )
