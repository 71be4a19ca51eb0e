"""How a file becomes rows of a table: the steps, nothing else. Page, API, worker and command all call run_import."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from uuid import UUID

from django.conf import settings

from core.actors import Actor
from imports.errors import MappingDoesNotFit
from imports.history import tracking
from imports.inference.scan import Scan
from imports.inference.spool import Spool
from imports.loading.outcome import (
    REFUSALS,
    audit_refusals,
    delete_record_if_refused,
    outcome,
    recorded_outcome,
)
from imports.loading.preflight import destination, facts_of, refuse_if_known, start
from imports.loading.progress_hook import Progress
from imports.loading.run import ImportRun
from imports.loading.stopwatch import Stopwatch
from imports.locks import table_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, MappingStatus
from imports.readers import open_reader
from imports.readers.limits import BATCH_TEXT
from imports.sources import SourceFile
from imports.sources.kept_files import keep
from imports.tables.catalog import refuse_reserved
from imports.tables.constraints import OF_FILE, raise_constraint_errors

#: Bytes of a file from which on it is loaded while it is read: of several batches, the first suggests the plan.
STREAMING_THRESHOLD_BYTES = 2 * BATCH_TEXT


def no_progress(phase: str, done: int, total: int) -> None:
    """Nobody looks."""


def run_import(
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    *,
    analysis_id: UUID | None = None,
    progress: Progress = no_progress,
) -> ImportHistory:
    """The whole line, at once. Raises AtlasError; where the import has a record by then, its id is in `details`."""
    watch = Stopwatch(already=source.hashing_seconds)
    table_name = destination(source.name, request)
    with audit_refusals(actor, source, table_name):
        refuse_reserved(table_name)
        refuse_if_known(source, request, table_name)
        import_id = start(facts_of(source), request, actor, table_name, analysis_id=analysis_id)
        with delete_record_if_refused(import_id), recorded_outcome(import_id, actor, watch, passing=REFUSALS):
            load(import_id, source, request, actor, watch, progress)
    return outcome(import_id, watch)


def load(
    import_id: UUID,
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    watch: Stopwatch,
    progress: Progress,
    *,
    meanwhile: Callable[[], None] | None = None,
) -> None:
    """The line of an import whose record is open, up to the commit. Raises AtlasError.

    meanwhile: as table_lock has it.
    """
    table_name = destination(source.name, request)
    with translate_constraint_errors(), Spool(settings.ATLAS_SPOOL_DIR) as spool:
        keep(source)
        reader = open_reader(source, request.source_options)
        survey = Scan(reader, spool, request)
        tracking.update_mapping_status(import_id, MappingStatus.IN_PROGRESS)
        run = ImportRun(import_id, table_name, request, actor, survey, watch, progress)
        early = source.size > STREAMING_THRESHOLD_BYTES and not request.needs_whole_file
        if not early:
            run.read()
        with table_lock(table_name, meanwhile=meanwhile):
            refuse_if_known(source, request, table_name)
            if not (early and run.load_while_reading()):
                run.load()


def translate_constraint_errors() -> AbstractContextManager[None]:
    """A row that breaks a rule that somebody gave the table is trouble of this file, and named without the row."""
    return raise_constraint_errors(MappingDoesNotFit, OF_FILE)
