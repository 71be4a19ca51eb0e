"""Where in a JSON document the records are: JSON pointers to lists of objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.messages import Message
from imports.readers import messages
from imports.readers.flatten import beside, too_deep
from imports.readers.json.tokenizer import JsonText
from imports.readers.limits import MAX_COLUMNS, MAX_DEPTH

Keys = dict[str, bool] | None

MAX_CHOICES = 50  # paths that are offered
KEYED = "/*"  # behind the pointer of an object: each of its values is a record, its key a column
MIN_KEYED = 3  # records under keys, to propose them


@dataclass
class Found:
    """Lists, and objects of records, by JSON pointer and how many records each has, in the order of the document."""

    records: dict[str, int] = field(default_factory=dict)
    few: list[str] = field(default_factory=list)  # objects of records that are too few to propose them
    key_names: dict[str, str] = field(default_factory=dict)  # by the pointer to an object of records: its keys' column
    other_lists: int = 0  # without a record in them
    fields: int = 0  # values outside lists
    repeated: list[str] = field(default_factory=list)  # lists whose pointer another one had before

    @property
    def only_lists(self) -> bool:
        """Whether the document is made of lists, and none of them holds a record."""
        return bool(self.other_lists) and not self.records and not self.fields

    def best(self) -> str:
        """Return the path with most records, nearest to the top, the first of equals; the whole document if none."""
        return max(self.records, key=lambda path: (self.records[path], -path.count("/")), default="")

    def warnings(self, pointer: str) -> Iterator[Message]:
        """Yield what a user should know where the list at the pointer is read."""
        others = [(path, count) for path, count in self.records.items() if path != pointer]
        values = self.fields + self.other_lists
        if pointer in self.records and (others or values):
            yield beside(pointer, others, values)
        if pointer not in self.records:
            yield from (messages.POSSIBLE_RECORDS(path=path) for path in self.few)
        yield from (messages.PATH_TWICE(path=path) for path in self.repeated)

    def take(self, inside: Found, members: Members, pointer: str) -> None:
        """Add the paths inside an object; none of them counts where its values are records themselves."""
        keyed = f"{pointer}{KEYED}"
        if members.are_records:
            self.key_names[keyed] = members.free_name()
            if members.count >= MIN_KEYED:
                self.note(keyed, members.count)
                return
            self.few.append(keyed)
        for path, count in inside.records.items():
            self.note(path, count)
        self.repeated += inside.repeated
        self.few += inside.few
        self.key_names |= inside.key_names
        self.other_lists += inside.other_lists
        self.fields += inside.fields

    def note(self, path: str, records: int) -> None:
        if path in self.records:
            self.repeated.append(path)
        elif len(self.records) < MAX_CHOICES:
            self.records[path] = records

    def choices(self) -> list[str]:
        return [*self.records, *self.few, *([] if "" in self.records else [""])][:MAX_CHOICES]


def look_through(text: JsonText, lists: Found, pointer: str = "", depth: int = 1) -> Keys:
    """Read one value and note the lists of records in it. Raises UnreadableFile where it is broken or too deep.

    Returns the keys of an object, True by those with a plain value; None of what is no object.
    """
    if depth > MAX_DEPTH:
        raise too_deep()
    start = text.peek()
    if start == "{":
        return _look_through_object(text, lists, pointer, depth)
    if start == "[":
        records = sum(element.__class__ is dict or element.__class__ is list for element in text.elements())
        if records or pointer in lists.records:
            lists.note(pointer, records)
        else:
            lists.other_lists += 1
        return None
    text.sound_value()
    lists.fields += 1
    return None


def _look_through_object(text: JsonText, lists: Found, pointer: str, depth: int) -> Keys:
    inside, members = Found(), Members()
    keys: dict[str, bool] = {}
    for key in text.members():
        is_plain = text.peek() not in ("{", "[")
        members.add(look_through(text, inside, f"{pointer}/{escaped(key)}", depth + 1))
        if len(keys) <= MAX_COLUMNS:
            keys[key] = is_plain
    lists.take(inside, members, pointer)
    return keys


@dataclass
class Members:
    """What the values of an object have in common."""

    count: int = 0
    plain: int = 0  # values in them that are neither objects nor lists
    are_objects: bool = True
    keys: set[str] = field(default_factory=set)

    def add(self, keys: Keys) -> None:
        self.count += 1
        self.are_objects &= bool(keys)
        if keys and len(self.keys) <= MAX_COLUMNS:
            self.plain += sum(keys.values())
            self.keys.update(keys)

    @property
    def are_records(self) -> bool:
        """Whether they make a table that is at least half full of plain values; its columns are not numbered."""
        full = len(self.keys) <= MAX_COLUMNS and 2 * self.plain >= self.count * len(self.keys)
        return self.count > 1 and self.are_objects and full and not all(map(str.isdecimal, self.keys))

    def free_name(self) -> str:
        """Return a name for the column of the keys."""
        name = "key"
        while name in self.keys:
            name = f"_{name}"
        return name


def go_to(text: JsonText, pointer: str) -> bool:
    """Take what precedes the value at a JSON pointer; False where there is no such value."""
    steps = [step.replace("~2", "*").replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return all(text.peek() == "{" and _go_to_member(text, step) for step in steps)


def _go_to_member(text: JsonText, name: str) -> bool:
    """Take what precedes the value of a key; False, and the object taken, where it has no such key."""
    for key in text.members():
        if key == name:
            return True
        look_through(text, Found())
    return False


def escaped(key: str) -> str:
    """Return a key as a step of a JSON pointer (RFC 6901, and ~2 for a star)."""
    return key.replace("~", "~0").replace("/", "~1").replace("*", "~2")
