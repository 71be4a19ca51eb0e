"""How a file becomes rows of a table: the steps, nothing else. Page, API, worker and command all call run_import."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction

from audit.log import Actor, record
from imports import history
from imports.coerce import TypedBatch, coerce
from imports.errors import (
    AlreadyImported,
    AtlasError,
    NothingLoaded,
    ReservedTable,
    ServiceError,
    TooManyErrors,
    UntrackedTable,
)  # fmt: skip
from imports.ledger import Ledger
from imports.loading import Counts, Load
from imports.mapping import MappingRequest, OnError
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.names import safe_table, table_name_of
from imports.plan import ImportPlan, make_plan
from imports.profile import ColumnProfile, ColumnProfiler
from imports.readers import Reader, open_reader
from imports.sources import SourceFile, SourceType
from imports.sources.kept import keep
from imports.spool import Spool
from imports.tables.locks import table_lock
from imports.tables.schema import describe_if_there, refuse_reserved
from imports.timing import Stopwatch
from imports.transform import apply_rules

#: Called between batches: phase, records done, records in all (0 while not known). May raise ImportCancelled.
Progress = Callable[[str, int, int], None]
_Item = TypeVar("_Item")
#: Records of a batch from which two threads are faster than one: below, they mostly wait for each other.
WORTH_THREADS = 4096
#: What is turned away before anything of it was tried.
REFUSALS = (AlreadyImported, ReservedTable, UntrackedTable)


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
            profiles = profile_rows(reader, spool, request.null_tokens, watch, progress)
            history.update_mapping_status(import_id, MappingStatus.IN_PROGRESS)
            with watch.phase("profiling"):
                records, profiles = apply_rules(spool, profiles, request)
            with table_lock(table_name):
                refuse_if_known(source, request, table_name)
                with transaction.atomic(durable=True):
                    table = describe_if_there(table_name)
                    plan = make_plan(
                        request, table_name=table_name, profiles=profiles, columns=records, table=table,
                        source_options=reader.understood.options,
                    )  # fmt: skip
                    order = history.next_import_order()
                    load = Load(plan, table, import_id, Ledger(import_id, reader.location), watch)
                    batches = (coerce(batch, plan) for batch in records.batches(len(profiles)))
                    for typed in watch.each("mapping", ahead(batches)):
                        stop_where_asked(plan, typed, load.counts, spool.records)
                        load.put(typed)
                        progress("loading", load.counts.records, spool.records)
                    counts = load.finish(spool.batches(len(plan.header)))
                    _complete(import_id, actor, plan, reader, counts, order, watch)
    return _outcome(import_id, watch)


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


def profile_rows(
    reader: Reader, spool: Spool, null_tokens: Iterable[str], watch: Stopwatch, progress: Progress
) -> list[ColumnProfile]:
    """Reads the file once, to its end: into the spool, and into a profile of every column."""
    tokens = tuple(null_tokens)
    profilers: list[ColumnProfiler] = []
    with ThreadPoolExecutor(2) as pool:
        for batch in watch.each("parsing", reader.batches()):
            spool.put(batch)
            while len(profilers) < len(batch.columns):
                profilers.append(ColumnProfiler(tokens))
            with watch.phase("profiling"):
                each = pool.map if batch.rows >= WORTH_THREADS else map
                list(each(ColumnProfiler.add, profilers, batch.columns))
            progress("reading", spool.records, 0)
    header, native = reader.understood.header, reader.understood.native_text
    profilers += [ColumnProfiler(tokens) for _ in header[len(profilers) :]]
    return [
        profiler.finish(name, native_text=position in native)
        for position, (name, profiler) in enumerate(zip(header, profilers, strict=True))
    ]


def stop_where_asked(plan: ImportPlan, batch: TypedBatch, so_far: Counts, records: int) -> None:
    """Raises TooManyErrors where `on_error` or `max_errors` says so. records: of the whole file."""
    if not len(batch.problems):
        return
    errors = so_far.problems + len(batch.problems)
    if plan.on_error == OnError.ABORT:
        first = batch.problems.slice(0, 1).to_pylist()[0]
        raise TooManyErrors(
            f"Record {first['record_number']:,}, column {first['target_field']}: {first['error_message']}. "
            "on_error is abort, so nothing was loaded."
        )
    if plan.max_errors.exceeded_by(errors, records):
        raise TooManyErrors(
            f"At least {errors:,} values or records of {records:,} records did not fit, more than max_errors allows. "
            "Nothing was loaded."
        )


def ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """The items, the next one made while this one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


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


@contextmanager
def refusals_audited(actor: Actor, source: SourceFile, table_name: str) -> Iterator[None]:
    """What is refused leaves no import, only an entry in the audit log."""
    try:
        yield
    except REFUSALS as refusal:
        record(actor, "import.refused", table_name, code=refusal.code, file_name=source.name, file_hash=source.sha256)
        raise


@contextmanager
def recorded_outcome(import_id: UUID, actor: Actor, watch: Stopwatch) -> Iterator[None]:
    """Whatever stops the import, its record says so: what the file's trouble was, or that it was ours."""
    try:
        yield
    except REFUSALS:
        history.withdraw(import_id)
        raise
    except AtlasError as error:
        error.details["import_id"] = str(import_id)
        _fail(import_id, actor, error.message, watch)
        raise
    except DatabaseError as error:
        # The database's own words quote the row; only their kind goes on.
        trouble = ServiceError(of_the_service(error), import_id=str(import_id))
        _fail(import_id, actor, trouble.message, watch)
        raise trouble from None
    except BaseException as error:
        _fail(import_id, actor, of_the_service(error), watch)
        raise


def of_the_service(error: BaseException) -> str:
    return f"An error of the service ({type(error).__name__}), not of the file."


def _fail(import_id: UUID, actor: Actor, message: str, watch: Stopwatch) -> None:
    history.complete_import_tracking(
        import_id,
        ImportStatus.FAILED,
        total_rows_in_file=0,
        rows_processed=0,
        rows_inserted=0,
        duration_seconds=watch.total,
        error_message=message,
        parsing_time_seconds=watch.seconds["parsing"],
        mapping_status=MappingStatus.FAILED,
    )
    record(actor, "import.failed", str(import_id), reason=message)


def _complete(
    import_id: UUID, actor: Actor, plan: ImportPlan, reader: Reader, counts: Counts, order: int, watch: Stopwatch
) -> None:
    nothing_loaded = counts.nothing_loaded
    status = ImportStatus.PARTIAL if counts.rejected else ImportStatus.SUCCESS
    history.update_mapping_status(import_id, _mapping_status(counts), counts.problems, watch.seconds["mapping"])
    history.complete_import_tracking(
        import_id,
        ImportStatus.FAILED if nothing_loaded else status,
        total_rows_in_file=counts.records,
        rows_processed=counts.records - counts.unreadable,
        rows_inserted=counts.inserted,
        duration_seconds=watch.total,
        error_message=_nothing_loaded(counts) if nothing_loaded else None,
        warnings=[*reader.understood.warnings, *plan.warnings],
        duplicates_found=counts.duplicates,
        rows_rejected=counts.rejected,
        rows_filtered=counts.filtered,
        validation_errors=counts.value_errors,
        parsing_time_seconds=watch.seconds["parsing"],
        duplicate_check_time_seconds=watch.seconds["duplicate_check"],
        insert_time_seconds=watch.seconds["insert"],
        file_type=reader.understood.file_type,
        import_strategy=plan.strategy,
        mapping_config=plan.as_config(),
        import_order=order,
    )
    record(actor, "import.finished", str(import_id), table_name=plan.table_name, **vars(counts))


def _mapping_status(counts: Counts) -> MappingStatus:
    if counts.nothing_loaded:
        return MappingStatus.FAILED
    return MappingStatus.COMPLETED_WITH_ERRORS if counts.problems else MappingStatus.COMPLETED


def _nothing_loaded(counts: Counts) -> str:
    left = " that the filters left" if counts.filtered else ""
    return (
        f"Every one of the {counts.rejected:,} records{left} was rejected; nothing was loaded. "
        "The records and the reasons are kept with this import."
    )


def _outcome(import_id: UUID, watch: Stopwatch) -> ImportHistory:
    """The record as it stands after the commit. Raises NothingLoaded where every record was rejected."""
    history.set_duration(import_id, watch.total)
    found = ImportHistory.objects.get(pk=import_id)
    if found.status == ImportStatus.FAILED:
        raise NothingLoaded(str(found.error_message), import_id=str(import_id))
    return found
