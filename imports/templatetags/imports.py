"""How pages name formats, sources, strategies and outcomes of imports."""

from __future__ import annotations

from django import template

from imports.errors import ImportCancelled
from imports.history.retention_marks import sentence
from imports.labels import code_in_words, field_in_words
from imports.models import ImportHistory, ImportStatus
from imports.pages import wording
from imports.sources import SourceType

register = template.Library()
register.filter("code_in_words", code_in_words)
register.filter("field_in_words", field_in_words)
register.filter("error_in_words", wording.error_in_words)
register.filter("failure_in_words", wording.failure_in_words)
register.filter("warnings_in_words", wording.warnings_in_words)

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
def action_label(action: str) -> str:
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
