"""A table as of one of its imports, or of a time: which imports are included, and where that is in their order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import DateTimeField, F, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from core.errors import BadRequest
from imports.errors import HistoryPurged
from imports.history import retention_marks
from imports.history.foreign_columns import added_by_plans, columns_only_from, foreign_columns, in_no_plan
from imports.models import ImportHistory
from imports.tables import schema
from imports.tables.catalog import describe
from imports.tables.queries.as_of import Place
from imports.tables.queries.selection import refuse_nul
from lineage.provenance import messages

BEFORE_ALL = -(2**63)  # a place before every import

#: When an import was completed; other programs may record only its start.
_COMPLETED = Coalesce("mapping_completed_at", "import_timestamp", output_field=DateTimeField())


@dataclass(frozen=True)
class AsOf:
    """The imports of a table up to a place in their order."""

    asked: str
    last: ImportHistory | None  # the last import that is included; None: there is none
    included: QuerySet[ImportHistory]  # in their order
    place: Place


def as_of(table_name: str, asked: str) -> AsOf:
    """Return what is included as of an import (its id) or a time (ISO 8601; UTC where it names no zone).

    Raises UnknownTable, ReservedTable, UntrackedTable, BadRequest, HistoryPurged.
    """
    refuse_nul(table_name)
    table = describe(table_name)
    active = ImportHistory.objects.active().filter(table_name=table_name)
    last = _last_import(table_name, asked, active)
    order = BEFORE_ALL if last is None else last.import_order or 0
    placed = active.annotate(place=Coalesce("import_order", Value(0)))
    included, later = placed.filter(place__lte=order).order_by("place"), placed.filter(place__gt=order).order_by()
    _refuse_purged(later)
    names = [column.name for column in table.columns]
    return AsOf(asked, last, included, Place(order, _columns_added_later(table_name, names, included.order_by())))


def _last_import(table_name: str, asked: str, active: QuerySet[ImportHistory]) -> ImportHistory | None:
    """Return the last import that is included; None: no import was completed by then."""
    import_id, time = _import_id(asked), _time(asked)
    if import_id:
        return _active_import(table_name, import_id)
    if time is None:
        raise BadRequest(messages.AS_OF_EXPECTED(value=asked[:80]), parameter="as_of")
    completed = active.annotate(completed=_COMPLETED).filter(completed__lte=time)
    return completed.order_by(F("import_order").desc(nulls_last=True)).first()


def _import_id(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None


def _time(asked: str) -> datetime | None:
    try:
        time = parse_datetime(asked)
    except ValueError:
        return None
    return timezone.make_aware(time, UTC) if time and timezone.is_naive(time) else time


def _active_import(table_name: str, import_id: UUID) -> ImportHistory:
    """Raises BadRequest, HistoryPurged."""
    record = ImportHistory.objects.filter(pk=import_id, table_name=table_name).first()
    if record is None:
        raise BadRequest(messages.AS_OF_OTHER_IMPORT(import_id=str(import_id), table=table_name), parameter="as_of")
    if record.undone_at:
        raise HistoryPurged(messages.AS_OF_UNDONE(undone_at=f"{record.undone_at:%Y-%m-%d %H:%M}"))
    if not record.is_active:
        raise BadRequest(messages.AS_OF_NOT_LOADED(status=record.status), parameter="as_of")
    return record


def _refuse_purged(later: QuerySet[ImportHistory]) -> None:
    """Raises HistoryPurged where the rows as a later import found them were deleted."""
    purged = later.filter(**{f"metadata__{retention_marks.KEY}__has_key": retention_marks.ROW_VERSIONS}).first()
    if purged:
        raise HistoryPurged(
            messages.AS_OF_PURGED(import_id=str(purged.pk), file_name=purged.file_name), import_id=str(purged.pk)
        )


def _columns_added_later(table_name: str, names: Collection[str], included: QuerySet[ImportHistory]) -> frozenset[str]:
    """Return the columns that the table did not have at the place: those that an undo of all later imports drops."""
    if schema.created_by_imports(table_name):
        foreign = foreign_columns(describe(table_name))
        return frozenset(columns_only_from([name for name in names if name not in foreign], included))
    added = schema.added_columns(table_name) | added_by_plans(list(names), table_name)
    return frozenset(in_no_plan([name for name in names if name in added], included))
