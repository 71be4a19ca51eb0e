"""JSONB: objects and arrays."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from imports.column_types import messages
from imports.column_types.base import ColumnType, matches
from imports.column_types.numeric import MAX_DECIMAL_PLACES, MAX_WHOLE_DIGITS, decimal_bytes
from imports.column_types.wire import Pieces, jsonb_field

MAX_DEPTH = 200  # levels, as in JSON files
STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKET = re.compile(r"[\[\]{}]")


class Jsonb(ColumnType):
    """Only what jsonb gives back without a loss: no key twice, no U+0000, no lone surrogate, no NaN."""

    name = "JSONB"
    label = "JSON"
    not_valid = messages.NOT_JSON
    aliases = ("JSON",)
    has_python_value = False
    beginning = r"[\[{]"

    def canonical(self, texts: pa.Array) -> pa.Array:
        looks_so = matches(texts, r"(?s)\s*(?:\{.*\}|\[.*\])\s*")
        if looks_so.true_count == 0:
            return looks_so
        return pa.array([None if text is None else _is_json(text) for text in texts.to_pylist()], pa.bool_())

    def parse(self, texts: pa.Array) -> pa.Array:
        return texts

    def display_text(self, texts: pa.Array) -> pa.Array:
        return pc.utf8_trim_whitespace(texts)

    @classmethod
    def wire_field(cls, values: pa.Array) -> Pieces:
        return jsonb_field(values)

    def stored_bytes(self, values: pa.Array) -> np.ndarray:
        lengths = [0 if text is None else _stored_bytes(_with_decimals(text)) for text in values.to_pylist()]
        return np.array(lengths, np.int64)


def _is_json(text: str) -> bool:
    if _too_deep(text):
        return False
    try:
        value = json.loads(
            text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_a_numeric,
            parse_int=_a_numeric,
        )  # fmt: skip
        text.encode()
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict | list) and "\\u0000" not in text and not _has_surrogate(text, value)


def _too_deep(text: str) -> bool:
    """Return whether a text is nested too deep, by its brackets: the limit of json depends on the depth of the call."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return False
    depth = deepest = 0
    for bracket in BRACKET.findall(STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    return deepest > MAX_DEPTH


def _has_surrogate(text: str, value: Any) -> bool:
    if "\\ud" not in text and "\\uD" not in text:
        return False
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("duplicate key")
    return value


def _a_numeric(text: str) -> str:
    """Return the number if jsonb can hold it as NUMERIC, which has no -0. Raises ValueError."""
    number = Decimal(text)
    exponent = number.as_tuple().exponent
    if number.is_zero() and number.is_signed():
        raise ValueError("a zero has a sign")
    if not isinstance(exponent, int) or -exponent > MAX_DECIMAL_PLACES or number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError("a number is beyond NUMERIC")
    return text


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _stored_bytes(value: Any, start: int = 0) -> int:
    """Return the bytes of a JSON value that begins at this byte of its document.

    Inner values begin at multiples of 4.
    """
    if isinstance(value, str):
        return len(value.encode())
    if value is None or isinstance(value, bool):
        return 0
    padding = -start % 4
    if isinstance(value, Decimal):
        return padding + 4 + decimal_bytes(value)
    inside = value
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        inside = [*keys, *(value[key] for key in keys)]
    end = start + padding + 4 + 4 * len(inside)
    for element in inside:
        end += _stored_bytes(element, end)
    return end - start


def _with_decimals(text: str) -> Any:
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)
