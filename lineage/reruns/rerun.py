"""Run an import again from its kept file with another mapping, at its own place in the order.

One transaction, one replay: the rows of the old import are removed, the file's records are judged by the new plan on
the rows as they were at that place, then the later imports. The law and the way through these modules: docs/undo.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

from django.db import transaction

from audit.log import record as record_in_audit_log
from core.actors import Actor
from core.waits.given_up import given_up_waits
from core.waits.operations import named
from core.waits.watch import watched
from imports.errors import CannotRerun, CannotUndo
from imports.extraction import Work, opened
from imports.history.earlier_files import last_reading
from imports.loading.load import Loaded
from imports.loading.outcome import complete
from imports.loading.pipeline import no_progress, run_import
from imports.loading.run import ImportRun
from imports.loading.stopwatch import Stopwatch
from imports.locks import table_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus
from imports.readers.open_plain import is_read_otherwise
from imports.sources import SourceFile, SourceType
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import fetched
from imports.user_limits import count_import, count_preview
from lineage.reruns import messages
from lineage.reruns.difference import RerunPreview, preview_of
from lineage.reruns.preconditions import request_for, require_rerunnable
from lineage.reruns.queries.snapshot import look_only
from lineage.reruns.records import link_replaced, mark_replaced, metadata_of_rerun
from lineage.reruns.replacement import Replacement
from lineage.reruns.report import RerunReport, report_of_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from lineage.undo.undo import PREVIEW_SECONDS


def rerun_import(
    import_id: UUID,
    mapping: MappingRequest,
    actor: Actor,
    reason: str = "",
    changed_rows: EditedRowsChoice | None = None,
) -> RerunReport:
    """Replace an import by one of the same file with this mapping; of one that failed, import its file at the end.

    changed_rows: required where rows would be removed or changed that were changed manually. Raises UnknownImport,
    CannotRerun, HistoryPurged, TableBusy, TableChanged, and as an import does; then nothing was changed.
    """
    record = require_rerunnable(import_id)
    request = request_for(record, mapping)
    refuse_if_short()
    if record.status == ImportStatus.FAILED:
        return _import_again(record, request, actor, reason)
    count_import(actor)
    watch = Stopwatch()
    with _read_for(record, request, actor, watch) as run, transaction.atomic(durable=True):
        replacement = Replacement(import_id, run, changed_rows)
        replacement.refuse_if_blocked()
        report = replacement.carry_out()
        _replace(replacement, run, reason)
        details = report.as_dict() | ({"changed_rows": str(changed_rows)} if changed_rows else {})
        del details["rerun_of"]
        record_in_audit_log(actor, "import.rerun", str(import_id), reason=reason, **details)
    return report


def preview(
    import_id: UUID,
    mapping: MappingRequest,
    actor: Actor,
    changed_rows: EditedRowsChoice | None = None,
) -> RerunPreview:
    """Return what a rerun would change now; change nothing. Raises as `rerun_import`, but for what `blocked_by` has."""
    record = require_rerunnable(import_id)
    request = request_for(record, mapping)
    if record.status == ImportStatus.FAILED:
        raise CannotRerun(messages.NO_PREVIEW_OF_FAILED())
    refuse_if_short()
    count_preview(actor)
    with watched(), _read_for(record, request, actor, Stopwatch(), locks=False) as run, transaction.atomic():
        look_only(PREVIEW_SECONDS)
        found = preview_of(Replacement(import_id, run, changed_rows))
        transaction.set_rollback(True)
    return found


def _replace(replacement: Replacement, run: ImportRun, reason: str) -> None:
    """Undo the old import in the history, and complete the record of the new one, which has its place."""
    mark_replaced(replacement.record, replacement.new.pk, run.actor, reason)
    loaded = Loaded(
        replacement.counts, replacement.updated_columns, replacement.place.order, replacement.records.warnings()
    )
    complete(replacement.new.pk, run.actor, replacement.plan, run.extraction, loaded, run.watch)
    ImportHistory.objects.filter(pk=replacement.new.pk).update(rows_came_back=True)


def _import_again(record: ImportHistory, request: MappingRequest, actor: Actor, reason: str) -> RerunReport:
    """Import the file of an import that loaded nothing, as any file: at the end of the order."""
    with source_of(record) as source:
        new = run_import(source, request, actor, metadata=metadata_of_rerun(record))
    link_replaced(record, new.pk)
    report = report_of_import(record, new)
    details = report.as_dict()
    del details["rerun_of"]
    record_in_audit_log(actor, "import.rerun", str(record.pk), reason=reason, **details)
    return report


@contextmanager
def _read_for(
    record: ImportHistory, request: MappingRequest, actor: Actor, watch: Stopwatch, *, locks: bool = True
) -> Iterator[ImportRun]:
    """Read the whole file, and lock the table. It is read as after the imports before its place."""
    table, order = record.table_name, record.import_order
    with given_up_waits(table), as_rerun(), source_of(record) as source:
        while True:
            last = last_reading(table, before=order)
            with opened(source, request, work=Work.IMPORT, last=last, keeps=True) as extraction:
                run = ImportRun(uuid4(), table, request, actor, extraction, watch, no_progress)
                run.read()
                run.name_columns()
                run.apply_rules()
                with _locked(record, locks=locks):
                    if not is_read_otherwise(extraction.info(), last, last_reading(table, before=order)):
                        yield run
                        return


@contextmanager
def _locked(record: ImportHistory, *, locks: bool) -> Iterator[None]:
    if not locks:
        yield
        return
    with table_lock(record.table_name), named("rerun", record.pk):
        yield


@contextmanager
def source_of(record: ImportHistory) -> Iterator[SourceFile]:
    """Open the kept file of an import. Raises SourceUnavailable."""
    with fetched(
        record.file_hash or "",
        record.file_name or "unnamed",
        source_type=SourceType(record.source_type),
        source_path=record.source_path,
        origin=(record.metadata or {}).get("b2"),
    ) as source:
        yield source


@contextmanager
def as_rerun() -> Iterator[None]:
    """Raise CannotRerun where what a rerun has in common with an undo is refused."""
    try:
        yield
    except CannotUndo as error:
        raise CannotRerun(error.message, **error.details) from None
