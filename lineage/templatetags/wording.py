"""How pages say numbers, sizes, times and outcomes."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from django import template
from django.template.defaultfilters import filesizeformat
from django.utils.html import format_html
from django.utils.safestring import SafeString

from imports.errors import ImportCancelled
from imports.forgotten import sentence
from imports.in_words import code_in_words, field_in_words
from imports.models import ImportHistory, ImportStatus
from imports.sources import SourceType

register = template.Library()
register.filter("code_in_words", code_in_words)
register.filter("field_in_words", field_in_words)

UNDONE, WAITING, CANCELLED = "undone", "waiting", "cancelled"
OUTCOMES = {
    ImportStatus.SUCCESS.value: "Imported",
    ImportStatus.PARTIAL.value: "Partly imported",
    ImportStatus.FAILED.value: "Failed",
    ImportStatus.IN_PROGRESS.value: "Running",
    WAITING: "Waiting",
    CANCELLED: "Cancelled",
    UNDONE: "Undone",
}
FILE_TYPES = {"csv": "CSV", "excel": "Excel", "json": "JSON", "xml": "XML"}
STRATEGIES = {
    "new_table": "made the table",
    "merge_exact": "added rows to the same columns",
    "extend_table": "added rows and new columns",
    "adapt_data": "fitted the values into the existing columns",
}
SOURCES = {
    SourceType.LOCAL_UPLOAD.value: "Uploaded as a file",
    SourceType.B2_STORAGE.value: "Fetched from Backblaze B2",
    SourceType.API_DIRECT.value: "Sent as records through the API",
    SourceType.LEGACY.value: "Stood in the table before it was tracked",
}


@register.filter
def when(moment: datetime | None) -> str | SafeString:
    """A time in UTC that says so; js/times.js turns it into the reader's zone."""
    if moment is None:
        return "–"
    exact = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-local>{}</time>',
        exact.isoformat(timespec="seconds").replace("+00:00", "Z"),
        f"{exact:%b} {exact.day}, {exact:%Y, %H:%M} UTC",
    )


@register.filter
def count(number: float | None) -> str:
    """1234567 -> 1,234,567; nothing known -> a dash."""
    return "–" if number is None else f"{number:,.0f}"


@register.filter
def counted(number: int, noun: str) -> str:
    """1, "row" -> 1 row; 1200, "row" -> 1,200 rows; "entry,entries" for what does not end in s."""
    one, _, many = noun.partition(",")
    return f"{count(number)} {one if number == 1 else many or one + 's'}"


@register.filter
def seconds(duration: Decimal | float | None) -> str:
    """0.0421 -> 42 ms; 2.5 -> 2.5 s; 126 -> 2 min 6 s."""
    if duration is None:
        return "–"
    if duration < 1:
        return f"{float(duration) * 1000:.0f} ms"
    if duration < 60:
        return f"{float(duration):.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest} s"


@register.filter
def whole_seconds(duration: int | None) -> str:
    """42 -> 42 s; 126 -> 2 min 6 s; nothing known -> a dash."""
    return seconds(duration).replace(".0 s", " s") if duration else ("–" if duration is None else "0 s")


@register.filter
def size(number: int | None) -> str:
    return "–" if number is None else filesizeformat(number)


@register.filter
def file_type(name: str | None) -> str:
    return FILE_TYPES.get(name or "", name or "unknown format")


@register.filter
def source_in_words(source_type: str) -> str:
    return SOURCES.get(source_type, source_type)


@register.filter
def strategy_in_words(strategy: str | None) -> str:
    return STRATEGIES.get(strategy or "", "not decided")


@register.filter
def actor(record: ImportHistory) -> str:
    """Who brought it in, as well as we know."""
    return record.user_email or getattr(record, "user_name", None) or record.user_id or "unknown"


@register.filter
def forgotten(record: ImportHistory, detail: str) -> str | None:
    """That the detail was forgotten and when; nothing where it was not."""
    return sentence(record, detail)


@register.filter
def deed_in_words(action: str) -> str:
    """import.undone -> Import undone."""
    return action.replace(".", " ").replace("_", " ").capitalize()


@register.filter
def outcome(record: ImportHistory) -> str:
    if record.undone_at:
        return UNDONE
    if record.status == ImportStatus.FAILED and record.error_code == ImportCancelled.code:
        return CANCELLED
    return WAITING if _waits(record) else record.status


def _waits(record: ImportHistory) -> bool:
    """For a worker, where whoever read the record has read its task too."""
    if record.status != ImportStatus.IN_PROGRESS or not ImportHistory.task.related.is_cached(record):
        return False
    task = getattr(record, "task", None)
    return task is not None and task.started_at is None


@register.inclusion_tag("pieces/status.html")
def status(record: ImportHistory) -> dict[str, str]:
    """The outcome as a shape and a word."""
    name = outcome(record)
    return {"name": name, "word": OUTCOMES[name], "icon": f"icons/{name}.svg"}
