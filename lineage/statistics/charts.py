"""Statistics as tables: one a chart, on the page and as CSV."""

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
from imports.labels import code_in_words
from imports.models import ImportHistory
from lineage.statistics import messages
from lineage.statistics.queries import PHASES

PHASE_NAMES = {
    "parsing": "Reading and finding types",
    "mapping": "Mapping",
    "duplicate_check": "Looking for duplicates",
    "insert": "Writing rows",
}
SUMMED = (
    "total_imports", "successful_imports", "failed_imports", "total_rows_inserted", "total_duplicates_found",
)  # fmt: skip
DAILY, WEEKLY = 92, 400  # most days that are told day by day, week by week

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class ChartColumn:
    """A column of numbers."""

    name: str
    say: Callable[[Any], str] = count
    colour: str = ""  # variable of its colour where it is drawn


@dataclass(frozen=True)
class ChartRow:
    """A row of a part."""

    name: str
    numbers: Sequence[Any]  # one a column
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
    of: str  # head of the names
    columns: Sequence[ChartColumn]
    lines: list[ChartRow]
    charts: Sequence[Sequence[str]] = field(default_factory=list)  # names of the columns that one chart stacks
    over_time: bool = False  # the latest line first, which a chart draws last
    empty: Message | None = None  # what to say where there is no line
    hint: str = ""

    def rows(self) -> Iterable[tuple[ChartRow, list[tuple[ChartColumn, Any, str]]]]:
        """Every line with its columns, numbers and words."""
        for line in self.lines:
            pairs = zip(self.columns, line.numbers, strict=True)
            yield line, [(column, number, column.say(number)) for column, number in pairs]

    def as_csv(self) -> str:
        """Numbers as they are; a text that a spreadsheet would run gets a ' before it."""
        noted = any(line.note for line in self.lines)
        titles = [self.of, *(column.name for column in self.columns), *(["Note"] if noted else [])]
        return csv_line(titles) + "".join(csv_line(line.cells(with_note=noted)) for line in self.lines)


def success_rate(numbers: Numbers) -> float:
    """A share; 0 where there is nothing."""
    return round(numbers["successful_imports"] / numbers["total_imports"], 6) if numbers["total_imports"] else 0.0


def rate_where_any(numbers: Numbers) -> float | None:
    """For people: of no imports there is no rate."""
    return success_rate(numbers) if numbers["total_imports"] else None


def in_percent(share: float | None) -> str:
    """Rounded, but neither to all nor to nothing: 0.99999 -> 99.9%; nothing known -> a dash."""
    if share is None:
        return "–"
    if share in (0, 1):
        return f"{share:.0%}"
    return f"{min(max(share, 0.001), 0.999):.1%}".replace(".0%", "%")


IMPORTS = ChartColumn("Imports")
SUCCESSFUL = ChartColumn("Successful", colour="--fate-inserted")
FAILED = ChartColumn("Failed", colour="--fate-rejected")
RATE = ChartColumn("Success rate", in_percent)
ROWS = ChartColumn("Rows inserted", colour="--fate-inserted")
DUPLICATES = ChartColumn("Duplicates", colour="--fate-duplicate")
ERRORS = ChartColumn("Did not fit", colour="--fate-rejected")
MEAN = ChartColumn("Average time", seconds)


def parts_of(found: Numbers, days: int) -> list[ChartTable]:
    """found: what statistics() says of so many days."""
    parts = (_by_table, _by_person, _errors, _phases, _slowest)
    return [_over_time(found, days), *(part(found) for part in parts)]


def _over_time(found: Numbers, days: int) -> ChartTable:
    size = "day" if days <= DAILY else "week" if days <= WEEKLY else "month"
    buckets = {start: Counter[str]() for start in _starts(days, size)}
    for day in found["per_day"]:
        start = _start(date.fromisoformat(day["date"]), size)
        buckets.setdefault(start, Counter()).update({key: day[key] for key in SUMMED})
    lines = [ChartRow(_moment(start, size), _bucket(buckets[start])) for start in sorted(buckets, reverse=True)]
    columns = [IMPORTS, SUCCESSFUL, FAILED, RATE, ROWS, DUPLICATES]
    return ChartTable(
        "over-time", f"By {size}", size.capitalize(), columns, lines, over_time=True,
        charts=[("Successful", "Failed"), ("Rows inserted", "Duplicates")], hint="Days in UTC, the latest first",
    )  # fmt: skip


def _bucket(one: Numbers) -> list[Any]:
    return [
        one["total_imports"], one["successful_imports"], one["failed_imports"], rate_where_any(one),
        one["total_rows_inserted"], one["total_duplicates_found"],
    ]  # fmt: skip


def _starts(days: int, size: str) -> set[date]:
    today = datetime.now(UTC).date()
    return {_start(today - timedelta(days=back), size) for back in range(days + 1)}


def _start(day: date, size: str) -> date:
    """The first day of its week or month, or the day itself."""
    if size == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if size == "month" else day


def _moment(start: date, size: str) -> str:
    return f"{start:%b %Y}" if size == "month" else f"{start:%b} {start.day}, {start:%Y}"


def _by_table(found: Numbers) -> ChartTable:
    lines = [
        ChartRow(one["table_name"], _group(one), url=reverse("lineage:table", args=[one["table_name"]]))
        for one in found["per_table"]
    ]
    return ChartTable(
        "tables", "By table", "Table", [IMPORTS, RATE, ROWS, DUPLICATES, ERRORS, MEAN], lines,
        charts=[("Rows inserted", "Duplicates")], hint="Most rows first",
    )  # fmt: skip


def _group(one: Numbers) -> list[Any]:
    return [
        one["total_imports"], success_rate(one), one["total_rows_inserted"], one["total_duplicates_found"],
        one["total_mapping_errors"], one["avg_duration_seconds"],
    ]  # fmt: skip


def _by_person(found: Numbers) -> ChartTable:
    some = [one["any_import_id"] for one in found["per_user"]]
    who = {str(one.pk): actor(one) for one in with_user_names(ImportHistory.objects.filter(pk__in=some))}
    lines = [ChartRow(who.get(one["any_import_id"], "unknown"), _group(one)) for one in found["per_user"]]
    return ChartTable(
        "people", "By person", "Person", [IMPORTS, RATE, ROWS, DUPLICATES, ERRORS, MEAN], lines,
        charts=[("Rows inserted", "Duplicates")], hint="Most imports first",
    )  # fmt: skip


def _errors(found: Numbers) -> ChartTable:
    lines = [
        ChartRow(
            code_in_words(one["error_type"] or "unknown"),
            [one["errors"], one["imports"]],
            note=", ".join(f"{table['table_name']} {count(table['errors'])}" for table in one["tables"]),
        )
        for one in found["errors_by_type"]
    ]
    return ChartTable(
        "errors", "What did not fit", "Type", [ChartColumn("Errors", colour="--fate-rejected"), IMPORTS], lines,
        charts=[("Errors",)], hint="By type, and in which tables",
        empty=messages.NO_MISFITS(),
    )  # fmt: skip


def _phases(found: Numbers) -> ChartTable:
    lines = [
        ChartRow(PHASE_NAMES[phase], [numbers["total_seconds"], numbers["avg_seconds"]])
        for phase, numbers in found["phases"].items()
    ]
    columns = [ChartColumn("In all", seconds, "--phase-reading"), ChartColumn("Average", seconds)]
    return ChartTable(
        "phases",
        "Where the time goes",
        "Phase",
        columns,
        lines,
        charts=[("In all",)],
        hint="Mapping goes on beside the others",
    )


def _slowest(found: Numbers) -> ChartTable:
    lines = [
        ChartRow(
            one["file_name"] or "Records without a file",
            [one["duration_seconds"], *_times(one), one["rows_inserted"]],
            url=reverse("imports:detail", args=[one["import_id"]]),
            note=one["table_name"],
        )
        for one in found["slowest_imports"]
    ]
    columns = [
        ChartColumn("Took", seconds), ChartColumn("Reading", seconds, "--phase-reading"),
        ChartColumn("Duplicates", seconds, "--phase-duplicates"), ChartColumn("Writing", seconds, "--phase-inserting"),
        ChartColumn("Rest", seconds, "--phase-other"), ChartColumn("Mapping", seconds), ChartColumn("Rows inserted"),
    ]  # fmt: skip
    return ChartTable(
        "slowest", "Slowest imports", "File", columns, lines,
        charts=[("Reading", "Duplicates", "Writing", "Rest")], hint="Mapping goes on beside the others",
    )  # fmt: skip


def _times(one: Numbers) -> list[float]:
    """Of the phases that follow each other, the rest, and the mapping."""
    reading, mapping, duplicates, writing = (one[column] or 0 for column in PHASES.values())
    rest = max(one["duration_seconds"] - reading - duplicates - writing, 0)
    return [reading, duplicates, writing, round(rest, 3), mapping]
