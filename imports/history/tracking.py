"""The history of imports: the specification's functions, for the product's own imports and for callers' code.

Names and parameters: import-tracking.md, *Manual Integration* and *API Functions*.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import ValidationError
from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from audit.log import record
from core.actors import Actor
from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from imports.errors import MAX_SOURCE_VALUE_LENGTH, UnknownImport
from imports.history import messages
from imports.locks import hold_liveness_lock, is_running, release_liveness_lock
from imports.locks.patience import set_lock_timeout
from imports.models import LOADED_STATUSES, ErrorSummary, ImportHistory, ImportStatus, MappingError, MappingStatus

INTERRUPTED = messages.IMPORT_DIED()
DELETE_SECONDS = 0.5  # that the deletion of a record waits for a lock


def calculate_file_hash(file_content: bytes) -> str:
    """Return the SHA-256 of the content, 64 hex digits."""
    return hashlib.sha256(file_content).hexdigest()


def start_import_tracking(
    source_type: str,
    file_name: str | None,
    table_name: str,
    file_size_bytes: int | None = None,
    file_type: str | None = None,
    file_hash: str | None = None,
    mapping_config: Mapping[str, Any] | None = None,
    user_id: str | None = None,
    user_email: str | None = None,
    source_path: str | None = None,
    import_strategy: str | None = None,
    duplicate_check_enabled: bool = True,
    analysis_id: UUID | str | None = None,
    task_id: UUID | str | None = None,
    metadata: Mapping[str, Any] | None = None,
) -> str:
    """Open the record of an import, `in_progress`; return its id. It counts as stale when this connection is closed."""
    fail_stale_imports()
    import_id = uuid4()
    hold_liveness_lock(import_id)
    texts = {
        "user_id": user_id, "user_email": user_email, "source_type": source_type, "file_name": file_name,
        "file_type": file_type, "file_hash": file_hash, "table_name": table_name, "import_strategy": import_strategy,
    }  # fmt: skip
    cut, full = _cut_to_columns(texts)
    ImportHistory.objects.create(
        import_id=import_id,
        source_path=source_path,
        file_size_bytes=file_size_bytes,
        mapping_config=mapping_config,
        duplicate_check_enabled=duplicate_check_enabled,
        status=ImportStatus.IN_PROGRESS,
        analysis_id=analysis_id,
        task_id=task_id,
        metadata={**(metadata or {}), **full},
        **cut,
    )
    return str(import_id)


def _cut_to_columns(texts: Mapping[str, str | None]) -> tuple[dict[str, str | None], dict[str, str]]:
    """Return the texts cut to the lengths of their columns, and the full texts of those that were cut."""
    cut, full = {}, {}
    for name, text in texts.items():
        longest = getattr(ImportHistory._meta.get_field(name), "max_length", None) or 0
        cut[name] = text if text is None else text[:longest]
        if text is not None and len(text) > longest:
            full[name] = text
    return cut, full


def complete_import_tracking(
    import_id: str | UUID,
    status: str,
    total_rows_in_file: int,
    rows_processed: int,
    rows_inserted: int,
    duration_seconds: float = 0,
    error_message: str | None = None,
    warnings: Sequence[str] | None = None,
    rows_skipped: int | None = None,
    duplicates_found: int | None = None,
    validation_errors: int | None = None,
    parsing_time_seconds: float | None = None,
    duplicate_check_time_seconds: float | None = None,
    insert_time_seconds: float | None = None,
    rows_rejected: int | None = None,
    rows_filtered: int | None = None,
    rows_updated: int = 0,
    **more: Any,
) -> None:
    """Complete the record of an import. Missing counts are derived: rows that are not counted otherwise are rejected.

    more: further columns of import_history. Raises UnknownImport, and ValueError if the counts do not add up.
    """
    counts = _balanced(
        total_rows_in_file, rows_inserted, rows_updated, rows_skipped, duplicates_found, rows_rejected, rows_filtered,
        is_loaded=status in LOADED_STATUSES,
    )  # fmt: skip
    if status in LOADED_STATUSES and "import_order" not in more:
        more["import_order"] = next_import_order()
    _update(
        import_id,
        status=status,
        rows_processed=rows_processed,
        duration_seconds=_seconds(duration_seconds),
        error_message=error_message,
        warnings=list(warnings or []),
        validation_errors=validation_errors or 0,
        parsing_time_seconds=_seconds(parsing_time_seconds or 0),
        duplicate_check_time_seconds=_seconds(duplicate_check_time_seconds or 0),
        insert_time_seconds=_seconds(insert_time_seconds or 0),
        **counts,
        **more,
    )
    # After the commit: before it, other connections do not see that the import is complete.
    transaction.on_commit(lambda: release_liveness_lock(_uuid(import_id)))


def _balanced(
    total: int,
    inserted: int,
    updated: int,
    skipped: int | None,
    duplicates: int | None,
    rejected: int | None,
    filtered: int | None,
    *,
    is_loaded: bool,
) -> dict[str, int]:
    """Return the counts: total = inserted + updated + skipped, skipped = duplicates + rejected + filtered.

    A total may be higher where nothing is loaded: rows that would have been are not skipped.
    """
    loaded = inserted + updated
    skipped = total - loaded if skipped is None else skipped
    duplicates, filtered = duplicates or 0, filtered or 0
    rejected = skipped - duplicates - filtered if rejected is None else rejected
    adds_up = total == loaded + skipped if is_loaded else total >= loaded + skipped
    if not adds_up or skipped != duplicates + rejected + filtered or rejected < 0 or skipped < 0:
        raise ValueError(
            f"The counts do not add up: {total} records, {inserted} inserted, {updated} updated, {skipped} "
            f"skipped, of them {duplicates} duplicates, {rejected} rejected, {filtered} filtered."
        )
    return {
        "total_rows_in_file": total, "rows_inserted": inserted, "rows_updated": updated, "rows_skipped": skipped,
        "duplicates_found": duplicates, "rows_rejected": rejected, "rows_filtered": filtered,
    }  # fmt: skip


def next_import_order() -> int:
    """Return the next position in the order of imports; call it under the table's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('imports_import_order')")
        return int(cursor.fetchone()[0])


def import_positions(table_name: str) -> dict[UUID, int]:
    """Return the position of every import that was loaded into the table, including undone ones."""
    orders = ImportHistory.objects.filter(table_name=table_name).order_by().values_list("import_id", "import_order")
    return {import_id: order for import_id, order in orders if order is not None}


def row_ids_follow_import_order(table_name: str) -> bool:
    """Return whether the ids of the table's rows follow the order of their imports."""
    return not ImportHistory.objects.filter(table_name=table_name, rows_came_back=True, undone_at=None).exists()


def update_mapping_status(
    import_id: str | UUID, status: str, errors_count: int = 0, duration_seconds: float | None = None
) -> None:
    """Set the mapping status; record the errors before. Raises UnknownImport."""
    changes: dict[str, Any] = {
        "mapping_status": MappingStatus(status),
        "mapping_errors_count": errors_count,
        "errors_by_type": _errors_by_type(_uuid(import_id)) if errors_count else None,
    }
    if status == MappingStatus.IN_PROGRESS:
        changes["mapping_started_at"] = timezone.now()
    else:
        changes["mapping_completed_at"] = timezone.now()
        changes["mapping_duration_seconds"] = None if duration_seconds is None else _seconds(duration_seconds)
    _update(import_id, **changes)


def _errors_by_type(import_id: UUID) -> dict[str, int]:
    """Return the number of errors of each error_type; "" for errors without one."""
    errors = MappingError.objects.filter(import_record_id=import_id).order_by().values_list("error_type")
    return {error_type or "": number for error_type, number in errors.annotate(number=Count("pk"))}


def record_mapping_errors_batch(import_id: str | UUID, errors: Sequence[Mapping[str, Any]]) -> None:
    """Record errors. errors: column name of mapping_errors -> value; `error_message` is required."""
    MappingError.objects.bulk_create(
        [_mapping_error(_uuid(import_id), error) for error in errors], batch_size=5_000
    )  # fmt: skip
    ErrorSummary.objects.filter(pk=_uuid(import_id)).delete()


def _mapping_error(import_id: UUID, error: Mapping[str, Any]) -> MappingError:
    number, value = error.get("record_number"), error.get("source_value")
    return MappingError(
        import_record_id=import_id,
        record_number=number,
        source_field=error.get("source_field"),
        target_field=error.get("target_field"),
        error_type=error.get("error_type"),
        error_message=error["error_message"],
        source_value=None if value is None else str(value).replace("\x00", "\ufffd")[:MAX_SOURCE_VALUE_LENGTH],
        chunk_number=error.get("chunk_number") or (None if number is None else (number - 1) // 20_000 + 1),
        location=error.get("location"),
    )


def get_import_history(
    import_id: str | UUID | None = None,
    table_name: str | None = None,
    user_id: str | None = None,
    status: str | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[dict[str, Any]]:
    """Return imports as dicts by column name, newest first."""
    filters = {"import_id": import_id, "table_name": table_name, "user_id": user_id, "status": status}
    try:
        imports = ImportHistory.objects.filter(**{name: value for name, value in filters.items() if value is not None})
        return [_as_dict(record) for record in imports[offset : offset + limit].values()]
    except ValidationError:
        return []  # the id is not a UUID


def get_mapping_errors(
    import_id: str | UUID, limit: int = 100, offset: int = 0, error_type: str | None = None
) -> list[dict[str, Any]]:
    """Return the mapping errors of one import as dicts by column name, ordered by record number."""
    errors = MappingError.objects.filter(import_record_id=_uuid(import_id)).order_by("record_number", "id")
    if error_type is not None:
        errors = errors.filter(error_type=error_type)
    return [_as_dict(error) for error in _by_column(errors)[offset : offset + limit]]


def _by_column(errors: QuerySet[MappingError]) -> Any:
    names = [field.name for field in MappingError._meta.fields if field.name != "import_record"]
    return errors.values(*names, import_id=F("import_record_id"))


def _as_dict(row: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: _plain(value) for name, value in row.items()}
    if "duration_seconds" in values:
        values["duration_seconds"] = values["duration_seconds"] or 0.0
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


def set_duration(import_id: str | UUID, seconds: float) -> None:
    """Set the total duration, which is known only after the commit."""
    _update(import_id, duration_seconds=_seconds(seconds))


def delete_record(import_id: UUID) -> bool:
    """Delete the record of an import that was refused; return False where another session prevents it.

    The foreign keys of all data tables make the database look at each of them, so that any lock on one prevents it.
    """
    try:
        with transaction.atomic():
            set_lock_timeout(DELETE_SECONDS, for_transaction=True)
            ImportHistory.objects.filter(pk=import_id, status=ImportStatus.IN_PROGRESS).delete()
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_TIMED_OUT:
            raise
        return False
    release_liveness_lock(import_id)
    return True


def fail_stale_imports() -> int:
    """Set imports whose process has ended to `failed`; return how many. Queued imports wait for a worker."""
    in_progress = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS, task=None).values_list("pk", flat=True)
    return sum(_fail_stale(import_id) for import_id in in_progress if not is_running(import_id))


def _fail_stale(import_id: UUID) -> bool:
    """Set a stale import to `failed`; return False if it is no longer in progress."""
    changed = ImportHistory.objects.filter(pk=import_id, status=ImportStatus.IN_PROGRESS).update(
        status=ImportStatus.FAILED,
        error_message=str(INTERRUPTED),
        mapping_status=MappingStatus.FAILED,
        updated_at=timezone.now(),
    )
    if changed:
        record(Actor("sweep of stale imports"), "import.failed", str(import_id), reason=str(INTERRUPTED))
    return bool(changed)


def _update(import_id: str | UUID, **changes: Any) -> None:
    if not ImportHistory.objects.filter(pk=_uuid(import_id)).update(**changes, updated_at=timezone.now()):
        raise UnknownImport(messages.NO_SUCH_IMPORT(import_id=str(import_id)))


def _uuid(import_id: str | UUID) -> UUID:
    try:
        return import_id if isinstance(import_id, UUID) else UUID(str(import_id))
    except ValueError:
        raise UnknownImport(messages.NOT_AN_IMPORT_ID()) from None


def _seconds(value: float) -> Decimal:
    """Return seconds with three decimals, as the columns store them."""
    return Decimal(str(round(value, 3)))
