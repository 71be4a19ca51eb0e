"""Taking an import back: first what would happen, in numbers, then the deed, in one transaction under the lock."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from audit.log import Actor, record
from imports.errors import CannotUndo, UnknownImport, UnknownTable
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType
from imports.tables import rows, schema
from imports.tables.locks import table_lock, take_history

WAIT_SECONDS = 10  # for an import or undo of the same table


@dataclass(frozen=True)
class UndoPreview:
    """What an undo would do now."""

    import_id: str
    table_name: str
    rows_going: int
    rows_remaining: int  # of other imports
    imports_remaining: int  # that stand in the table
    columns_dropped: tuple[str, ...]  # that only this import brought
    table_dropped: bool  # no other import stands in it
    blocked_by: tuple[str, ...]  # sentences; empty where nothing stands in the way

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class UndoReport:
    """What an undo did."""

    import_id: str
    table_name: str
    rows_removed: int
    columns_dropped: tuple[str, ...]
    table_dropped: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def preview(import_id: UUID) -> UndoPreview:
    """Raises UnknownImport, and CannotUndo where there is nothing to take back."""
    found = _standing(ImportHistory.objects.filter(pk=import_id), import_id)
    others = _others(found)
    columns = _columns_only_of(found, others)
    table_dropped = not others.exists()
    going = rows.count_rows(found.table_name, import_id)
    everything = rows.count_rows(found.table_name)
    return UndoPreview(
        import_id=str(import_id),
        table_name=found.table_name,
        rows_going=going,
        rows_remaining=everything - going,
        imports_remaining=others.count(),
        columns_dropped=columns,
        table_dropped=table_dropped,
        blocked_by=_obstacles(found.table_name, columns, table_dropped=table_dropped),
    )


def undo_import(import_id: UUID, actor: Actor, reason: str = "") -> UndoReport:
    """Takes the import's rows back; its history stays. Raises UnknownImport, CannotUndo, TableBusy."""
    table_name = _standing(ImportHistory.objects.filter(pk=import_id), import_id).table_name
    with table_lock(table_name, wait_seconds=WAIT_SECONDS), transaction.atomic(durable=True):
        found = _standing(ImportHistory.objects.filter(pk=import_id), import_id)
        others = _others(found)
        columns = _columns_only_of(found, others)
        table_dropped = not others.exists()
        for obstacle in _obstacles(table_name, columns, table_dropped=table_dropped):
            raise CannotUndo(obstacle, import_id=str(import_id))
        removed = _take_out(table_name, import_id, columns, table_dropped=table_dropped)
        report = UndoReport(str(import_id), table_name, removed, columns, table_dropped)
        _mark_undone(found, actor, reason)
        record(actor, "import.undone", str(import_id), reason=reason, **_numbers(report))
    return report


def _take_out(table_name: str, import_id: UUID, columns: tuple[str, ...], *, table_dropped: bool) -> int:
    """The rows go, and what nobody else needs; how many rows there were."""
    if table_dropped:
        removed = rows.count_rows(table_name, import_id)
        take_history(WAIT_SECONDS)
        schema.drop_table(table_name)
        return removed
    removed = rows.delete_rows(table_name, import_id)
    if columns:
        schema.drop_columns(table_name, columns)
    return removed


def _numbers(report: UndoReport) -> dict[str, Any]:
    return {
        "table_name": report.table_name, "rows_removed": report.rows_removed,
        "columns_dropped": list(report.columns_dropped), "table_dropped": report.table_dropped,
    }  # fmt: skip


def _standing(candidates: QuerySet[ImportHistory], import_id: UUID) -> ImportHistory:
    """The import, if it can be taken back."""
    found = candidates.first()
    if found is None:
        raise UnknownImport(f"There is no import {import_id}.", import_id=str(import_id))
    if found.undone_at:
        raise CannotUndo(f"The import was undone already, on {found.undone_at:%Y-%m-%d %H:%M} UTC.")
    if found.status == ImportStatus.IN_PROGRESS:
        raise CannotUndo("The import is still running. Wait until it is done.")
    if found.status == ImportStatus.FAILED:
        raise CannotUndo("The import failed and loaded nothing: there is nothing to take back.")
    if found.source_type == SourceType.LEGACY:
        raise CannotUndo("These rows stood in the table before it was tracked; no import brought them.")
    return found


def _others(found: ImportHistory) -> QuerySet[ImportHistory]:
    """The other imports that stand in the table."""
    return ImportHistory.objects.filter(
        table_name=found.table_name, status__in=[ImportStatus.SUCCESS, ImportStatus.PARTIAL], undone_at=None
    ).exclude(pk=found.pk)


def _columns_only_of(found: ImportHistory, others: QuerySet[ImportHistory]) -> tuple[str, ...]:
    """The table's columns that no other standing import fills; none where one of them left no plan to tell by."""
    configs = list(others.values_list("mapping_config", flat=True))
    plans = [config for config in configs if config and "columns" in config]
    if not configs or len(plans) < len(configs):
        return ()
    filled = {column["name"] for config in plans for column in config["columns"]}
    own = [column["name"] for column in (found.mapping_config or {}).get("columns", [])]
    return tuple(name for name in own if name not in filled)


def _obstacles(table_name: str, columns: tuple[str, ...], *, table_dropped: bool) -> tuple[str, ...]:
    try:
        schema.describe(table_name)
    except UnknownTable:
        return (f"The table {table_name!r} is gone; somebody dropped it by hand.",)
    if not table_dropped and not columns:
        return ()
    views = schema.views_on(table_name, None if table_dropped else columns)
    return tuple(f"The view {view!r} uses what would be dropped. Drop the view first." for view in views)


def _mark_undone(found: ImportHistory, actor: Actor, reason: str) -> None:
    ImportHistory.objects.filter(pk=found.pk).update(
        undone_at=timezone.now(), undone_by=actor.name[:255], undo_reason=reason or None, updated_at=timezone.now()
    )
