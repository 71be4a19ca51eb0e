"""How pages name formats, sources, strategies and outcomes of imports."""

from __future__ import annotations

from django import template

from imports.column_types import type_label
from imports.history.labels import OUTCOMES, actor, outcome
from imports.history.retention_marks import sentence
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
    found = BY_NAME.get(name or "")
    return found.label if found else name or "unknown format"


@register.filter
def source_in_words(source_type: str) -> str:
    return SourceType(source_type).label if source_type in SourceType.values else source_type


@register.filter
def strategy_in_words(strategy: str | None) -> str:
    return ImportStrategy(strategy).label if strategy in ImportStrategy.values else "not decided"


@register.filter
def forgotten(record: ImportHistory, detail: str) -> str | None:
    """That the detail was forgotten and when; nothing where it was not."""
    return sentence(record, detail)


@register.filter
def action_label(action: str) -> str:
    """import.undone -> Import undone."""
    return action.replace(".", " ").replace("_", " ").capitalize()


@register.inclusion_tag("partials/status.html")
def status(record: ImportHistory) -> dict[str, str]:
    """The outcome as a shape and a word."""
    name = outcome(record)
    return {"name": name, "word": OUTCOMES[name], "icon": f"icons/{name}.svg"}
