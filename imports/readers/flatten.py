"""Nested records, of JSON and of XML, as one row of text cells."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from core.messages import Message
from imports.errors import InvalidMapping, UnreadableFile
from imports.identifiers import cut_name
from imports.readers import messages
from imports.readers.batch_builder import header_of
from imports.readers.limits import MAX_COLUMNS, MAX_DEPTH

#: The keys that lead to a value: its column. A number tells columns apart to which a list gave the same name.
Path = tuple[str | int, ...]
#: (path, value) for every cell of what is at a path.
Cells = Callable[[dict[str, Any], Path], Iterator[tuple[Path, Any]]]

MAX_KINDS = 1_000  # different sets of keys that are remembered
MAX_NAMED = 5  # of what is next to the records


class Literal(str):
    """A number as it is written."""

    __slots__ = ()


class Columns:
    """The header as it grows: column names in the order of their first appearance. Equal names may be two columns."""

    def __init__(
        self,
        header: list[str],
        null_tokens: frozenset[str] = frozenset(),
        native_text: set[int] | None = None,
        native_numbers: set[int] | None = None,
    ) -> None:
        """native_text: takes the columns with values that the format itself calls text; None: it never does.

        native_numbers: takes those with values that it calls numbers.
        """
        self.header = header
        self._null_tokens = null_tokens
        self._native_text = native_text
        self._native_numbers = set() if native_numbers is None else native_numbers
        self._position: dict[Path, int] = {}
        self._flat: dict[tuple[str, ...], list[int]] = {}  # by the keys of a record: their columns

    def of(self, record: dict[str, Any], cells_of: Cells) -> list[str | None]:
        """Return the cells of a record with named values in header order.

        Most records have but texts, and keys that came.
        """
        keys = tuple(record)
        if keys not in self._flat:
            cells = self.cells(cells_of(record, ()))
            if len(self._flat) < MAX_KINDS and all((key or "",) in self._position for key in keys):
                self._flat[keys] = [self._position[(key or "",)] for key in keys]
            return cells
        positions, native, numbers = self._flat[keys], self._native_text, self._native_numbers
        cells = [None] * (max(positions, default=-1) + 1)
        for i, value in zip(positions, record.values(), strict=True):
            kind = value.__class__
            if kind is str:
                if native is not None and i not in native and value not in self._null_tokens:
                    native.add(i)
                cells[i] = value
            elif kind is Literal:
                numbers.add(i)
                cells[i] = value
            elif value is None:
                cells[i] = value
            elif kind is dict and value:
                return self.cells(cells_of(record, ()))
            else:
                cells[i] = text_of(value)
        return cells

    def cells(self, values: Iterable[tuple[Path, Any]]) -> list[str | None]:
        """Return the cells of these values in header order."""
        cells: list[str | None] = []
        position, native = self._position, self._native_text
        for path, value in values:
            i = position.get(path)
            if i is None:
                i = self._new_column(path)
            if i >= len(cells):
                cells += [None] * (i + 1 - len(cells))
            if value.__class__ is str:
                if native is not None and i not in native and value not in self._null_tokens:
                    native.add(i)
                cells[i] = value
            else:
                if value.__class__ is Literal:
                    self._native_numbers.add(i)
                cells[i] = text_of(value)
        return cells

    def name_all(self, paths: list[Path]) -> None:
        """Add columns whose names are known before any value."""
        for path in paths:
            if path not in self._position:
                self._new_column(path)

    def _new_column(self, path: Path) -> int:
        if len(self.header) >= MAX_COLUMNS:
            raise UnreadableFile(messages.TOO_MANY_KEYS(limit=MAX_COLUMNS))
        self._position[path] = len(self.header)
        self.header.append(header_of(".".join(step for step in path if isinstance(step, str))))
        return len(self.header) - 1


def nesting_of(options: Mapping[str, Any]) -> Cells:
    """Return what `nested` asks for: a column for each value of a nested object, or one of JSON.

    Raises InvalidMapping.
    """
    nested = options.get("nested", "flatten")
    if nested not in NESTING:
        raise InvalidMapping(messages.BAD_NESTED())
    return NESTING[nested]


def flattened(record: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (path, value) for every value that is not a non-empty object; the key "" inside “a” is “a” itself.

    Raises UnreadableFile when too deep.
    """
    if len(path) >= MAX_DEPTH:
        raise too_deep()
    for key, value in record.items():
        name = cut_name(key)  # before it is in the path of each value inside
        if value.__class__ is dict and value:
            yield from flattened(value, (*path, name))
        else:
            yield (*path, name) if key else path or ("",), value


def kept_whole(record: dict[str, Any], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Yield (key, value) for the record itself; below it, the object at the path is one value."""
    if path:
        yield path, record
    else:
        yield from (((cut_name(key),), value) for key, value in record.items())


NESTING: dict[str, Cells] = {"flatten": flattened, "jsonb": kept_whole}


def paths_of(names: list[str]) -> list[Path]:
    """Return the paths of columns that a list names; equal names are different columns."""
    names = list(map(cut_name, names))
    first = {name: i for i, name in reversed(list(enumerate(names)))}
    return [(name,) if first[name] == i else (i, name) for i, name in enumerate(names)]


def listed(paths: list[Path], values: list[Any], cells_of: Cells) -> Iterator[tuple[Path, Any]]:
    """Yield the same for values whose columns have their names."""
    for path, value in zip(paths, values, strict=False):
        if value.__class__ is dict and value:
            yield from cells_of(value, path)
        else:
            yield path, value


def text_of(value: Any) -> str | None:
    """Return the cell's text: as written, lists and empty objects as compact JSON."""
    if value is None or isinstance(value, str):
        return value
    if value is True:
        return "true"
    if value is False:
        return "false"
    return compact(value)


def compact(value: Any, depth: int = 1) -> str:
    """Return JSON without spaces, numbers exactly as they were written. Raises UnreadableFile when too deep."""
    if depth > MAX_DEPTH:
        raise too_deep()
    if isinstance(value, Literal):
        return value
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key, ensure_ascii=False)}:{compact(member, depth + 1)}" for key, member in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(compact(element, depth + 1) for element in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def beside(path: str, others: Sequence[tuple[str, int]], values: int = 0) -> Message:
    """Return the warning that a file holds more than the records at a path.

    others: paths, with how often each is there; values: how many there are that are no records.
    """
    if not others:
        return messages.OTHER_VALUES_NOT_READ(path=path, values=values)
    named = [list(pair) for pair in others[:MAX_NAMED]]
    if values and len(others) < MAX_NAMED:
        return messages.OTHER_RECORDS_AND_VALUES_NOT_READ(path=path, others=named, values=values)
    more = len(others) - len(named) + bool(values)
    return messages.OTHER_RECORDS_NOT_READ(path=path, others=named, more=more)


def too_deep() -> UnreadableFile:
    return UnreadableFile(messages.NESTED_TOO_DEEP(levels=MAX_DEPTH))
