"""A table that stood before it was tracked, taken into the history: its rows become a synthetic import's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.db import DatabaseError, transaction

from audit.log import record
from core.actors import Actor
from core.messages import Message
from imports.adoption import add_columns, messages
from imports.adoption.inspect import (
    Shape,
    is_tracked,
    obstacles,
    shape_of,
)
from imports.errors import CannotTrack, TableBusy
from imports.history.tracking import next_import_order
from imports.locks import table_lock
from imports.models import ImportHistory, ImportStatus, MappingStatus
from imports.sources import SourceType

WAIT_SECONDS = 10  # for whoever imports into the table


@dataclass(frozen=True)
class Tracked:
    """What was done to a table."""

    import_id: UUID | None  # of the synthetic import; None where every row had its import already
    rows: int  # that are now its
    obstacles: tuple[Message, ...]  # to imports into the table


def track_table(name: str, actor: Actor) -> Tracked:
    """All of it or nothing. Raises UnknownTable, ReservedTable, CannotTrack, TableBusy."""
    try:
        with table_lock(name, wait_seconds=WAIT_SECONDS), transaction.atomic(durable=True):
            shape = shape_of(name)
            if is_tracked(shape):
                return Tracked(None, 0, ())
            return _track(shape, actor)
    except DatabaseError as error:
        raise _in_words(error, name) from None


def _track(shape: Shape, actor: Actor) -> Tracked:
    legacy = _record_of(shape, actor)
    add_columns.number_ids(shape)
    rows = add_columns.give_to(shape, legacy.pk)
    ImportHistory.objects.filter(pk=legacy.pk).update(
        total_rows_in_file=rows, rows_processed=rows, rows_inserted=rows, status=ImportStatus.SUCCESS
    )
    record(actor, "table.tracked", shape.name, import_id=str(legacy.pk), rows=rows)
    return Tracked(legacy.pk, rows, tuple(obstacles(shape)))


def _record_of(shape: Shape, actor: Actor) -> ImportHistory:
    """The synthetic import, before its rows are counted. It comes before every import of the table."""
    return ImportHistory.objects.create(
        import_id=uuid4(),
        source_type=SourceType.LEGACY,
        table_name=shape.name,
        status=ImportStatus.IN_PROGRESS,
        mapping_status=MappingStatus.COMPLETED,
        mapping_config=_config(shape),
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


def _config(shape: Shape) -> dict[str, Any]:
    """The part of a plan that says which columns the rows have."""
    columns = [
        {"name": one.name, "source": place, "header": one.name, "sql_type": one.sql_type, "is_new": True}
        for place, one in enumerate(shape.users)
    ]
    return {"table_name": shape.name, "columns": columns}


def _in_words(error: DatabaseError, name: str) -> Exception:
    """The server's refusals that a person can do something about; any other error stays what it is."""
    state = getattr(error.__cause__, "sqlstate", "")
    if state == "55P03":
        return TableBusy(messages.TABLE_IN_USE(table=name), table_name=name)
    if state == "42501":
        return CannotTrack(messages.NOT_THE_OWNER(table=name), table_name=name)
    return error
