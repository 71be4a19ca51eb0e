"""Bringing an undone import back at its place in the order, from its kept source file and its frozen plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Func, JSONField, When
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.errors import AtlasError
from imports.column_types import same_type
from imports.conversion.convert import TypedBatch
from imports.conversion.stored_plan import StoredPlan, columns_of, has_plan
from imports.errors import CannotRedo, UnknownImport
from imports.history.messages import NO_SUCH_IMPORT
from imports.history.retention_marks import KEPT_RECORDS, KEY, MAPPING_ERRORS
from imports.inference.spool import Spool
from imports.loading.ledger import Ledger
from imports.loading.load import Counts, Load
from imports.loading.run import prefetch
from imports.loading.stopwatch import Stopwatch
from imports.locks import read_without_keeping_locks, table_lock
from imports.models import ImportHistory, KeptRecord, MappingError
from imports.sources.kept_files import is_kept
from imports.table_description import TableDescription
from imports.tables import catalog
from imports.tables.constraints import without_key_checks
from imports.tables.manual_edits import manually_edited, own_changes, renumbered
from imports.tables.row_order import by_import
from imports.tables.rows import records_there
from imports.text_batches import Reader
from lineage.provenance.source_records import header_of, source_reader
from lineage.undo import later_imports, messages
from lineage.undo.edited_rows import changed_and_leaving, forget_gone
from lineage.undo.edited_rows_choice import SHOWN, EditedRowsChoice, refuse_undecided
from lineage.undo.obstacles import referring_in_words, translate_constraint_errors, unreadable_in_words
from lineage.undo.rounds import Changes, numbered
from lineage.undo.table_imports import imports_of, later_import_with_purged_duplicates, rounds_after
from lineage.undo.undo import WAIT_SECONDS

#: The metadata without the marks that these were forgotten: a redo finds them again in the file.
_REMEMBERED = Case(
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
    rows_returned: int  # of later imports, whose match is gone
    rows_become_duplicates: int  # of later imports, of rows that are back
    table_made: bool
    columns_added: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def redo_import(import_id: UUID, actor: Actor, changed_rows: EditedRowsChoice | None = None) -> RedoReport:
    """The state as if the import had never been undone.

    changed_rows: has to be given where rows of later imports were changed by hand and would leave. Raises
    UnknownImport, CannotRedo, TableBusy, and SourceUnavailable where a later import's record that becomes a duplicate
    cannot be read from its file any more.
    """
    found = undone(import_id)
    with (
        _read_again(found) as (reader, spool),
        table_lock(found.table_name, wait_seconds=WAIT_SECONDS),
        transaction.atomic(durable=True),
    ):
        report = _Redo(import_id, reader, spool, changed_rows).carry_out()
        record(actor, "import.redone", str(import_id), **_numbers(report, changed_rows))
    return report


def _numbers(report: RedoReport, changed_rows: EditedRowsChoice | None) -> dict[str, Any]:
    numbers = {**report.as_dict(), "columns_added": list(report.columns_added)}
    del numbers["import_id"]
    return numbers | ({"changed_rows": str(changed_rows)} if changed_rows else {})


def undone(import_id: UUID) -> ImportHistory:
    """The import, if it can be brought back. Raises UnknownImport, CannotRedo."""
    found = ImportHistory.objects.filter(pk=import_id).first()
    if found is None:
        raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    if not found.undone_at:
        raise CannotRedo(messages.NOT_UNDONE())
    if not has_plan(found.mapping_config):
        raise CannotRedo(messages.REDO_WITHOUT_PLAN())
    if not (found.file_hash and is_kept(found.file_hash)):
        raise CannotRedo(messages.REDO_WITHOUT_FILE())
    one = later_import_with_purged_duplicates(found)
    if one:
        raise CannotRedo(messages.LEAVING_FORGOTTEN(import_id=str(one.pk), file_name=one.file_name))
    return found


def refuse_other_types(config: Mapping[str, Any], table: TableDescription | None) -> None:
    """Raises CannotRedo where a column of the import's plan has another type in the table by now."""
    types = {one.name: one.sql_type for one in table.columns} if table else {}
    for one in columns_of(config):
        if one.name in types and not same_type(types[one.name], one.sql_type):
            raise CannotRedo(
                messages.TYPE_CHANGED_BY_IMPORT(column=one.name, planned_type=one.sql_type, type=types[one.name]),
                column=one.name,
            )


def refuse_renumbered(found: ImportHistory, table: TableDescription | None) -> None:
    """Raises CannotRedo where it cannot be told which records the rows that were kept came from."""
    rows = renumbered(found.table_name, found.pk, found.total_rows_in_file or 0) if table else []
    if rows:
        raise CannotRedo(
            messages.KEPT_ROWS_RENUMBERED(rows=len(rows)),
            import_id=str(found.pk),
            rows_renumbered=len(rows),
            renumbered_rows=rows[:SHOWN],
        )


@contextmanager
def _read_again(found: ImportHistory) -> Iterator[tuple[Reader, Spool]]:
    """The whole file, before anybody has to wait for it."""
    with ExitStack() as stack:
        try:
            reader = stack.enter_context(source_reader(found))
            spool = stack.enter_context(Spool(settings.ATLAS_SPOOL_DIR))
            for batch in reader.batches():
                spool.put(batch)
        except AtlasError as error:
            raise CannotRedo(error.message, **error.details) from error
        if reader.file_info.header != header_of(found):
            raise CannotRedo(messages.HEADER_READ_DIFFERENTLY())
        yield reader, spool


def without(batch: TypedBatch, there: Sequence[int]) -> TypedBatch:
    """The batch without the rows of these records."""
    if not there:
        return batch
    absent = pc.invert(pc.is_in(batch.record_numbers, pa.array(there, pa.int32())))
    return replace(
        batch,
        columns=[values.filter(absent) for values in batch.columns],
        record_numbers=batch.record_numbers.filter(absent),
        corrections=batch.corrections.filter(absent),
    )


class _Redo:
    """One redo within its transaction."""

    def __init__(self, import_id: UUID, reader: Reader, spool: Spool, changed_rows: EditedRowsChoice | None) -> None:
        self.reader, self.spool = reader, spool
        self.changed_rows = changed_rows
        with read_without_keeping_locks():
            self.found = undone(import_id)
            self.imports = imports_of(self.found.table_name)
        self.config = self.found.mapping_config or {}
        self.table = catalog.describe_if_there(self.found.table_name)
        refuse_other_types(self.config, self.table)
        refuse_renumbered(self.found, self.table)
        self.frozen = StoredPlan(self.config, self.table)
        columns = {one.name: None for one in (*(self.table.columns if self.table else ()), *columns_of(self.config))}
        self.rounds = rounds_after(self.found.import_order or 0, self.imports, columns)

    def carry_out(self) -> RedoReport:
        with translate_constraint_errors(CannotRedo):
            counts = self._load()
        with translate_constraint_errors(CannotRedo), own_changes():
            changes = self._replay_later(catalog.describe(self.found.table_name))
        self._mark(counts)
        return RedoReport(
            import_id=str(self.found.pk),
            table_name=self.found.table_name,
            rows_inserted=counts.inserted,
            duplicates_found=counts.duplicates,
            rows_returned=sum(changes.coming.values()),
            rows_become_duplicates=sum(changes.leaving.values()),
            table_made=self.table is None,
            columns_added=tuple(one.name for one in self.frozen.plan.new_columns if self.table),
        )

    def _load(self) -> Counts:
        """All records but those whose rows were kept, when the import was undone, because they were changed by hand."""
        for detail in (KeptRecord, MappingError):
            detail.objects.filter(import_record_id=self.found.pk).delete()
        ledger = Ledger(self.found.pk, self.reader.location)
        orders = {one.import_id: one.order for one in self.imports}
        order = by_import(orders, before=self.found.import_order, rounds=numbered(self.rounds))
        load = Load(self.frozen.plan, self.table, self.found.pk, ledger, Stopwatch(), order)
        width = len(self.frozen.plan.header)
        kept = manually_edited(self.found.table_name)
        there = records_there(self.found.table_name, self.found.pk, kept) if self.table else []
        if there:
            load.prepare()
        for typed in prefetch(self.frozen.typed(self.spool.batches(width))):
            load.put(without(typed, there))
        counts = load.finish(self.spool.batches(width))
        counts.records += len(there)
        counts.inserted += len(there)
        return counts

    def _replay_later(self, table: TableDescription) -> Changes:
        keeps = self.changed_rows == EditedRowsChoice.KEEP
        later = later_imports.look(table, self.rounds, redone=self.found.pk, keeps_changed=keeps)
        changes = later.changes()
        referring = referring_in_words(table.name) if changes.leaving else ()
        for obstacle in (*referring, *unreadable_in_words(changes.leaving)):
            raise CannotRedo(obstacle)
        changed = changed_and_leaving(table.name)
        refuse_undecided(CannotRedo, str(self.found.pk), len(changed), changed[:SHOWN], self.changed_rows)
        with without_key_checks(table.name):
            later_imports.apply(later, changes)
        forget_gone(table.name)
        return changes

    def _mark(self, counts: Counts) -> None:
        """Standing again; all but the balance of rows and duplicates is as it was, and nothing of it is forgotten."""
        ImportHistory.objects.filter(pk=self.found.pk).update(
            rows_inserted=counts.inserted,
            duplicates_found=counts.duplicates,
            rows_skipped=counts.records - counts.inserted,
            undone_at=None,
            undone_by=None,
            undo_reason=None,
            metadata=_REMEMBERED,
            rows_came_back=True,
            updated_at=timezone.now(),
        )
