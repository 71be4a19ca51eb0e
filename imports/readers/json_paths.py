"""Where in a JSON document the records are: JSON pointers to lists of objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from imports.readers.json_text import JsonText
from imports.readers.limits import MAX_DEPTH
from imports.readers.nested import beside, too_deep

MAX_CHOICES = 50  # paths that are offered


@dataclass
class Found:
    """Lists by JSON pointer and how many records each has, in the order of the document."""

    records: dict[str, int] = field(default_factory=dict)
    other_lists: int = 0  # without a record in them
    fields: int = 0  # values outside lists
    repeated: list[str] = field(default_factory=list)  # lists whose pointer another one had before

    @property
    def only_lists(self) -> bool:
        """Whether the document is made of lists, and none of them holds a record."""
        return bool(self.other_lists) and not self.records and not self.fields

    def best(self) -> str:
        """The longest list of records, the first of equals; the whole document where there is none."""
        return max(self.records, key=self.records.__getitem__, default="")

    def warnings(self, pointer: str) -> Iterator[str]:
        """What a person should know where the list at the pointer is read."""
        others = [f"{path} ({count})" for path, count in self.records.items() if path != pointer]
        values = self.fields + self.other_lists
        if values:
            others.append(f"{values} other value{'s' * (values > 1)}")
        if pointer in self.records and others:
            yield beside(pointer, others)
        yield from (f"The file names {path} more than once; the first was read." for path in self.repeated)

    def choices(self) -> list[str]:
        return [*self.records, *([] if "" in self.records else [""])][:MAX_CHOICES]


def look_through(text: JsonText, found: Found, pointer: str = "", depth: int = 1) -> None:
    """Takes one value and notes the lists of records in it. Raises UnreadableFile where it is broken or too deep."""
    if depth > MAX_DEPTH:
        raise too_deep()
    start = text.peek()
    if start == "{":
        for key in text.members():
            look_through(text, found, f"{pointer}/{escaped(key)}", depth + 1)
    elif start == "[":
        records = sum(element.__class__ is dict or element.__class__ is list for element in text.elements())
        if pointer in found.records:
            found.repeated.append(pointer)
        elif records and len(found.records) < MAX_CHOICES:
            found.records[pointer] = records
        elif not records:
            found.other_lists += 1
    else:
        text.sound_value()
        found.fields += 1


def go_to(text: JsonText, pointer: str) -> bool:
    """Takes what stands before the value at a JSON pointer; False where there is no such value."""
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return all(text.peek() == "{" and _go_to_member(text, step) for step in steps)


def _go_to_member(text: JsonText, name: str) -> bool:
    """Takes what stands before the value of a key; False, and the object taken, where it has no such key."""
    for key in text.members():
        if key == name:
            return True
        look_through(text, Found())
    return False


def escaped(key: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
