"""The numbers of the home page, and the imports that are in progress."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from imports.history.filters import BY_OUTCOME, COUNTED
from imports.jobs.status import TaskState, state_of
from imports.models import ImportHistory, ImportStatus

DAYS = 30

_SUMS = {
    "imports": Count("pk"),
    "rows": Sum("rows_inserted"),
    "errors": Sum("mapping_errors_count"),
    "failed": Count("pk", filter=BY_OUTCOME[ImportStatus.FAILED]),
}


@dataclass(frozen=True)
class DailyNumber:
    """A number of the last days: its total and its value of each day."""

    total: int
    per_day: list[tuple[date, int]]  # DAYS of them in UTC, the latest last


def numbers_of_last_days() -> dict[str, DailyNumber]:
    """Return `imports`, `rows`, `errors` and `failed`, without undone imports, as in the statistics.

    `failed` is without cancelled imports.
    """
    today = timezone.now().astimezone(UTC).date()
    days = [today - timedelta(days=days_ago) for days_ago in reversed(range(DAYS))]
    sums = _counted_since(days[0]).values(day=TruncDate("import_timestamp", tzinfo=UTC)).annotate(**_SUMS)
    by_day: dict[date, Any] = {row["day"]: row for row in sums}
    per_day = {name: [(day, int(by_day.get(day, {}).get(name) or 0)) for day in days] for name in _SUMS}
    return {name: DailyNumber(sum(number for _, number in pairs), pairs) for name, pairs in per_day.items()}


def _counted_since(day: date) -> QuerySet[ImportHistory]:
    start = datetime.combine(day, time.min, UTC)
    return ImportHistory.objects.filter(BY_OUTCOME[COUNTED], import_timestamp__gte=start).order_by()


def imports_in_progress(limit: int) -> list[tuple[ImportHistory, TaskState | None]]:
    """Return running and queued imports, the oldest first; without a state where no worker runs the import."""
    running = ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS).select_related("task")
    records = running.defer("mapping_config").order_by("import_timestamp", "import_id")
    return [(record, state_of(record)) for record in records[:limit]]


@dataclass(frozen=True)
class DailyTile:
    """A number of the home page."""

    label: str
    url: str  # of the list of what it counts
    daily: DailyNumber


def daily_tiles(numbers: Mapping[str, DailyNumber]) -> list[DailyTile]:
    history, statistics = reverse("imports:history"), reverse("lineage:statistics")
    since = numbers["imports"].per_day[0][0].isoformat()
    return [
        DailyTile("Imports", f"{history}?status={COUNTED}&since={since}", numbers["imports"]),
        DailyTile("Rows imported", statistics, numbers["rows"]),
        DailyTile("Errors", f"{statistics}#errors", numbers["errors"]),
        DailyTile("Failed imports", f"{history}?status=failed&since={since}", numbers["failed"]),
    ]
