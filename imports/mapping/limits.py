"""How much a mapping may hold. Checked at the doors, not for what an import stored: versions before had no limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings

from imports.errors import InvalidMapping
from imports.identifiers import MAX_NAME_LENGTH
from imports.mapping import messages

MAX_LEVELS = 50  # of objects and lists in each other
#: Keys of a rule that name columns.
NAMES_OF_RULES = ("field", "fields", "target", "targets")


def refuse_long_text(value: str | bytes, key: str) -> None:
    """Raise InvalidMapping for a JSON text of more bytes than the limit, before anything is done with it."""
    limit = settings.ATLAS_MAX_MAPPING_BYTES
    length = len(value) if isinstance(value, bytes) or len(value) > limit else len(value.encode(errors="surrogatepass"))
    if length > limit:
        raise InvalidMapping(messages.MAPPING_TOO_LONG(key=key, bytes=length, limit=limit))


def refuse_large(mapping: Mapping[str, Any]) -> None:
    """Raise InvalidMapping for a mapping with too many keys and strings, too long ones, or too many levels."""
    names = length = 0
    left: list[tuple[Any, int]] = [(mapping, 1)]  # a stack: JSON may be nested deeper than Python calls
    while left:
        value, level = left.pop()
        if level > MAX_LEVELS:
            raise InvalidMapping(messages.JSON_NOT_READABLE(key="mapping"))
        if isinstance(value, Mapping):
            names += len(value)
            length += sum(len(name) for name in value if isinstance(name, str))
            left += [(item, level + 1) for item in value.values()]
        elif isinstance(value, list):
            left += [(item, level + 1) for item in value]
        elif isinstance(value, str):
            names += 1
            length += len(value)
    if names > settings.ATLAS_MAX_MAPPING_NAMES:
        raise InvalidMapping(messages.TOO_MANY_NAMES(names=names, limit=settings.ATLAS_MAX_MAPPING_NAMES))
    if length > settings.ATLAS_MAX_MAPPING_BYTES:
        limit = settings.ATLAS_MAX_MAPPING_BYTES
        raise InvalidMapping(messages.MAPPING_TOO_LONG(key="mapping", bytes=length, limit=limit))


def refuse_long_name(name: str, key: str) -> None:
    """Raise InvalidMapping for the name of a table or column that no table and no header has."""
    if len(name) > MAX_NAME_LENGTH:
        raise InvalidMapping(messages.NAME_TOO_LONG(key=key[:80], length=len(name), limit=MAX_NAME_LENGTH))


def refuse_many_rules(rules: Mapping[str, Any]) -> None:
    """Raise InvalidMapping for more rules than the limit, or one that names a column too long. rules: as asked for."""
    lists = {key: value for key, value in rules.items() if isinstance(value, list)}
    count = sum(map(len, lists.values()))
    if count > settings.ATLAS_MAX_RULES:
        raise InvalidMapping(messages.TOO_MANY_RULES(rules=count, limit=settings.ATLAS_MAX_RULES))
    for key, listed in lists.items():
        for number, rule in enumerate(listed):
            for name, text in _names(rule):
                refuse_long_name(text, f"{key}[{number}].{name}")


def _names(rule: Any) -> Iterator[tuple[str, str]]:
    for key in NAMES_OF_RULES if isinstance(rule, Mapping) else ():
        named = rule.get(key)
        yield from ((key, text) for text in (named if isinstance(named, list) else [named]) if isinstance(text, str))
