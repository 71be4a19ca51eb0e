"""Which imports can be run again, and with which mappings."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from imports.errors import CannotRerun, InvalidMapping, UnknownImport
from imports.history.messages import NO_SUCH_IMPORT
from imports.loading.preflight import destination
from imports.mapping import MappingRequest
from imports.models import ImportHistory, ImportStatus
from imports.readers.parts import asks_for_all
from imports.sources import SourceType
from imports.sources.kept_files import is_kept
from lineage.reruns import messages
from lineage.undo.table_imports import active_in_place_of


def require_rerunnable(import_id: UUID) -> ImportHistory:
    """Return the import, if it can be run again. Raises UnknownImport, CannotRerun."""
    record = ImportHistory.objects.filter(pk=import_id).first()
    if record is None:
        raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    if record.status == ImportStatus.IN_PROGRESS:
        raise CannotRerun(messages.RERUN_OF_RUNNING())
    if record.undone_at:
        _refuse_undone(record)
    if record.source_type == SourceType.LEGACY:
        raise CannotRerun(messages.RERUN_OF_LEGACY())
    if not (record.file_hash and is_kept(record.file_hash)):
        raise CannotRerun(messages.RERUN_WITHOUT_FILE())
    return record


def _refuse_undone(record: ImportHistory) -> None:
    """Raises CannotRerun."""
    in_place = active_in_place_of(record)
    if in_place:
        raise CannotRerun(messages.RERUN_OF_REPLACED(import_id=str(in_place.pk)), active_import=str(in_place.pk))
    raise CannotRerun(messages.RERUN_OF_UNDONE(undone_at=f"{record.undone_at:%Y-%m-%d %H:%M}"))


def request_for(record: ImportHistory, request: MappingRequest) -> MappingRequest:
    """Return the request with which the import is run again, into its own table. Raises InvalidMapping."""
    if request.table_name and destination("", request) != record.table_name:
        raise InvalidMapping(messages.OTHER_TABLE(named=request.table_name[:80], table=record.table_name))
    if asks_for_all(request.source_options):
        raise InvalidMapping(messages.ALL_PARTS())
    as_given = {**request.as_given, "table_name": record.table_name}
    return replace(request, table_name=record.table_name, as_given=as_given)
