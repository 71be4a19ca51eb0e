"""Whether rows of an import can be repaired at all."""

from __future__ import annotations

from uuid import UUID

from imports.column_types import same_type
from imports.conversion.stored_plan import columns_of, has_plan
from imports.errors import CannotRepair, HistoryPurged, NothingLoaded, UnknownImport
from imports.history.messages import NO_SUCH_IMPORT
from imports.history.retention_marks import KEPT_RECORDS, KEY, MAPPING_ERRORS
from imports.models import ImportHistory, ImportStatus
from imports.table_description import TableDescription
from lineage.repairs import messages
from lineage.undo import later_imports
from lineage.undo.messages import TABLE_DROPPED_BY_HAND
from lineage.undo.preconditions import refuse_generated, refuse_purged

_NEEDED = {KEPT_RECORDS: "its skipped rows", MAPPING_ERRORS: "its errors"}


def require_repairable(import_id: UUID) -> ImportHistory:
    """Return the import. Raises UnknownImport, CannotRepair, HistoryPurged."""
    record = ImportHistory.objects.filter(pk=import_id).first()
    if record is None:
        raise UnknownImport(NO_SUCH_IMPORT(import_id=str(import_id)), import_id=str(import_id))
    of_import = {"import_id": str(import_id)}
    if record.undone_at:
        raise CannotRepair(messages.REPAIR_OF_UNDONE(undone_at=f"{record.undone_at:%Y-%m-%d %H:%M}"), **of_import)
    if record.status == ImportStatus.IN_PROGRESS:
        raise CannotRepair(messages.REPAIR_OF_RUNNING(), **of_import)
    if record.status == ImportStatus.FAILED and not all_rejected(record):
        raise CannotRepair(
            messages.REPAIR_OF_FAILED(), **of_import, rerun=f"/import-history/{import_id}/rerun"
        )  # fmt: skip
    if not has_plan(record.mapping_config):
        raise CannotRepair(messages.REPAIR_WITHOUT_PLAN(), **of_import)
    for detail in (record.metadata or {}).get(KEY, {}):
        if detail in _NEEDED:
            raise HistoryPurged(messages.REPAIR_OF_PURGED(detail=_NEEDED[detail]), **of_import)
    refuse_purged(record)
    return record


def all_rejected(record: ImportHistory) -> bool:
    """Return whether an import failed because each of its rows was rejected."""
    return record.status == ImportStatus.FAILED and record.error_code == NothingLoaded.code


def refuse_other_columns(record: ImportHistory, table: TableDescription | None) -> None:
    """Raises CannotRepair, TableChanged where the table does not have the columns of the plan, or of other types.

    An import whose every row was rejected has none yet: but another import may have made one of that name.
    """
    config = record.mapping_config or {}
    if not all_rejected(record):
        if table is None:
            raise CannotRepair(TABLE_DROPPED_BY_HAND(table=record.table_name), import_id=str(record.pk))
        later_imports.refuse_changed(config, table)
        return
    refuse_generated(config, table, CannotRepair)
    types = {column.name: column.sql_type for column in table.columns} if table else {}
    for column in columns_of(config):
        if column.name in types and not same_type(types[column.name], column.sql_type):
            message = messages.REPAIR_OF_OTHER_TYPE(
                column=column.name, planned_type=column.sql_type, type=types[column.name], table=record.table_name
            )
            raise CannotRepair(message, import_id=str(record.pk), column=column.name)
