"""The tables of the statistics page, which its charts are drawn from, and their CSV."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.urls import reverse

from core.csv_writer import csv_line, escape_formula
from core.formatting import count, seconds
from core.messages import Message
from imports.history.labels import actor
from imports.history.users import with_user_names
from imports.labels import error_type_label
from imports.models import ImportHistory
from lineage.statistics import messages
from lineage.statistics.queries import PHASES

PHASE_NAMES = {
    "parsing": "Read & analyze",
    "mapping": "Mapping",
    "duplicate_check": "Duplicate check",
    "insert": "Write rows",
}
SUMMED = (
    "total_imports", "successful_imports", "failed_imports", "total_rows_inserted", "total_duplicates_found",
)  # fmt: skip
DAILY, WEEKLY = 92, 400  # maximum periods in days shown by day, by week

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class ChartColumn:
    """A column of numbers."""

    name: str
    format_number: Callable[[Any], str] = count
    colour: str = ""  # CSS variable of its colour in the chart


@dataclass(frozen=True)
class ChartRow:
    """A row of a table."""

    name: str
    numbers: Sequence[Any]  # one for each column
    url: str = ""
    note: str = ""

    def cells(self, *, with_note: bool) -> list[str | None]:
        """Return the row as CSV holds it."""
        numbers = [None if number is None else str(number) for number in self.numbers]
        texts = [escape_formula(text) or None for text in (self.name, self.note)]
        return [texts[0], *numbers, *(texts[1:] if with_note else ())]


@dataclass(frozen=True)
class ChartTable:
    """A table of numbers that a chart is drawn from."""

    key: str  # name of its CSV
    title: str
    row_heading: str  # heading of the first column
    columns: Sequence[ChartColumn]
    lines: list[ChartRow]
    charts: Sequence[Sequence[str]] = field(default_factory=list)  # the columns that each chart stacks
    over_time: bool = False  # the latest row comes first; charts draw it last
    empty: Message | None = None  # shown if there are no rows
    hint: str = ""

    def rows(self) -> Iterable[tuple[ChartRow, list[tuple[ChartColumn, Any, str]]]]:
        """Return each line with its columns, numbers and texts."""
        for line in self.lines:
            pairs = zip(self.columns, line.numbers, strict=True)
            yield line, [(column, number, column.format_number(number)) for column, number in pairs]

    def as_csv(self) -> str:
        """Return CSV with unformatted numbers; texts that a spreadsheet would run as formulas start with a '."""
        noted = any(line.note for line in self.lines)
        titles = [self.row_heading, *(column.name for column in self.columns), *(["Note"] if noted else [])]
        return csv_line(titles) + "".join(csv_line(line.cells(with_note=noted)) for line in self.lines)


def success_rate(numbers: Numbers) -> float:
    """Return a share from 0 to 1; 0 without imports."""
    return round(numbers["successful_imports"] / numbers["total_imports"], 6) if numbers["total_imports"] else 0.0


def known_success_rate(numbers: Numbers) -> float | None:
    """Return the success rate for pages; None without imports."""
    return success_rate(numbers) if numbers["total_imports"] else None


def in_percent(share: float | None) -> str:
    """Return a rounded percentage, 100% and 0% only if exact: 0.99999 -> 99.9%; None -> a dash."""
    if share is None:
        return "–"
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}".replace(".0%", "%")


IMPORTS = ChartColumn("Imports")
SUCCESSFUL = ChartColumn("Successful", colour="--fate-inserted")
FAILED = ChartColumn("Failed", colour="--fate-rejected")
RATE = ChartColumn("Success rate", in_percent)
ROWS = ChartColumn("Rows imported", colour="--fate-inserted")
DUPLICATES = ChartColumn("Duplicates", colour="--fate-duplicate")
ERRORS = ChartColumn("Errors", colour="--fate-rejected")
MEAN = ChartColumn("Average duration", seconds)


def chart_tables_of(numbers: Numbers, days: int) -> list[ChartTable]:
    """Return the tables of the page. numbers: from statistics(); days: the period."""
    builders = (_by_table, _by_user, _errors, _phases, _slowest)
    return [_over_time(numbers, days), *(build(numbers) for build in builders)]


def _over_time(numbers: Numbers, days: int) -> ChartTable:
    size = "day" if days <= DAILY else "week" if days <= WEEKLY else "month"
    buckets = {start: Counter[str]() for start in _starts(days, size)}
    for day in numbers["per_day"]:
        start = _start(date.fromisoformat(day["date"]), size)
        buckets.setdefault(start, Counter()).update({key: day[key] for key in SUMMED})
    lines = [ChartRow(_bucket_name(start, size), _bucket(buckets[start])) for start in sorted(buckets, reverse=True)]
    columns = [IMPORTS, SUCCESSFUL, FAILED, RATE, ROWS, DUPLICATES]
    return ChartTable(
        "over-time", f"By {size}", size.capitalize(), columns, lines, over_time=True,
        charts=[("Successful", "Failed"), ("Rows imported", "Duplicates")], hint="UTC days",
    )  # fmt: skip


def _bucket(sums: Numbers) -> list[Any]:
    return [
        sums["total_imports"], sums["successful_imports"], sums["failed_imports"], known_success_rate(sums),
        sums["total_rows_inserted"], sums["total_duplicates_found"],
    ]  # fmt: skip


def _starts(days: int, size: str) -> set[date]:
    today = datetime.now(UTC).date()
    return {_start(today - timedelta(days=back), size) for back in range(days + 1)}


def _start(day: date, size: str) -> date:
    """Return the first day of the day's week or month, or the day itself."""
    if size == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if size == "month" else day


def _bucket_name(start: date, size: str) -> str:
    return f"{start:%b %Y}" if size == "month" else f"{start:%b} {start.day}, {start:%Y}"


def _by_table(numbers: Numbers) -> ChartTable:
    lines = [
        ChartRow(group["table_name"], _group(group), url=reverse("lineage:table", args=[group["table_name"]]))
        for group in numbers["per_table"]
    ]
    return ChartTable(
        "tables", "By table", "Table", [IMPORTS, RATE, ROWS, DUPLICATES, ERRORS, MEAN], lines,
        charts=[("Rows imported", "Duplicates")],
    )  # fmt: skip


def _group(sums: Numbers) -> list[Any]:
    return [
        sums["total_imports"], success_rate(sums), sums["total_rows_inserted"], sums["total_duplicates_found"],
        sums["total_mapping_errors"], sums["avg_duration_seconds"],
    ]  # fmt: skip


def _by_user(numbers: Numbers) -> ChartTable:
    import_ids = [group["any_import_id"] for group in numbers["per_user"]]
    imports = with_user_names(ImportHistory.objects.filter(pk__in=import_ids))
    names = {str(record.pk): actor(record) for record in imports}
    lines = [ChartRow(names.get(group["any_import_id"], "unknown"), _group(group)) for group in numbers["per_user"]]
    return ChartTable(
        "people", "By user", "User", [IMPORTS, RATE, ROWS, DUPLICATES, ERRORS, MEAN], lines,
        charts=[("Rows imported", "Duplicates")],
    )  # fmt: skip


def _errors(numbers: Numbers) -> ChartTable:
    lines = [
        ChartRow(
            error_type_label(group["error_type"] or "unknown"),
            [group["errors"], group["imports"]],
            note=", ".join(f"{table['table_name']} {count(table['errors'])}" for table in group["tables"]),
        )
        for group in numbers["errors_by_type"]
    ]
    return ChartTable(
        "errors", "Errors", "Type", [ChartColumn("Errors", colour="--fate-rejected"), IMPORTS], lines,
        charts=[("Errors",)], hint="By type and table",
        empty=messages.NO_MISFITS(),
    )  # fmt: skip


def _phases(numbers: Numbers) -> ChartTable:
    lines = [
        ChartRow(PHASE_NAMES[phase], [times["total_seconds"], times["avg_seconds"]])
        for phase, times in numbers["phases"].items()
    ]
    columns = [ChartColumn("Total", seconds, "--phase-reading"), ChartColumn("Average", seconds)]
    return ChartTable(
        "phases",
        "Time by phase",
        "Phase",
        columns,
        lines,
        charts=[("Total",)],
        hint="Mapping runs in parallel",
    )


def _slowest(numbers: Numbers) -> ChartTable:
    lines = [
        ChartRow(
            record["file_name"] or "API import (no file)",
            [record["duration_seconds"], *_times(record), record["rows_inserted"]],
            url=reverse("imports:detail", args=[record["import_id"]]),
            note=record["table_name"],
        )
        for record in numbers["slowest_imports"]
    ]
    columns = [
        ChartColumn("Duration", seconds), ChartColumn("Read & analyze", seconds, "--phase-reading"),
        ChartColumn("Duplicate check", seconds, "--phase-duplicates"),
        ChartColumn("Write rows", seconds, "--phase-inserting"),
        ChartColumn("Other", seconds, "--phase-other"), ChartColumn("Mapping", seconds), ChartColumn("Rows"),
    ]  # fmt: skip
    return ChartTable(
        "slowest", "Slowest imports", "File", columns, lines,
        charts=[("Read & analyze", "Duplicate check", "Write rows", "Other")], hint="Mapping runs in parallel",
    )  # fmt: skip


def _times(record: Numbers) -> list[float]:
    """Return the seconds of the sequential phases, the remaining time, and the mapping."""
    reading, mapping, duplicates, writing = (record[column] or 0 for column in PHASES.values())
    other = max(record["duration_seconds"] - reading - duplicates - writing, 0)
    return [reading, duplicates, writing, round(other, 3), mapping]
