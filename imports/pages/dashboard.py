"""What the home page tells: the numbers of the last days, and the imports that are not done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from imports.jobs.status import TaskState, state_of
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType

DAYS = 30

_SUMS = {
    "imports": Count("pk"),
    "rows": Sum("rows_inserted"),
    "errors": Sum("mapping_errors_count"),
    "failed": Count("pk", filter=Q(status=ImportStatus.FAILED)),
}


@dataclass(frozen=True)
class DailyNumber:
    """A number of the last days, in all and day by day."""

    total: int
    per_day: list[tuple[date, int]]  # DAYS of them in UTC, the latest last


@dataclass(frozen=True)
class Unfinished:
    """An import that runs or waits."""

    record: ImportHistory
    state: TaskState | None  # None: it runs in the request that brought it


def numbers_of_last_days() -> dict[str, DailyNumber]:
    """`imports`, `rows` inserted, `errors` and `failed` imports. Undone imports count nowhere, as in the statistics."""
    today = timezone.now().astimezone(UTC).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    summed = _counted_since(days[0]).values(day=TruncDate("import_timestamp", tzinfo=UTC)).annotate(**_SUMS)
    found: dict[date, Any] = {row["day"]: row for row in summed}
    per_day = {name: [(day, int(found.get(day, {}).get(name) or 0)) for day in days] for name in _SUMS}
    return {name: DailyNumber(sum(number for _, number in pairs), pairs) for name, pairs in per_day.items()}


def _counted_since(day: date) -> QuerySet[ImportHistory]:
    start = datetime.combine(day, time.min, UTC)
    imports = ImportHistory.objects.filter(undone_at=None, import_timestamp__gte=start).order_by()
    return imports.exclude(source_type=SourceType.LEGACY)


def unfinished(most: int) -> list[Unfinished]:
    """The oldest of them first."""
    running = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS).select_related("task")
    found = running.defer("mapping_config").order_by("import_timestamp", "import_id")
    return [Unfinished(record, state_of(record)) for record in found[:most]]


@dataclass(frozen=True)
class DailyTile:
    """A number of the home page."""

    label: str
    url: str  # of the list behind it
    daily: DailyNumber


def daily_numbers(numbers: Mapping[str, DailyNumber]) -> list[DailyTile]:
    history, statistics = reverse("imports:history"), reverse("lineage:statistics")
    return [
        DailyTile("Imports", history, numbers["imports"]),
        DailyTile("Rows inserted", statistics, numbers["rows"]),
        DailyTile("Values that did not fit", f"{statistics}#errors", numbers["errors"]),
        DailyTile("Failed imports", f"{history}?status=failed", numbers["failed"]),
    ]
