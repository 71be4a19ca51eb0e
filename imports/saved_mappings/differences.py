"""What differs between two mappings, in sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from core.messages import Message
from imports.column_types import type_label
from imports.mapping.json_values import as_object
from imports.mapping.request import parse_stored
from imports.mapping.wording import rules_in_words
from imports.saved_mappings import messages

#: Keys that are compared as they are.
PLAIN = ("table_name", "strategy", "on_error", "max_errors", "unique_columns", "check_duplicates")
SECTIONS = ("duplicate_check", "source_options")
NOTHING: tuple[Any, ...] = (None, [], {}, "")
#: What goes without saying of each key.
DEFAULTS = {
    "strategy": "auto", "on_error": "null", "check_duplicates": True, "on_match": "skip", "enabled": True,
    "check_file_level": True, "force_import": False, "allow_duplicates": False,
}  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Message]:
    """Return what another version says differently. Both are valid mappings."""
    return [*_columns(before, after), *_types(before, after), *_rules(before, after), *_options(before, after)]


def _columns(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Message]:
    was, becomes = parse_stored(before).mappings, parse_stored(after).mappings
    if was is None or becomes is None:
        if was is not None:
            yield messages.EVERY_COLUMN(columns=len(was))
        if becomes is not None:
            yield messages.CHOSEN_COLUMNS(columns=len(becomes))
        return
    for column in [*was, *(name for name in becomes if name not in was)]:
        if column not in becomes:
            yield messages.COLUMN_REMOVED(column=column, source=was[column])
        elif column not in was:
            yield messages.COLUMN_ADDED(column=column, source=becomes[column])
        elif was[column] != becomes[column]:
            yield messages.COLUMN_FROM(column=column, before=was[column], after=becomes[column])


def _types(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Message]:
    was, becomes = (
        {name: type_label(kind.sql) for name, kind in parse_stored(config).db_schema.items()}
        for config in (before, after)
    )
    for column in [*was, *(name for name in becomes if name not in was)]:
        if column not in becomes:
            yield messages.TYPE_OPEN(column=column, before=was[column])
        elif column not in was:
            yield messages.TYPE_SET(column=column, after=becomes[column])
        elif was[column] != becomes[column]:
            yield messages.TYPE_CHANGED(column=column, before=was[column], after=becomes[column])


def _rules(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Message]:
    was, becomes = (rules_in_words({"rules": config.get("rules")}) for config in (before, after))
    yield from (messages.RULE_REMOVED(rule=rule) for rule in was if rule not in becomes)
    yield from (messages.RULE_ADDED(rule=rule) for rule in becomes if rule not in was)
    if sorted(was) == sorted(becomes) and was != becomes:
        yield messages.RULES_REORDERED()


def _options(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Message]:
    for key in PLAIN:
        yield from _value(key, before.get(key), after.get(key))
    for section in SECTIONS:
        was, becomes = (as_object(config.get(section), section) for config in (before, after))
        for key in [*was, *(name for name in becomes if name not in was)]:
            yield from _value(key, was.get(key), becomes.get(key))


def _value(name: str, before: Any, after: Any) -> Iterator[Message]:
    before, after = (None if value in NOTHING or value == DEFAULTS.get(name) else value for value in (before, after))
    if before == after:
        return
    if before is None:
        yield messages.VALUE_SET(name=name, after=_shown(after))
    elif after is None:
        yield messages.VALUE_REMOVED(name=name, before=_shown(before))
    else:
        yield messages.VALUE_CHANGED(name=name, before=_shown(before), after=_shown(after))


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"“{value}”"
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(f"“{item}”" for item in value)
    return json.dumps(value, ensure_ascii=False)
