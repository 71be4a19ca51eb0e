"""The path of a file into a table, in ten steps.

Pages, the API and commands call `run_import`; a worker, whose import was started when it was queued,
`run_started_import`.

 1. preflight: name the table, and refuse a reserved name or a file that the table already has;
 2. start: open the import's record, which the history shows as in progress from here on;
 3. keep: put the source file, as received, where undo, redo and provenance find it (sources.kept_files);
 4. read: turn its bytes into batches of text, which are spooled to disk (extraction, readers, inference.spool);
 5. infer: profile every column over all rows, after the rules of the mapping (inference.scan, inference.apply_rules);
 6. lock the table, check again whether it already has the file, and begin the one transaction of the import;
 7. plan: decide columns, types and strategy from mapping, profiles and table; the plan is frozen (planning.make_plan);
 8. convert: make typed values of each batch of text; what does not convert is an error, as data (conversion.convert);
 9. load: stage the rows, find duplicates, insert the others (load), and store each skipped row (ledger);
10. outcome: write counts, status and plan into the record; it is committed together with the rows (outcome).
    An import that `on_error` or `max_errors` stops keeps its errors and counts, without the rows.

Where the rows of a document are found may depend on the last import of the table: if another one ended before the lock
was taken, steps 4 to 6 are repeated.

A long file goes through steps 4 to 9 batch by batch, by the plan that its first batch suggests (`load_while_reading`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.db import transaction

from core.actors import Actor
from core.waits.given_up import given_up_waits
from core.waits.operations import named, stop_if_asked
from core.waits.watch import watched
from imports.errors import MappingDoesNotFit, PlanChanged, TooManyErrors
from imports.extraction import Work, opened
from imports.history import tracking
from imports.history.earlier_files import last_reading
from imports.loading.outcome import outcome, recorded_outcome
from imports.loading.preflight import (
    REFUSALS,
    audit_refusals,
    delete_record_if_refused,
    destination,
    refuse_if_known,
    refuse_unfit,
)
from imports.loading.progress_hook import Progress
from imports.loading.repair_files import refuse_repair_file
from imports.loading.run import ImportRun
from imports.loading.start import facts_of, start_import
from imports.loading.stopwatch import Stopwatch
from imports.locks import table_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, MappingStatus
from imports.readers.limits import BATCH_TEXT
from imports.readers.open_plain import is_read_otherwise
from imports.sources import SourceFile
from imports.sources.disk_space import refuse_if_short
from imports.sources.kept_files import keep
from imports.table_description import LastReading
from imports.tables.constraints import OF_FILE, raise_constraint_errors
from imports.user_limits import count_import

#: Files of at least this many bytes are loaded while they are read, by the plan that their first batch suggests.
STREAMING_THRESHOLD_BYTES = 2 * BATCH_TEXT


def no_progress(phase: str, done: int, total: int) -> None:
    """Report nothing; raise ClientGone where the client of the import has gone."""
    stop_if_asked()


def run_import(
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    *,
    analysis_id: UUID | None = None,
    progress: Progress = no_progress,
    metadata: Mapping[str, Any] | None = None,
) -> ImportHistory:
    """Import a file, all ten steps. Raises AtlasError, with the import's id in `details` where it has a record.

    metadata: what else the record says.
    """
    count_import(actor)
    watch = Stopwatch(already=source.hashing_seconds)
    refuse_if_short()
    table_name = destination(source.name, request)
    with watched(), given_up_waits(table_name), audit_refusals(actor, source, table_name):
        refuse_unfit(source, request, table_name)
        import_id = start_import(facts_of(source, metadata), request, actor, table_name, analysis_id=analysis_id)
        with (
            delete_record_if_refused(import_id, actor, watch),
            recorded_outcome(import_id, actor, watch, passing=REFUSALS),
        ):
            run_started_import(import_id, source, request, actor, watch, progress)
    return outcome(import_id, watch)


def run_started_import(
    import_id: UUID,
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    watch: Stopwatch,
    progress: Progress,
) -> None:
    """Carry out steps 3 to 10 for an import that has its record. Raises AtlasError."""
    table_name = destination(source.name, request)
    refuse_if_short()
    with named("import", import_id), given_up_waits(table_name), translate_constraint_errors():
        keep(source)
        tracking.update_mapping_status(import_id, MappingStatus.IN_PROGRESS)
        is_loaded = False
        while not is_loaded:
            last = last_reading(table_name)
            with opened(source, request, work=Work.IMPORT, last=last, keeps=True) as extraction:
                run = ImportRun(import_id, table_name, request, actor, extraction, watch, progress)
                is_loaded = read_and_load(run, source, last)


def read_and_load(run: ImportRun, source: SourceFile, last: LastReading | None) -> bool:
    """Carry out steps 4 to 10; return False where an import that ended meanwhile read its file in another way.

    last: how the last file of the table was read when this file was opened.
    """
    is_read = run.extraction.is_read()  # for a preview
    streams = source.size > STREAMING_THRESHOLD_BYTES and not (run.request.needs_whole_file or is_read)
    if not streams:
        run.read()
        refuse_repair_file(run.extraction)
    with table_lock(run.table_name):
        refuse_if_known(source, run.request, run.table_name)
        if is_read_otherwise(run.extraction.info(), last, last_reading(run.table_name)):
            return False
        if not (streams and load_while_reading(run)):
            load_whole(run)
    return True


def load_whole(run: ImportRun) -> None:
    """Load every row by the plan made from the whole file."""
    run.read()
    run.name_columns()
    run.apply_rules()
    try:
        with transaction.atomic(durable=True):
            table = run.describe_table()
            plan = run.make_plan(table)
            load = run.open_load(plan, table)
            run.put_all(load)
            run.finish(load, plan)
    except TooManyErrors as stop:
        raise run.keep_findings(plan, stop) from None


def load_while_reading(run: ImportRun) -> bool:
    """Load a long file while it is read, by the plan that its first batch suggests; return whether it was loaded.

    If the whole file results in another plan, the load is rolled back: then use `load_whole`.
    """
    run.extraction.read_first()
    refuse_repair_file(run.extraction)
    if not run.extraction.info().header:
        return False
    try:
        with transaction.atomic(durable=True):
            table = run.describe_table()
            early_plan = run.make_plan(table)
            load = run.open_load(early_plan, table)
            run.put_while_reading(load)
            run.refuse_mostly_unread()
            plan = run.make_plan(table)
            if not plan.produces_same_rows_as(early_plan):
                raise PlanChanged
            run.finish(load, plan)
    except (PlanChanged, MappingDoesNotFit):
        return False
    return True


def translate_constraint_errors() -> AbstractContextManager[None]:
    """Raise MappingDoesNotFit where a row breaks a constraint of the table: it names the constraint, not the row."""
    return raise_constraint_errors(MappingDoesNotFit, OF_FILE)
