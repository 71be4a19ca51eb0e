"""The rules of a mapping's JSON: their keys, and what each becomes. Raises InvalidMapping naming rule and key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from imports.column_types import Reading
from imports.errors import InvalidMapping
from imports.identifiers import nearest
from imports.mapping import messages
from imports.mapping.filters import (
    LISTS,
    NULLNESS,
    OPERATORS,
    ORDERS,
    Filter,
)
from imports.mapping.json_values import (
    as_objects,
    as_text,
    as_texts,
    known_keys,
    target_column,
)
from imports.mapping.regex import check_pattern
from imports.mapping.transformations import (
    CASE_FUNCTIONS,
    ChangeCase,
    Coalesce,
    Constant,
    Merge,
    RegexReplace,
    Rule,
    Split,
)

MAX_TEXT_LENGTH = 1_000  # characters of a pattern, a replacement, a separator or a constant

KEYS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(CASE_FUNCTIONS, ("field",)),
    "regex_replace": ("field", "pattern", "replacement"),
    "split": ("field", "separator", "targets"),
    "merge": ("fields", "separator", "target"),
    "coalesce": ("fields", "target"),
    "constant": ("target", "value"),
}
Params = Mapping[str, Any]


def transformations_of(value: Any) -> tuple[Rule, ...]:
    """Parse rules.transformations: a list of objects with a type."""
    rules = as_objects(value, "rules.transformations")
    return tuple(_rule(rule, f"rules.transformations[{number}]") for number, rule in enumerate(rules))


def filters_of(value: Any, reading: Reading) -> tuple[Filter, ...]:
    """Parse rules.filter_rows: a list of conditions. reading: how the file writes numbers."""
    filters = as_objects(value, "rules.filter_rows")
    return tuple(_filter(condition, number, reading) for number, condition in enumerate(filters))


def _rule(params: Params, place: str) -> Rule:
    kind = params.get("type")
    if not isinstance(kind, str) or kind not in KEYS:
        raise InvalidMapping(messages.UNKNOWN_RULE_TYPE(rule=place, types=list(KEYS), nearest=nearest(str(kind), KEYS)))
    place = f"{place} ({kind})"
    known_keys(place, params, ("type", *KEYS[kind]))
    if kind in CASE_FUNCTIONS:
        field = _text(params, "field", place)
        return ChangeCase(place, (field,), (field,), kind)
    return _MAKERS[kind](params, place)


def _regex_replace(params: Params, place: str) -> Rule:
    field, pattern = _text(params, "field", place), _text(params, "pattern", place)
    replacement = _text(params, "replacement", place)
    check_pattern(pattern, place, replacement)
    return RegexReplace(place, (field,), (field,), pattern, replacement)


def _split(params: Params, place: str) -> Rule:
    targets = tuple(_target(name, place) for name in _names(params, "targets", place))
    if len(set(targets)) < len(targets):
        raise InvalidMapping(messages.TARGET_TWICE(rule=place))
    separator = _text(params, "separator", place)
    if not separator:
        raise InvalidMapping(messages.EMPTY_SEPARATOR(rule=place))
    return Split(place, (_text(params, "field", place),), targets, separator)


def _merge(params: Params, place: str) -> Rule:
    separator = _text({"separator": " ", **params}, "separator", place)
    return Merge(place, _names(params, "fields", place), (_target(params.get("target"), place),), separator)


def _coalesce(params: Params, place: str) -> Rule:
    return Coalesce(place, _names(params, "fields", place), (_target(params.get("target"), place),))


def _constant(params: Params, place: str) -> Rule:
    value = params.get("value")
    if isinstance(value, bool | int | float):
        value = json.dumps(value)
    text = _text({"value": value}, "value", place)
    return Constant(place, (), (_target(params.get("target"), place),), text)


_MAKERS: dict[str, Callable[[Params, str], Rule]] = {
    "regex_replace": _regex_replace, "split": _split, "merge": _merge, "coalesce": _coalesce, "constant": _constant,
}  # fmt: skip


def _text(params: Params, key: str, place: str) -> str:
    text = as_text(params.get(key), f"{place}.{key}")
    if len(text) > MAX_TEXT_LENGTH:
        raise InvalidMapping(messages.TEXT_OF_RULE_TOO_LONG(key=f"{place}.{key}", limit=MAX_TEXT_LENGTH))
    return text


def _names(params: Params, key: str, place: str) -> tuple[str, ...]:
    names = as_texts(params.get(key), f"{place}.{key}")
    if not names:
        raise InvalidMapping(messages.NO_COLUMN_NAMED(key=f"{place}.{key}"))
    return tuple(names)


def _target(name: Any, place: str) -> str:
    """Return as it was given; as a column of the table it will be made safe."""
    target_column(as_text(name, f"{place}.target"))
    return str(name)


def _filter(params: Params, number: int, reading: Reading) -> Filter:
    place = f"filter_rows[{number}]"
    operator = params.get("operator")
    if not isinstance(operator, str) or operator not in OPERATORS:
        raise InvalidMapping(messages.UNKNOWN_OPERATOR(rule=place, operators=list(OPERATORS)))
    known_keys(place, params, ("field", "operator") if operator in NULLNESS else ("field", "operator", "value"))
    field = _text(params, "field", place)
    values = _values(params.get("value"), operator, place)
    description = f"{field} {operator}"
    if values:
        description += f" {json.dumps(params['value'], ensure_ascii=False)}"
    return Filter(place, field, operator, values, reading, description[:300])


def _values(operand: Any, operator: str, place: str) -> tuple[str | Decimal, ...]:
    if operator in NULLNESS:
        return ()
    if operator in LISTS:
        if not isinstance(operand, list) or not operand:
            raise InvalidMapping(messages.NO_LIST_FOR_OPERATOR(rule=place, operator=operator))
        return tuple(_value(element, place) for element in operand)
    value = _value(operand, place)
    if operator in ("contains", "matches"):
        value = as_text(operand, f"{place}.value")
    if operator == "matches":
        check_pattern(_text({"value": value}, "value", place), place)
    return (_number(value) if operator in ORDERS else value,)


def _value(operand: Any, place: str) -> str | Decimal:
    """Return true and false as texts, as every format has them."""
    if isinstance(operand, bool):
        return json.dumps(operand)
    if isinstance(operand, int | float):
        return Decimal(str(operand))
    return as_text(operand, f"{place}.value")


def _number(value: str | Decimal) -> str | Decimal:
    """Return a text that is a number is one where the order counts: «10» is greater than «9»."""
    try:
        number = Decimal(value)
    except ArithmeticError:
        return value
    return number if number.is_finite() else value
