"""Record the result of an import: in its history record and in the audit log."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from traceback import format_tb
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.utils import DatabaseError
from rest_framework.status import is_server_error

from audit.log import record
from core.actors import Actor
from core.errors import SERVICE_FAULTS, AtlasError, DatabaseUnavailable, ServiceError
from core.faults import service_fault
from core.messages import Message, storable
from core.sqlstates import sqlstate_of
from imports.errors import NothingLoaded
from imports.extraction.extraction import Extraction
from imports.history import tracking
from imports.history.earlier_files import columns_hash
from imports.identifiers import header_hash
from imports.loading import messages
from imports.loading.load import Counts, Loaded
from imports.loading.stopwatch import Stopwatch
from imports.locks import close_if_lost
from imports.models import LOADED_STATUSES, ImportHistory, ImportStatus, MappingStatus
from imports.planning.plan import ImportPlan

log = logging.getLogger(__name__)

RECORD_PAUSES = (0.0, 0.5, 1.0, 2.0, 4.0)  # seconds before each attempt to record a failure

#: Exceptions that a library raises for a damaged file, but that a bug raises too: exactly these, no subclasses.
AMBIGUOUS_ERRORS = (KeyError, IndexError, LookupError, ValueError, RuntimeError)


@contextmanager
def recorded_outcome(
    import_id: UUID, actor: Actor, watch: Stopwatch, *, passing: tuple[type[Exception], ...] = ()
) -> Iterator[None]:
    """Record as failed an import that an exception stops: with the file's problem, or as an error of the service.

    passing: exceptions that leave the record as it is.
    """
    try:
        yield
    except passing:
        raise
    except SERVICE_FAULTS as fault:
        _log(import_id, fault)
        _raise_unless_imported(import_id, actor, _nothing_imported(fault), watch)
    except AtlasError as error:
        if is_server_error(error.http_status):
            _log(import_id, error)
        elif type(error.__cause__) in AMBIGUOUS_ERRORS:
            _log_ambiguous(import_id, error)
        error.details["import_id"] = str(import_id)
        fail(import_id, actor, error, watch)
        raise
    except Exception as error:
        _log(import_id, error)
        found = service_fault(error)
        problem = _nothing_imported(found) if found else ServiceError(internal_error(error))
        # Its text may quote a row, as texts of the database do: only its type is raised.
        _raise_unless_imported(import_id, actor, problem, watch)
    except BaseException as error:
        _log(import_id, error)
        fail(import_id, actor, ServiceError(internal_error(error), import_id=str(import_id)), watch)
        raise


def _raise_unless_imported(import_id: UUID, actor: Actor, problem: AtlasError, watch: Stopwatch) -> None:
    """Record an import as failed and raise the problem, unless only the answer to its commit was lost."""
    problem.details["import_id"] = str(import_id)
    status = _recorded_status(import_id, actor, problem, watch)
    if status is None:
        raise _result_unknown(import_id) from None
    if status not in LOADED_STATUSES:
        raise problem from None


def _nothing_imported(fault: AtlasError) -> AtlasError:
    return type(fault)(messages.NOTHING_IMPORTED(fault=fault.message.as_json()))


def _result_unknown(import_id: UUID) -> DatabaseUnavailable:
    return DatabaseUnavailable(messages.RESULT_UNKNOWN(import_id=str(import_id)), import_id=str(import_id))


def _recorded_status(import_id: UUID, actor: Actor, problem: AtlasError, watch: Stopwatch) -> str | None:
    """Record an import as failed unless it ended; return its status, None if the database cannot be reached.

    A server that restarts is back within seconds. If it is not, a sweep marks the import as failed later.
    """
    for pause in RECORD_PAUSES:
        time.sleep(pause)
        try:
            close_if_lost()
            fail(import_id, actor, problem, watch)
            return ImportHistory.objects.values_list("status", flat=True).get(pk=import_id)
        except DatabaseError as error:
            if service_fault(error) is None:
                raise
            _log(import_id, error)
    return None


def _log_ambiguous(import_id: UUID, error: AtlasError) -> None:
    """Log where an exception arose that was treated as a problem of the file, without its text."""
    cause = error.__cause__
    # An exception of the process that reads the file has its traceback there as a note.
    traceback = "".join([*format_tb(cause.__traceback__), *getattr(cause, "__notes__", ())]) if cause else ""
    log.warning("%s from %s in import %s\n%s", type(error).__name__, type(cause).__name__, import_id, traceback)


def internal_error(error: BaseException) -> Message:
    return messages.SERVICE_FAILED(error=type(error).__name__)


def _log(import_id: UUID, error: BaseException) -> None:
    """Log where an error of the service happened, without its text, which may quote a row.

    A fault of disk or database is one line, as in every request: where it was noticed says nothing about it.
    """
    state = sqlstate_of(error)
    kind = f"{type(error).__name__} (SQLSTATE {state})" if state else type(error).__name__
    is_fault = isinstance(error, SERVICE_FAULTS) or service_fault(error) is not None
    log.error("%s in import %s%s", kind, import_id, "" if is_fault else "\n" + "".join(format_tb(error.__traceback__)))


@transaction.atomic
def fail(import_id: UUID, actor: Actor, error: AtlasError, watch: Stopwatch) -> None:
    """Record an import as failed, unless its record is already complete.

    The message may quote a value of the file: the history has it, the audit log only the error's code.
    """
    if not ImportHistory.objects.select_for_update().filter(pk=import_id, status=ImportStatus.IN_PROGRESS).exists():
        return
    tracking.complete_import_tracking(
        import_id,
        ImportStatus.FAILED,
        total_rows_in_file=0,
        rows_processed=0,
        rows_inserted=0,
        duration_seconds=watch.total,
        error_message=str(error),
        parsing_time_seconds=watch.seconds["parsing"],
        mapping_status=MappingStatus.FAILED,
        metadata=_with_error(import_id, error),
        not_read=storable(error.details.get("not_read")),
    )
    record(actor, "import.failed", str(import_id), code=error.code)


def _with_error(import_id: UUID, error: AtlasError) -> dict[str, Any]:
    """Return the import's metadata with the error that stopped it."""
    metadata = ImportHistory.objects.values_list("metadata", flat=True).get(pk=import_id) or {}
    return {**metadata, "error": {"code": error.code, "details": error.details}}


def complete(
    import_id: UUID, actor: Actor, plan: ImportPlan, extraction: Extraction, loaded: Loaded, watch: Stopwatch
) -> None:
    """Complete the import's record, under the table's lock and in the transaction of the rows."""
    counts = loaded.counts
    nothing_loaded = counts.nothing_loaded
    status = ImportStatus.PARTIAL if counts.rejected else ImportStatus.SUCCESS
    tracking.update_mapping_status(import_id, _mapping_status(counts), counts.problems, watch.seconds["mapping"])
    tracking.complete_import_tracking(
        import_id,
        ImportStatus.FAILED if nothing_loaded else status,
        error_message=str(nothing_loaded_message(counts)) if nothing_loaded else None,
        duplicates_found=counts.duplicates,
        duplicate_check_time_seconds=watch.seconds["duplicate_check"],
        insert_time_seconds=watch.seconds["insert"],
        rows_updated=counts.updated,
        updated_columns=list(loaded.updated_columns) or None,
        import_order=tracking.next_import_order() if loaded.import_order is None else loaded.import_order,
        **_findings(plan, extraction, counts, watch, loaded.warnings),
    )
    if nothing_loaded:
        error = NothingLoaded(nothing_loaded_message(counts), import_id=str(import_id))
        ImportHistory.objects.filter(pk=import_id).update(metadata=_with_error(import_id, error))
    record(actor, "import.finished", str(import_id), table_name=plan.table_name, **vars(counts))


def complete_stopped(
    import_id: UUID,
    actor: Actor,
    plan: ImportPlan,
    extraction: Extraction,
    counts: Counts,
    error: AtlasError,
    watch: Stopwatch,
) -> None:
    """Complete the record of an import that an error stopped, with what was found in the file. No row is loaded."""
    error.details["import_id"] = str(import_id)
    tracking.update_mapping_status(import_id, MappingStatus.FAILED, counts.problems, watch.seconds["mapping"])
    tracking.complete_import_tracking(
        import_id,
        ImportStatus.FAILED,
        error_message=str(error),
        rows_skipped=counts.rejected + counts.filtered,
        metadata=_with_error(import_id, error),
        **_findings(plan, extraction, counts, watch),
    )
    record(actor, "import.failed", str(import_id), code=error.code)


def _findings(
    plan: ImportPlan, extraction: Extraction, counts: Counts, watch: Stopwatch, warnings: Iterable[Message] = ()
) -> dict[str, Any]:
    """Return what an import found in its file, by the names of the history's columns."""
    file_info = extraction.info()
    config = {**plan.as_config(), "reading": extraction.reading()}
    all_warnings = [*file_info.warnings, *plan.warnings, *warnings, *_of_large_rows(plan, counts)]
    return {
        "total_rows_in_file": counts.records,
        "rows_processed": counts.records - counts.unreadable,
        "rows_inserted": counts.inserted,
        "duration_seconds": watch.total,
        "warnings": list(map(str, all_warnings)),
        "warning_details": [warning.as_json() for warning in all_warnings],
        "rows_rejected": counts.rejected,
        "rows_filtered": counts.filtered,
        "validation_errors": counts.value_errors,
        "parsing_time_seconds": watch.seconds["parsing"],
        "file_type": file_info.file_type,
        "import_strategy": plan.strategy,
        "mapping_config": config,
        "header_hash": header_hash(plan.header),
        "columns_hash": columns_hash(config),
        "not_read": storable(file_info.not_read.as_json()),
    }


def _of_large_rows(plan: ImportPlan, counts: Counts) -> Iterator[Message]:
    """Yield the warning that most rows are too large as they are, and would not be with other types."""
    if counts.fit_as_doubles * 2 > counts.records:
        columns = [column.name for column in plan.columns if column.sql_type.name == "NUMERIC"]
        yield messages.TOO_LARGE_AS_NUMERIC(rows=counts.fit_as_doubles, columns=columns)


def _mapping_status(counts: Counts) -> MappingStatus:
    if counts.nothing_loaded:
        return MappingStatus.FAILED
    return MappingStatus.COMPLETED_WITH_ERRORS if counts.problems else MappingStatus.COMPLETED


def nothing_loaded_message(counts: Counts) -> Message:
    """Return why nothing was loaded: every row was rejected."""
    sentence = messages.ALL_UNFILTERED_REJECTED if counts.filtered else messages.ALL_REJECTED
    return sentence(records=counts.rejected)


def _failure_message(record: ImportHistory) -> Message:
    details = (record.metadata or {})["error"]["details"]
    return Message(details["reason"], details["params"])


def outcome(import_id: UUID, watch: Stopwatch) -> ImportHistory:
    """Return the record after the commit. Raises NothingLoaded where every row was rejected."""
    tracking.set_duration(import_id, watch.total)
    completed = ImportHistory.objects.get(pk=import_id)
    if completed.status == ImportStatus.FAILED:
        raise NothingLoaded(_failure_message(completed), import_id=str(import_id))
    return completed
