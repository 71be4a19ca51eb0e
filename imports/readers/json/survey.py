"""A JSON document surveyed once: which of its lists and objects may be records, columns or names of columns."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from imports.identifiers import cut_name
from imports.readers.flatten import too_deep
from imports.readers.json.pointers import COLUMNS, KEYED, NUMBERED, escaped, steps_of
from imports.readers.json.tokenizer import JsonText
from imports.readers.limits import MAX_COLUMNS, MAX_DEPTH

MAX_CHOICES = 50  # paths that are offered
MAX_VALUES = 1_000  # paths of values that are kept
MIN_KEYED = 3  # records under keys, to propose them
SURELY_COLUMNS = 10  # values in each column, from which they are columns wherever they are

LABEL = re.compile(r"\d[\d\-:./ +TZ]*")  # a number, a date or a time
#: Keys under which documents have the names of their columns, without `_` and in lower case.
HEADER_KEYS = {
    "columns", "cols", "fields", "header", "headers", "names", "keys", "columnnames", "colnames", "fieldnames",
    "attributes", "labels", "schema",
}  # fmt: skip
#: Keys that have the name where each column is described by an object, the first that all have.
NAME_KEYS = (
    "name", "label", "title", "field", "key", "header", "column", "columnName", "column_name", "displayName", "id",
)  # fmt: skip
INDEX = "index"  # the key next to the names that has the label of each row, as pandas writes it


@dataclass
class Facts:
    """What one value is."""

    count: int = 0  # keys or elements
    keys: set[str] = field(default_factory=set)  # of an object, the first ones
    plain: int = 0  # values of an object that are neither objects nor lists
    are_labels: bool = True  # whether all keys are numbers, dates or times: of rows, hardly names of columns
    is_numbered: bool = True  # whether the keys are 0, 1, 2 and so on
    is_plain_list: bool = False  # a list without objects and lists


@dataclass
class Found:
    """What the document has by path, in its order."""

    records: dict[str, int] = field(default_factory=dict)  # lists and objects of records: how many each has
    columns: dict[str, int] = field(default_factory=dict)  # objects of columns: how many rows they have
    sure: set[str] = field(default_factory=set)  # those of which nothing else can be meant: their rows are numbered
    few: list[str] = field(default_factory=list)  # what may be either, but is not proposed
    key_names: dict[str, str] = field(default_factory=dict)  # by the path of an object of records: its keys' column
    widths: dict[str, int] = field(default_factory=dict)  # values of the first record, where that is a list
    first_keys: dict[str, set[str]] = field(default_factory=dict)  # of the first record, where that is an object
    names: dict[str, list[str]] = field(default_factory=dict)  # lists that may be the names of columns
    other_names: dict[str, list[list[str]]] = field(default_factory=dict)  # of the same lists, under their other keys
    labels: dict[str, int] = field(default_factory=dict)  # lists that may label the rows: how many values each has
    values: list[str] = field(default_factory=list)  # values outside lists, and lists without a record: the first ones
    empty: list[str] = field(default_factory=list)  # lists without elements
    other_lists: int = 0  # without a record in them
    fields: int = 0  # values outside lists
    repeated: list[str] = field(default_factory=list)  # lists whose path another one had before

    @property
    def only_lists(self) -> bool:
        """Whether the document is made of lists, and none of them holds a record."""
        return bool(self.other_lists) and not self.records and not self.columns and not self.fields

    def note(self, path: str, records: int) -> None:
        if path in self.records:
            self.repeated.append(path)
        elif len(self.records) < MAX_CHOICES:
            self.records[path] = records

    def note_value(self, path: str) -> None:
        if len(self.values) < MAX_VALUES:
            self.values.append(path)

    def take(self, inside: Found, members: Members, pointer: str) -> None:
        """Add the paths inside an object; none of them counts where its values are records or columns themselves."""
        keyed = f"{pointer}{KEYED}"
        rows = members.rows_of_columns
        if rows >= SURELY_COLUMNS or (rows and not pointer and not members.others):
            self.columns[f"{pointer}{COLUMNS}"] = rows
            self.fields += members.others
            if members.are_objects and members.are_rows_numbered:
                self.sure.add(f"{pointer}{COLUMNS}")
            return
        if members.are_numbered_records:
            self.note(f"{pointer}{NUMBERED}", members.count)
            return
        if members.are_records:
            self.key_names[keyed] = members.free_name()
            if members.count >= MIN_KEYED:
                self.note(keyed, members.count)
                return
            self.few.append(keyed)
        if rows:
            self.few.append(f"{pointer}{COLUMNS}")
        self._add(inside)

    def _add(self, inside: Found) -> None:
        for path, count in inside.records.items():
            self.note(path, count)
        self.columns |= inside.columns
        self.sure |= inside.sure
        self.key_names |= inside.key_names
        self.widths |= inside.widths
        self.first_keys |= inside.first_keys
        self.names |= inside.names
        self.other_names |= inside.other_names
        self.labels |= inside.labels
        self.values += inside.values[: MAX_VALUES - len(self.values)]
        self.repeated += inside.repeated
        self.few += inside.few
        self.empty += inside.empty
        self.other_lists += inside.other_lists
        self.fields += inside.fields


def survey(text: JsonText, found: Found, pointer: str = "", depth: int = 1) -> Facts:
    """Read one value and note what is in it. Raises UnreadableFile where it is broken or too deep."""
    if depth > MAX_DEPTH:
        raise too_deep()
    start = text.peek()
    if start == "{":
        return _survey_object(text, found, pointer, depth)
    if start == "[":
        return _survey_list(text, found, pointer)
    text.sound_value()
    found.fields += 1
    found.note_value(pointer)
    return Facts()


def _survey_object(text: JsonText, found: Found, pointer: str, depth: int) -> Facts:
    inside, members, facts = Found(), Members(), Facts()
    for key in text.members():
        facts.is_numbered &= key == str(facts.count)
        facts.are_labels = facts.are_labels and LABEL.fullmatch(key) is not None
        facts.count += 1
        facts.plain += text.peek() not in ("{", "[")
        if len(facts.keys) <= MAX_COLUMNS:
            facts.keys.add(cut_name(key))
        members.add(survey(text, inside, f"{pointer}/{escaped(key)}", depth + 1))
    members.are_numbered = facts.is_numbered
    found.take(inside, members, pointer)
    return facts


def _survey_list(text: JsonText, found: Found, pointer: str) -> Facts:
    facts, records = Facts(), 0
    names = ColumnNames.at(pointer)
    for element in text.elements():
        kind = element.__class__
        if kind is dict or kind is list:
            records += 1
            if records == 1:
                _note_first(found, pointer, element)
        facts.count += 1
        if names:
            names.add(element)
    if records or pointer in found.records:
        found.note(pointer, records)
    else:
        found.other_lists += 1
        found.note_value(pointer)
        facts.is_plain_list = True
        if not facts.count:
            found.empty.append(pointer)
        if pointer.endswith(f"/{INDEX}"):
            found.labels[pointer] = facts.count
    if names and (named := names.found()):
        found.names[pointer], *found.other_names[pointer] = named
    return facts


def _note_first(found: Found, pointer: str, record: Any) -> None:
    if isinstance(record, list):
        found.widths[pointer] = len(record)
    elif len(record) <= MAX_COLUMNS:
        found.first_keys[pointer] = set(_keys_of(record))


def _keys_of(record: dict[str, Any]) -> Iterator[str]:
    """Yield its keys, and those of objects in it."""
    for key, value in record.items():
        yield key
        if isinstance(value, dict):
            yield from value


class ColumnNames:
    """The names in a list, as far as it may be one of names: texts, lists of texts, or objects with a name each."""

    def __init__(self) -> None:
        self._elements: list[Any] | None = []

    @classmethod
    def at(cls, pointer: str) -> ColumnNames | None:
        """Return None for a list whose key does not say that it has names."""
        last = steps_of(pointer)[-1:]
        return cls() if last and last[0].lower().replace("_", "") in HEADER_KEYS else None

    def add(self, element: Any) -> None:
        if self._elements is not None and len(self._elements) < MAX_COLUMNS:
            if isinstance(element, dict):
                element = {key: element[key] for key in NAME_KEYS if key in element}
            self._elements.append(element)
        else:
            self._elements = None

    def found(self) -> list[list[str]]:
        """Return the names, the likeliest first where objects have several; nothing where two are equal."""
        elements = self._elements or []
        if all(isinstance(element, dict) for element in elements):
            candidates = [[element.get(key) for element in elements] for key in NAME_KEYS]
        else:
            candidates = [[_joined(element) for element in elements]]
        return [names for names in candidates if _are_names(names)]


def _joined(element: Any) -> Any:
    """Return the name of a column with names on several levels."""
    is_levels = isinstance(element, list) and all(level.__class__ is str for level in element)
    return ".".join(filter(None, element)) if is_levels else element


def _are_names(names: list[Any]) -> bool:
    return bool(names) and all(isinstance(name, str) and name for name in names) and len(set(names)) == len(names)


@dataclass
class Members:
    """What the values of an object have in common."""

    count: int = 0
    plain: int = 0  # values in them that are neither objects nor lists
    are_objects: bool = True
    are_numbered: bool = False  # whether their keys are 0, 1, 2 and so on
    keys: set[str] = field(default_factory=set)
    are_rows_labelled: bool = True  # whether all keys in all objects are numbers, dates or times
    are_rows_numbered: bool = True  # whether the keys in all objects are 0, 1, 2 and so on
    most_rows: int = 0  # keys of the longest object
    plain_lists: int = 0
    lengths: set[int] = field(default_factory=set)  # of the lists of plain values

    def add(self, facts: Facts) -> None:
        self.count += 1
        self.are_objects &= bool(facts.keys)
        if facts.keys:
            self.are_rows_labelled &= facts.are_labels
            self.are_rows_numbered &= facts.is_numbered
            self.most_rows = max(self.most_rows, facts.count)
            self.plain += facts.plain
            if len(self.keys) <= MAX_COLUMNS:
                self.keys.update(facts.keys)
        elif facts.is_plain_list:
            self.plain_lists += 1
            self.lengths.add(facts.count)

    @property
    def others(self) -> int:
        """Values next to lists that are columns."""
        return 0 if self.are_objects else self.count - self.plain_lists

    @property
    def are_records(self) -> bool:
        """Whether they make a table that is at least half full of plain values; its columns are not numbered."""
        full = len(self.keys) <= MAX_COLUMNS and 2 * self.plain >= self.count * len(self.keys)
        return self.count > 1 and self.are_objects and full and not self.are_rows_labelled

    @property
    def are_numbered_records(self) -> bool:
        return self.count > 0 and self.are_objects and self.are_numbered and not self.are_rows_labelled

    @property
    def rows_of_columns(self) -> int:
        """How many rows they make if each is a column; 0 where they are none: all objects, or two lists or more."""
        if self.count and self.are_objects:
            is_full = 2 * self.plain >= self.count * self.most_rows
            return self.most_rows if self.are_rows_labelled and is_full else 0
        return max(self.lengths) if self.plain_lists > 1 and len(self.lengths) == 1 else 0

    def free_name(self) -> str:
        return free_name("key", self.keys)


def free_name(name: str, taken: Collection[str]) -> str:
    """Return a name for the column of keys or labels."""
    while name in taken:
        name = f"_{name}"
    return name
