"""Check an import before it starts: the name of its table, and whether the table already has the file.

A refused import is not in the history, only in the audit log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from audit.log import record
from core.actors import Actor
from core.errors import AtlasError, TableBusy
from imports.errors import AlreadyImported, RepairFile, ReservedTable, UntrackedTable
from imports.history import tracking
from imports.history.retention_marks import SOURCE_FILE, purged_at
from imports.history.unused_files import delete_file_if_unused
from imports.identifiers import former_name, safe_table, stem_of, table_name_of
from imports.loading import messages
from imports.loading.outcome import fail
from imports.loading.stopwatch import Stopwatch
from imports.mapping import MappingRequest
from imports.models import ImportHistory
from imports.sources import SourceFile, SourceType
from imports.sources.kept_files import keep
from imports.tables.catalog import existing_tables, refuse_reserved

#: Errors for which an import is refused before it starts, or leaves nothing because its table was in use.
REFUSALS = (AlreadyImported, RepairFile, ReservedTable, UntrackedTable, TableBusy)


def destination(file_name: str, request: MappingRequest) -> str:
    """Return the table's name: the one that the mapping gives, or else the file's, made safe.

    An existing table that was named by the former rule keeps its name.
    """
    if request.table_name:
        names = safe_table(request.table_name), former_name(request.table_name)
    else:
        names = table_name_of(file_name), former_name(stem_of(file_name))
    if names[0] == names[1]:
        return names[0]
    current, former = names
    existing = existing_tables(names)
    return former if former in existing and current not in existing else current


def refuse_unfit(source: SourceFile, request: MappingRequest, table_name: str) -> None:
    """Raises one of REFUSALS where the table's name is reserved or the table already has the file."""
    refuse_reserved(table_name)
    try:
        refuse_if_known(source, request, table_name)
    except AlreadyImported as refusal:
        _repair_kept_file(source, UUID(refusal.details["earlier_import_id"]))
        raise


def _repair_kept_file(source: SourceFile, import_id: UUID) -> None:
    """Store the file again where that of the earlier import is missing or damaged, unless retention deleted it."""
    earlier = ImportHistory.objects.get(pk=import_id)
    if SOURCE_FILE not in purged_at(earlier):
        with suppress(AtlasError):  # the refusal counts
            keep(source)


def refuse_if_known(source: SourceFile, request: MappingRequest, table_name: str) -> None:
    """Raises AlreadyImported where an active import of the same table has the same bytes."""
    if source.source_type == SourceType.API_DIRECT or request.force_import:
        return
    if not request.check_file_level:
        return
    earlier = ImportHistory.objects.active().filter(file_hash=source.sha256, table_name=table_name).first()
    if earlier:
        raise AlreadyImported(
            messages.FILE_IN_TABLE(
                table=table_name, import_id=str(earlier.pk), imported_at=f"{earlier.import_timestamp:%Y-%m-%d %H:%M}"
            ),
            earlier_import_id=str(earlier.pk),
            table_name=table_name,
        )


@contextmanager
def audit_refusals(actor: Actor, source: SourceFile, table_name: str) -> Iterator[None]:
    """Write a refusal to the audit log, and raise it again."""
    try:
        yield
    except REFUSALS as refusal:
        record(actor, "import.refused", table_name, code=refusal.code, file_name=source.name, file_hash=source.sha256)
        raise


@contextmanager
def delete_record_if_refused(import_id: UUID, actor: Actor, watch: Stopwatch) -> Iterator[None]:
    """Delete the record of an import that is refused after its start, or mark it as failed if a lock prevents that."""
    try:
        yield
    except REFUSALS as refusal:
        sha256 = ImportHistory.objects.values_list("file_hash", flat=True).get(pk=import_id)
        if not tracking.delete_record(import_id):
            fail(import_id, actor, refusal, watch)
        delete_file_if_unused(sha256)
        raise
