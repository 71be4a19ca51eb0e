"""What a saved mapping says, in the words of its page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from core.messages import Message
from imports.mapping.json_values import as_object
from imports.mapping.request import parse_stored
from imports.mapping.wording import rules_in_words
from imports.pages import wording
from imports.saved_mappings.shape import Why

WHY = {
    Why.USED: "The last import of a file with the same columns used it.",
    Why.SAME_HEADER: "It was saved for a file with the same columns.",
    Why.COLUMNS: "The file has all columns that it names.",
}
#: Values of keys, as a sentence about them shows these -> as the fields of a preview are labelled.
LABELS: dict[str, dict[str, str]] = {
    "strategy": {f"“{value}”": f"“{label}”" for value, label in wording.STRATEGY_LABELS.items()},
    "on_error": {f"“{value}”": f"“{label}”" for value, label in wording.ON_ERROR_LABELS.items()},
    "on_match": {f"“{value}”": f"“{choice.label}”" for value, choice in wording.MATCH_CHOICES.items()},
}
#: Keys of a mapping that a request can change, by their names on pages.
KEYS = {
    "table_name": "table",
    "mappings": "columns",
    "db_schema": "types",
    "strategy": "if the table exists",
    "rules": "transformations",
    "unique_columns": "unique key",
    "duplicate_check": "existing rows",
    "check_duplicates": "existing rows",
    "on_error": "invalid values",
    "max_errors": "maximum errors",
    "source_options": "file settings",
}


def columns(config: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return header, column and type of each column that the mapping names; empty texts for what it leaves open."""
    request = parse_stored(config)
    types = {name: kind.sql for name, kind in request.db_schema.items()}
    named = dict(request.mappings or {})
    others = {name: "" for name in types if name not in named}
    return [(header, name, types.get(name, "")) for name, header in {**named, **others}.items()]


def takes_all_columns(config: Mapping[str, Any]) -> bool:
    """Return whether it imports every column of a file."""
    return parse_stored(config).mappings is None


def rules(config: Mapping[str, Any]) -> list[str]:
    """Return its rules and settings in sentences."""
    request = parse_stored(config)
    settings = {
        "on_error": str(request.on_error),
        "check_duplicates": request.check_duplicates,
        "on_match": str(request.on_match),
        "unique_columns": list(request.unique_columns),
    }
    return [*wording.rules(settings), *rules_in_words(config)]


def options(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return label and value of each setting with which files are read."""
    return wording.reading_options(as_object(config.get("source_options"), "source_options"))


def sentences(found: Iterable[Message]) -> list[str]:
    """Return what differs between two versions, with options and their values by the labels of their fields."""
    return [wording.in_words(_with_labels(message)) for message in found]


def _with_labels(message: Message) -> Message:
    labels = LABELS.get(message.params.get("name", ""), {})
    values = {key: labels[value] for key, value in message.params.items() if value in labels}
    return Message(message.code, {**message.params, **values})


def changed_keys(saved: Mapping[str, Any] | None) -> str:
    """Return what an import or a preview says differently than the saved mapping that it uses: “table, types”."""
    names = (KEYS.get(key, key) for key in (saved or {}).get("changed", []))
    return ", ".join(dict.fromkeys(names))


def proposals(findings: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the saved mappings that fit a file, without the one that is used, each with the reason."""
    used = findings["saved_mapping"] or {}
    for proposal in findings["saved_mappings"]:
        if (proposal["name"], proposal["version"]) != (used.get("name"), used.get("version")):
            yield {**proposal, "reason": WHY[Why(proposal["why"])]}
