"""Track an existing table: its rows are assigned to a synthetic import in the history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import DatabaseError, transaction

from audit.log import record
from core.actors import Actor
from core.messages import Message
from core.sqlstates import sqlstate_of
from imports.adoption import add_columns, messages
from imports.adoption.inspect import (
    ExistingTable,
    inspect_table,
    is_tracked,
    obstacles,
)
from imports.errors import CannotTrack
from imports.history.tracking import next_import_order
from imports.locks import table_lock
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.sources import SourceType
from imports.tables.catalog import sql_name


@dataclass(frozen=True)
class TrackingResult:
    """The result of tracking a table."""

    import_id: UUID | None  # of the synthetic import; None if every row already had an import
    rows: int  # assigned to it
    obstacles: tuple[Message, ...]  # what can make later imports into the table fail


def track_table(name: str, actor: Actor) -> TrackingResult:
    """Add tracking to a table, completely or not at all. Raises UnknownTable, ReservedTable, CannotTrack, TableBusy."""
    try:
        with table_lock(name), transaction.atomic(durable=True):
            table = inspect_table(name)
            if is_tracked(table):
                return TrackingResult(None, 0, ())
            return _track(table, actor)
    except DatabaseError as error:
        raise _translate_error(error, name) from None


def _track(table: ExistingTable, actor: Actor) -> TrackingResult:
    synthetic = _create_import(table, actor)
    add_columns.ensure_id(table)
    rows = add_columns.add_tracking_columns(table, synthetic.pk)
    ImportHistory.objects.filter(pk=synthetic.pk).update(
        total_rows_in_file=rows, rows_processed=rows, rows_inserted=rows, status=ImportStatus.SUCCESS
    )
    record(actor, "table.tracked", table.name, import_id=str(synthetic.pk), rows=rows)
    return TrackingResult(synthetic.pk, rows, tuple(obstacles(table)))


def _create_import(table: ExistingTable, actor: Actor) -> ImportHistory:
    """Create the synthetic import, not yet with the number of its rows. It is ordered before all other imports."""
    return ImportHistory.objects.create(
        import_id=uuid4(),
        source_type=SourceType.LEGACY,
        table_name=table.name,
        status=ImportStatus.IN_PROGRESS,
        mapping_status=MappingStatus.COMPLETED,
        mapping_config=_config(table),
        duplicate_check_enabled=False,
        rows_skipped=0,
        duplicates_found=0,
        rows_rejected=0,
        rows_filtered=0,
        validation_errors=0,
        duration_seconds=0,
        import_order=-next_import_order(),
        metadata={"actor": actor.name},
    )


def _config(table: ExistingTable) -> dict[str, Any]:
    """Return the part of a plan that lists the columns of the rows."""
    columns = [
        {
            "name": column.name,
            "source": position,
            "header": column.name,
            "sql_type": sql_name(column.type),
            "is_new": True,
        }
        for position, column in enumerate(table.data_columns)
    ]
    return {"table_name": table.name, "columns": columns}


def _translate_error(error: DatabaseError, name: str) -> Exception:
    """Return the exception for an error that the user can act on; any other error unchanged."""
    if sqlstate_of(error) == "42501":
        return CannotTrack(messages.NOT_THE_OWNER(table=name), table_name=name)
    return error
