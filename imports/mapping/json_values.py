"""Values of a mapping's JSON, checked by kind; what is wrong is an InvalidMapping that names the key."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from core.json_faults import json_fault
from imports.errors import InvalidMapping
from imports.identifiers import SYSTEM_COLUMNS, column_names, safe_target
from imports.mapping import messages
from imports.mapping.limits import refuse_long_name, refuse_long_text

UNSTORABLE = re.compile("[\0\ud800-\udfff]")  # no JSONB can hold these, and mapping_config is one


def as_object(value: Any, key: str = "mapping") -> dict[str, Any]:
    """Return an object, its JSON text, or nothing, which is an empty object."""
    if value is None or value == "" or value == b"":
        return {}
    if isinstance(value, str | bytes):
        refuse_long_text(value, key)
        value = parse_json(value, key)
    if not isinstance(value, Mapping):
        raise InvalidMapping(messages.OBJECT_EXPECTED(key=key))
    return dict(value)


def parse_json(text: str | bytes, key: str) -> Any:
    """Return the value of a JSON text, each of whose keys is there once. Raises InvalidMapping."""
    try:
        return json.loads(text, parse_constant=partial(_not_a_number, key), object_pairs_hook=_each_key_once)
    except json.JSONDecodeError as error:
        at = {"line": error.lineno, "character": error.colno}
        raise InvalidMapping(messages.INVALID_JSON(key=key, **at, fault=json_fault(error).as_json())) from None
    except (UnicodeDecodeError, RecursionError):
        raise InvalidMapping(messages.JSON_NOT_READABLE(key=key)) from None


def _not_a_number(key: str, text: str) -> None:
    raise InvalidMapping(messages.NOT_A_JSON_NUMBER(key=key, found=text))


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        if name in members:
            raise InvalidMapping(messages.MAPPING_KEY_TWICE(name=name[:80]))
        members[name] = value
    return members


def refuse_unstorable(mapping: Mapping[str, Any]) -> None:
    """Raise InvalidMapping for what no JSONB can hold: NUL or half of a surrogate pair, in a key too, and infinity."""
    left: list[tuple[str, Any]] = [("", mapping)]  # a stack: JSON may be nested deeper than Python calls
    while left:
        key, value = left.pop()
        if isinstance(value, Mapping):
            for name, item in value.items():
                _refuse_unstorable_key(name, key)
                left.append((f"{key}.{name[:80]}" if key else name[:80], item))
        elif isinstance(value, list):
            left += [(f"{key}[{number}]", item) for number, item in enumerate(value)]
        elif isinstance(value, str):
            as_text(value, key)
        elif isinstance(value, float) and not math.isfinite(value):
            raise InvalidMapping(messages.NUMBER_TOO_LARGE(key=key))


def _refuse_unstorable_key(name: Any, place: str) -> None:
    """place: of its object; empty for the mapping itself."""
    if not isinstance(name, str):
        raise InvalidMapping(messages.KEY_NOT_TEXT(place=place) if place else messages.KEY_OF_MAPPING_NOT_TEXT())
    if UNSTORABLE.search(name):
        raise InvalidMapping(messages.UNSTORABLE_KEY(place=place) if place else messages.UNSTORABLE_KEY_OF_MAPPING())


def as_objects(value: Any, key: str) -> list[dict[str, Any]]:
    """Return a list of objects, or nothing, which is an empty list."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidMapping(messages.LIST_EXPECTED(key=key))
    return [as_object(element, key) for element in value]


def known_keys(place: str, container: Mapping[str, Any], known: Collection[str]) -> None:
    for key in container:
        if key not in known:
            near = difflib.get_close_matches(str(key)[:80], known, n=1, cutoff=0.0)
            raise InvalidMapping(messages.UNKNOWN_KEY(place=place, key=str(key)[:80], nearest=near[0]))


def as_text(value: Any, key: str) -> str:
    if not isinstance(value, str):
        raise InvalidMapping(messages.TEXT_EXPECTED(key=key))
    if UNSTORABLE.search(value):
        raise InvalidMapping(messages.UNSTORABLE_CHARACTER(key=key))
    return value


def as_name(value: Any, key: str) -> str:
    """Return the name of a table or column."""
    name = as_text(value, key)
    refuse_long_name(name, key)
    return name


def text_or_none(container: Mapping[str, Any], key: str) -> str | None:
    return None if container.get(key) in (None, "") else as_text(container[key], key)


def as_names(value: Any, key: str) -> list[str]:
    names = as_texts(value, key)
    for name in names:
        refuse_long_name(name, key)
    return names


def as_texts(value: Any, key: str) -> list[str]:
    if not isinstance(value, list):
        raise InvalidMapping(messages.TEXTS_EXPECTED(key=key))
    return [as_text(element, key) for element in value]


def flag(container: Mapping[str, Any], key: str, default: bool) -> bool:
    value = container.get(key, default)
    if not isinstance(value, bool):
        raise InvalidMapping(messages.FLAG_EXPECTED(key=key))
    return value


def one_of(container: Mapping[str, Any], key: str, allowed: Collection[str], default: str) -> str:
    """Return the value of an option of this name."""
    value = container.get(key)
    if value is None:
        return default
    if value not in allowed:
        raise InvalidMapping(messages.VALUE_NOT_ALLOWED(name=key, allowed=list(allowed)))
    return str(value)


def target_column(name: str) -> str:
    """Return a target column as it will be called.

    Names that only the service may use are refused, others made safe.
    """
    if name.startswith("_") or name.lower() == "id" or name.lower() in SYSTEM_COLUMNS or not name:
        raise InvalidMapping(messages.RESERVED_COLUMN_NAME(name=name[:80]))
    return safe_target(name) or column_names([name])[0]
