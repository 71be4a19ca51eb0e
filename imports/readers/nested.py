"""Nested records, of JSON and of XML, as one row of text cells."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from imports.errors import UnreadableFile
from imports.readers.batching import storable
from imports.readers.limits import MAX_COLUMNS, MAX_DEPTH


class Literal(str):
    """A number as it is written."""

    __slots__ = ()


class Untyped(str):
    """Text of a format that does not tell text from numbers; an ordinary str says that it is text."""

    __slots__ = ()


class Columns:
    """The header as it grows: column names in the order of their first appearance."""

    def __init__(self, header: list[str], null_tokens: frozenset[str], native_text: set[int]) -> None:
        self.header = header
        self._null_tokens = null_tokens
        self._native_text = native_text
        self._position = {name: i for i, name in enumerate(header)}

    def cells(self, record: dict[str, Any]) -> tuple[list[str | None], bool]:
        """The record's cells in header order, and whether two of its values have the same name."""
        cells: list[str | None] = []
        position, native, filled = self._position, self._native_text, set()
        values = 0
        for name, value in flattened(record):
            i = position.get(name)
            if i is None:
                i = self._new_column(name)
            if i >= len(cells):
                cells += [None] * (i + 1 - len(cells))
            filled.add(i)
            values += 1
            if value.__class__ is str:
                if i not in native and value not in self._null_tokens:
                    native.add(i)
                cells[i] = value
            else:
                cells[i] = text_of(value)
        return cells, len(filled) < values

    def name_all(self, names: list[str]) -> None:
        """Columns that have their names before any value."""
        for name in names:
            if name not in self._position:
                self._new_column(name)

    def _new_column(self, name: str) -> int:
        if len(self.header) >= MAX_COLUMNS:
            raise UnreadableFile(f"The records have more than {MAX_COLUMNS} different keys; this is not one table.")
        self._position[name] = len(self.header)
        self.header.append(storable(name))
        return len(self.header) - 1


def flattened(record: dict[str, Any], prefix: str = "", depth: int = 1) -> Iterator[tuple[str, Any]]:
    """(«a.b», value) for every value that is not itself a filled object; what «a» calls "" is «a» itself.

    Raises UnreadableFile when too deep.
    """
    if depth > MAX_DEPTH:
        raise too_deep()
    for key, value in record.items():
        if value.__class__ is dict and value:
            yield from flattened(value, f"{prefix}{key}.", depth + 1)
        else:
            yield prefix + key if key else prefix[:-1], value


def text_of(value: Any) -> str | None:
    """The cell's text: as written, lists and empty objects as compact JSON."""
    if value is None or isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    return compact(value)


def compact(value: Any, depth: int = 1) -> str:
    """JSON without spaces, numbers exactly as they were written. Raises UnreadableFile when too deep."""
    if depth > MAX_DEPTH:
        raise too_deep()
    if isinstance(value, Literal):
        return value
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}:{compact(held, depth + 1)}" for key, held in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(held, depth + 1) for held in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def too_deep() -> UnreadableFile:
    return UnreadableFile(f"The file is nested more than {MAX_DEPTH} levels deep. Choose one with plain records.")
