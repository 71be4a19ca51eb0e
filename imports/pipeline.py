"""How a file becomes rows of a table: the steps, nothing else. Page, API, worker and command all call run_import."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from audit.log import Actor, record
from imports import history
from imports.errors import AlreadyImported
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.names import safe_table, table_name_of
from imports.outcome import outcome, recorded_outcome, refusals_audited
from imports.readers import open_reader
from imports.readers.limits import BATCH_TEXT
from imports.run import Progress, Run
from imports.sources import SourceFile, SourceType
from imports.sources.kept import keep
from imports.spool import Spool
from imports.survey import Survey
from imports.tables.locks import table_lock
from imports.tables.schema import refuse_reserved
from imports.timing import Stopwatch

#: Bytes of a file from which on it is loaded while it is read: of several batches, the first suggests the plan.
LONG = 2 * BATCH_TEXT


def unwatched(phase: str, done: int, total: int) -> None:
    """Nobody looks."""


def run_import(
    source: SourceFile,
    request: MappingRequest,
    actor: Actor,
    *,
    analysis_id: UUID | None = None,
    task_id: UUID | None = None,
    progress: Progress = unwatched,
) -> ImportHistory:
    """The whole line. Raises AtlasError; where the import has a record by then, its id is in `details`."""
    watch = Stopwatch(already=source.hashing_seconds)
    table_name = destination(source, request)
    with refusals_audited(actor, source, table_name):
        refuse_reserved(table_name)
        refuse_if_known(source, request, table_name)
        import_id = _start(source, request, actor, table_name, analysis_id, task_id)
        with recorded_outcome(import_id, actor, watch), Spool(settings.ATLAS_SPOOL_DIR) as spool:
            keep(source)
            reader = open_reader(source, request.source_options)
            survey = Survey(reader, spool, request)
            history.update_mapping_status(import_id, MappingStatus.IN_PROGRESS)
            run = Run(import_id, table_name, request, actor, survey, watch, progress)
            early = source.size > LONG and not request.needs_whole_file
            if not early:
                run.read()
            with table_lock(table_name):
                refuse_if_known(source, request, table_name)
                if not (early and run.load_while_reading()):
                    run.load()
    return outcome(import_id, watch)


def destination(source: SourceFile, request: MappingRequest) -> str:
    """The table's name: the one that was asked for, or the file's, made safe."""
    return safe_table(request.table_name) if request.table_name else table_name_of(source.name)


def refuse_if_known(source: SourceFile, request: MappingRequest, table_name: str) -> None:
    """Raises AlreadyImported where the same bytes stand in the same table."""
    if source.source_type == SourceType.API_DIRECT or request.force_import:
        return
    if not (request.check_duplicates and request.check_file_level):
        return
    earlier = ImportHistory.objects.filter(
        file_hash=source.sha256, table_name=table_name, undone_at=None,
        status__in=[ImportStatus.SUCCESS, ImportStatus.PARTIAL],
    ).first()  # fmt: skip
    if earlier:
        raise AlreadyImported(
            f"This file is in {table_name!r} already: import {earlier.pk} of {earlier.import_timestamp:%Y-%m-%d %H:%M} "
            "UTC. Undo that import, or set duplicate_check.force_import to import the file once more.",
            earlier_import_id=str(earlier.pk),
            table_name=table_name,
        )


def _start(
    source: SourceFile, request: MappingRequest, actor: Actor, table_name: str, analysis_id: UUID | None,
    task_id: UUID | None,
) -> UUID:  # fmt: skip
    import_id = history.start_import_tracking(
        source_type=source.source_type,
        source_path=source.source_path,
        file_name=source.name,
        file_size_bytes=source.size,
        file_hash=source.sha256,
        table_name=table_name,
        mapping_config=dict(request.as_given),
        duplicate_check_enabled=request.check_duplicates,
        user_id=actor.user_id,
        user_email=actor.email,
        metadata=None if actor.user_id else {"actor": actor.name},  # a command has no user id
        analysis_id=analysis_id,
        task_id=task_id,
    )
    record(actor, "import.started", import_id, table_name=table_name, file_hash=source.sha256, bytes=source.size)
    return UUID(import_id)
