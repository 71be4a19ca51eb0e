"""What can be said about imports afterwards: statistics, and where a table's rows came from. Read only."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Avg, Count, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType
from imports.tables.reading import refuse_nul
from imports.tables.schema import data_tables, describe

LOADED = Q(status__in=[ImportStatus.SUCCESS, ImportStatus.PARTIAL])
STANDS = LOADED & Q(undone_at=None)

#: The phases of an import's time and the columns that hold their seconds.
PHASES = {
    "parsing": "parsing_time_seconds",
    "mapping": "mapping_duration_seconds",
    "duplicate_check": "duplicate_check_time_seconds",
    "insert": "insert_time_seconds",
}


def statistics(*, table_name: str = "", user_id: str = "", days: int = 30) -> dict[str, Any]:
    """The numbers of the last days; undone imports count nowhere. Seconds have 3 decimals, means over nothing are 0."""
    imports = _counted(table_name, user_id, days)
    totals = imports.aggregate(
        total_imports=Count("pk"),
        successful_imports=Count("pk", filter=LOADED),
        failed_imports=Count("pk", filter=Q(status=ImportStatus.FAILED)),
        total_rows_inserted=Coalesce(Sum("rows_inserted"), 0),
        total_duplicates_found=Coalesce(Sum("duplicates_found"), 0),
        avg_duration_seconds=Avg("duration_seconds"),
        tables_affected=Count("table_name", distinct=True, filter=LOADED),
        unique_users=Count("user_id", distinct=True),
    )
    totals["avg_duration_seconds"] = _seconds(totals["avg_duration_seconds"])
    return {**totals, "period_days": days, "per_day": _per_day(imports), "phases": _phases(imports)}


def _counted(table_name: str, user_id: str, days: int) -> QuerySet[ImportHistory]:
    since = timezone.now() - timedelta(days=days)
    imports = ImportHistory.objects.filter(undone_at=None, import_timestamp__gte=since).order_by()
    imports = imports.exclude(source_type=SourceType.LEGACY)  # nothing came in when their table became tracked
    if table_name:
        imports = imports.filter(table_name=table_name)
    return imports.filter(user_id=user_id) if user_id else imports


def _per_day(imports: QuerySet[ImportHistory]) -> list[dict[str, Any]]:
    """Days on which something was imported, in UTC, oldest first."""
    by_day = imports.annotate(date=TruncDate("import_timestamp")).values("date").order_by("date")
    found = by_day.annotate(
        total_imports=Count("pk"),
        successful_imports=Count("pk", filter=LOADED),
        failed_imports=Count("pk", filter=Q(status=ImportStatus.FAILED)),
        total_rows_inserted=Coalesce(Sum("rows_inserted"), 0),
        total_duplicates_found=Coalesce(Sum("duplicates_found"), 0),
    )
    return [dict(day) for day in found]


def _phases(imports: QuerySet[ImportHistory]) -> dict[str, dict[str, float]]:
    totals = {f"{phase}_total": Sum(column) for phase, column in PHASES.items()}
    means = {f"{phase}_mean": Avg(column) for phase, column in PHASES.items()}
    found = imports.aggregate(**totals, **means)
    return {
        phase: {
            "total_seconds": _seconds(found[f"{phase}_total"]),
            "avg_seconds": _seconds(found[f"{phase}_mean"]),
        }
        for phase in PHASES
    }


def _seconds(value: Any) -> float:
    return round(float(value or 0), 3)


def imports_of_table(table_name: str, *, include_undone: bool = False) -> QuerySet[ImportHistory]:
    """The imports whose rows the table holds, newest first, and on request those that were taken back.

    Raises UnknownTable where there is neither such a table nor an import into one, ReservedTable, UntrackedTable.
    """
    refuse_nul(table_name)
    history = ImportHistory.objects.filter(table_name=table_name)
    if not history.filter(LOADED).exists():
        describe(table_name)
    return history.filter(LOADED if include_undone else STANDS)


def table_lineage(table_name: str) -> dict[str, int]:
    """How many imports stand in a table, and how many rows they brought."""
    return ImportHistory.objects.filter(STANDS, table_name=table_name).aggregate(
        total_imports=Count("pk"), total_rows_contributed=Coalesce(Sum("rows_inserted"), 0)
    )


def tables() -> list[dict[str, Any]]:
    """Every data table with what its standing imports brought, by name."""
    standing = ImportHistory.objects.filter(STANDS).order_by().values("table_name")
    found = standing.annotate(
        total_imports=Count("pk"),
        total_rows_contributed=Coalesce(Sum("rows_inserted"), 0),
        last_import_at=Max("import_timestamp"),
    )
    brought = {row["table_name"]: row for row in found}
    nothing = {"total_imports": 0, "total_rows_contributed": 0, "last_import_at": None}
    return [{"table_name": name, **brought.get(name, nothing)} for name in data_tables()]
