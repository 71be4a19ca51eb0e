"""How a file becomes rows of a table: the steps, nothing else. Page, API, worker and command all call run_import."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID

from django.conf import settings

from audit.log import record
from core.actors import Actor
from imports.errors import AlreadyImported, MappingDoesNotFit
from imports.history import tracking
from imports.identifiers import safe_table, table_name_of
from imports.inference.scan import Survey
from imports.inference.spool import Spool
from imports.locks import table_lock
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.outcome import REFUSALS, outcome, recorded_outcome, refusals_audited, withdrawn_where_refused
from imports.readers import open_reader
from imports.readers.limits import BATCH_TEXT
from imports.run import Progress, Run
from imports.sources import SourceFile, SourceType
from imports.sources.kept import keep
from imports.tables.own_rules import unless_broken
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
    progress: Progress = unwatched,
) -> ImportHistory:
    """The whole line, at once. Raises AtlasError; where the import has a record by then, its id is in `details`."""
    watch = Stopwatch(already=source.hashing_seconds)
    table_name = destination(source.name, request)
    with refusals_audited(actor, source, table_name):
        refuse_reserved(table_name)
        refuse_if_known(source, request, table_name)
        import_id = start(facts_of(source), request, actor, table_name, analysis_id=analysis_id)
        with withdrawn_where_refused(import_id), recorded_outcome(import_id, actor, watch, passing=REFUSALS):
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
    with rules_obeyed(), Spool(settings.ATLAS_SPOOL_DIR) as spool:
        keep(source)
        reader = open_reader(source, request.source_options)
        survey = Survey(reader, spool, request)
        tracking.update_mapping_status(import_id, MappingStatus.IN_PROGRESS)
        run = Run(import_id, table_name, request, actor, survey, watch, progress)
        early = source.size > LONG and not request.needs_whole_file
        if not early:
            run.read()
        with table_lock(table_name, meanwhile=meanwhile):
            refuse_if_known(source, request, table_name)
            if not (early and run.load_while_reading()):
                run.load()


def rules_obeyed() -> AbstractContextManager[None]:
    """A row that breaks a rule that somebody gave the table is trouble of this file, and named without the row."""
    return unless_broken(MappingDoesNotFit, "A row of the file", "Change the file or its mapping, or drop the rule.")


def destination(file_name: str, request: MappingRequest) -> str:
    """The table's name: the one that was asked for, or the file's, made safe."""
    return safe_table(request.table_name) if request.table_name else table_name_of(file_name)


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


def start(
    arrived: Mapping[str, Any],
    request: MappingRequest,
    actor: Actor,
    table_name: str,
    *,
    analysis_id: UUID | None = None,
    task_id: UUID | None = None,
) -> UUID:
    """Opens the import's record, which this connection keeps alive.

    arrived: what is known of the source by the names of the history's columns.
    """
    facts = dict(arrived)
    # A command has no user id.
    metadata = {**facts.pop("metadata", {}), **({} if actor.user_id else {"actor": actor.name})}
    import_id = tracking.start_import_tracking(
        **facts,
        table_name=table_name,
        mapping_config=dict(request.as_given),
        duplicate_check_enabled=request.check_duplicates,
        user_id=actor.user_id,
        user_email=actor.email,
        metadata=metadata,
        analysis_id=analysis_id,
        task_id=task_id,
    )
    record(
        actor, "import.started", import_id, table_name=table_name,
        file_hash=facts.get("file_hash"), bytes=facts["file_size_bytes"],
    )  # fmt: skip
    return UUID(import_id)


def facts_of(source: SourceFile) -> dict[str, Any]:
    """By the names of the history's columns."""
    return {
        "source_type": source.source_type,
        "source_path": source.source_path,
        "file_name": source.name,
        "file_size_bytes": source.size,
        "file_hash": source.sha256,
        "metadata": {"b2": dict(source.origin)} if source.origin else {},
    }
