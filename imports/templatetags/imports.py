"""Names of formats, sources, types, strategies and outcomes of imports on pages."""

from __future__ import annotations

from django import template

from imports.column_types import type_label
from imports.history.labels import actor, outcome, outcome_label
from imports.history.retention_marks import purged_message
from imports.labels import code_in_words, field_in_words
from imports.models import ImportHistory, ImportStrategy
from imports.pages import wording
from imports.readers.formats import BY_NAME
from imports.sources import SourceType

register = template.Library()
register.filter("code_in_words", code_in_words)
register.filter("field_in_words", field_in_words)
register.filter("actor", actor)
register.filter("outcome", outcome)
register.filter("type_label", type_label)
register.filter("error_in_words", wording.error_in_words)
register.filter("failure_in_words", wording.failure_in_words)
register.filter("warnings_in_words", wording.warnings_in_words)


@register.filter
def file_type(name: str | None) -> str:
    file_format = BY_NAME.get(name or "")
    return file_format.label if file_format else name or "Unknown format"


@register.filter
def source_in_words(source_type: str) -> str:
    return SourceType(source_type).label if source_type in SourceType.values else source_type


@register.filter
def strategy_in_words(strategy: str | None) -> str:
    return ImportStrategy(strategy).label if strategy in ImportStrategy.values else "Pending"


@register.filter
def deleted_by_retention(record: ImportHistory, detail: str) -> str | None:
    """Return that retention deleted the detail, and when; None where it did not."""
    message = purged_message(record, detail)
    return str(message) if message else None


@register.filter
def action_label(action: str) -> str:
    """Return an action of the audit log in words: import.undone -> Import undone."""
    return action.replace(".", " ").replace("_", " ").capitalize()


@register.inclusion_tag("partials/status.html")
def status(record: ImportHistory) -> dict[str, str]:
    """Show the status as an icon and a word."""
    name = outcome(record)
    return {"name": name, "word": outcome_label(record), "icon": f"icons/{name}.svg"}
