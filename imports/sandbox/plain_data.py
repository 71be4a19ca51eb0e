"""Values as JSON that names no class but those of a closed list: what a child may answer.

Python's pickle would do the same in fewer lines. But a pickle may name any function, and one of 10 bytes makes Python
reserve gigabytes even where the names are checked.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import pyarrow as pa

from core.errors import AtlasError
from core.messages import Message
from imports.sandbox.arrow_data import ArrowReceiver, ArrowSender, InvalidArrow

_TAG = "$"  # the key of an object that is no dictionary
_VALUE = "v"
#: What json.loads and those who make values of the parts raise.
_WRONG = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RecursionError, InvalidArrow)


class InvalidData(Exception):
    """The bytes are not what `Vocabulary.encode` makes."""


class Vocabulary:
    """The dataclasses, enumerations and exceptions that may be among the values.

    Besides them: None, truth values, numbers, Decimal, texts, bytes, dates and times, UUID, lists, tuples, sets,
    dictionaries, Arrow arrays and record batches.
    """

    def __init__(self, classes: Iterable[type]) -> None:
        self._revivers: dict[str, Callable[[Any], Any]] = {
            _name(kind): _reviver(kind) for kind in (Message, *classes)
        } | _BUILT_IN

    def name_of(self, kind: type) -> str | None:
        """Return under which name values of a class travel: an error for users under that of the next known class."""
        known = kind.__mro__ if issubclass(kind, AtlasError) else (kind,)
        return next((name for name in map(_name, known) if name in self._revivers), None)

    def encode(self, value: Any) -> tuple[bytes, Any]:
        """Return a value as plain data and Arrow data. Raises TypeError where it has something that may not travel."""
        arrow = ArrowSender()
        text = json.dumps(self._plain(value, arrow), separators=(",", ":"))
        return f"{len(arrow.batches)}\n{text}".encode(), arrow.as_bytes()

    def decode(self, plain: bytes | memoryview, arrow: pa.Buffer) -> Any:
        """Return the value. Raises InvalidData."""
        batches, _, text = bytes(plain).partition(b"\n")
        try:
            receiver = ArrowReceiver(arrow, int(batches))
            revivers = {
                **self._revivers,
                "batch": receiver.batch,
                "array": lambda place: receiver.array(*place),
            }
            return json.loads(text, object_hook=lambda tree: _revived(tree, revivers))
        except _WRONG as error:
            raise InvalidData from error

    def _plain(self, value: Any, arrow: ArrowSender) -> Any:
        kind = type(value)
        if value is None or kind in (str, int, bool, float):
            return value
        if kind is list:
            return [self._plain(item, arrow) for item in value]
        if isinstance(value, pa.Array):
            return _tagged("array", arrow.add_array(value))
        if isinstance(value, pa.RecordBatch):
            return _tagged("batch", arrow.add_batch(value))
        if name := self.name_of(kind):
            return _tagged(name, self._plain(_parts_of(value), arrow))
        if isinstance(value, Mapping):
            return self._dictionary(value, arrow)
        for tag, (kinds, show, _) in _KINDS.items():
            if isinstance(value, kinds):
                shown = show(value)
                return _tagged(tag, self._plain(shown, arrow) if type(shown) is list else shown)
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} cannot be sent by a child process.")

    def _dictionary(self, value: Mapping[Any, Any], arrow: ArrowSender) -> Any:
        if all(type(key) is str for key in value) and _TAG not in value:
            return {key: self._plain(item, arrow) for key, item in value.items()}
        pairs = [[self._plain(key, arrow), self._plain(item, arrow)] for key, item in value.items()]
        return _tagged("dict", pairs)


def _parts_of(value: Any) -> Any:
    """Return what a reviver of its class needs."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, AtlasError):
        return [value.message, value.details]
    if isinstance(value, BaseException):
        return list(value.args)
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _tagged(tag: str, value: Any) -> dict[str, Any]:
    return {_TAG: tag, _VALUE: value}


def _revived(tree: dict[str, Any], revivers: Mapping[str, Callable[[Any], Any]]) -> Any:
    return revivers[tree[_TAG]](tree[_VALUE]) if _TAG in tree else tree


def _name(kind: type) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _reviver(kind: type) -> Callable[[Any], Any]:
    """Return what makes an instance of the parts that were sent."""
    if issubclass(kind, Enum):
        return kind
    if issubclass(kind, AtlasError):
        return lambda parts: _error(kind, *parts)
    if issubclass(kind, BaseException):
        return lambda parts: kind(*parts)
    if not is_dataclass(kind):
        raise TypeError(f"{kind.__qualname__} is no dataclass, no enumeration and no exception.")
    names = [field.name for field in fields(kind)]
    return lambda parts: _dataclass(kind, names, parts)


def _error(kind: type[AtlasError], message: Message, details: dict[str, Any]) -> AtlasError:
    if type(message) is not Message or type(details) is not dict:
        raise InvalidData
    error = kind(message)
    error.details = details
    return error


def _dataclass(kind: type, names: list[str], parts: dict[str, Any]) -> Any:
    """Return an instance with these fields, which its own `__init__` was called for on the other side."""
    if list(parts) != names:
        raise InvalidData
    instance: Any = object.__new__(kind)
    for name, part in parts.items():
        object.__setattr__(instance, name, part)
    return instance


#: Tag -> the types, what of a value is sent, and what makes the value of that; a date and time is a date, too.
_KINDS: dict[str, tuple[type | tuple[type, ...], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "tuple": (tuple, list, tuple),
    "list": (list, list, list),
    "frozenset": (frozenset, list, frozenset),
    "set": (set, list, set),
    "bytes": (bytes, lambda value: b64encode(value).decode(), b64decode),
    "decimal": (Decimal, str, Decimal),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "duration": (timedelta, lambda value: [value.days, value.seconds, value.microseconds], lambda v: timedelta(*v)),
    "uuid": (UUID, str, UUID),
}
_BUILT_IN: dict[str, Callable[[Any], Any]] = {tag: make for tag, (_, _, make) in _KINDS.items()} | {"dict": dict}
