"""Paths in a JSON document: JSON pointers (RFC 6901), and endings that say how the rows are stored there."""

from __future__ import annotations

from imports.identifiers import cut_name
from imports.readers.json.tokenizer import JsonText

LINES = "lines"  # in place of a path: records that follow one another
KEYED = "/*"  # each value of an object is a record, its key a column
NUMBERED = "/#"  # the same, where the keys only number the records: 0, 1, 2
COLUMNS = "/|"  # each value of an object is a column: a list, or an object with a key for each row
ENDINGS = (KEYED, NUMBERED, COLUMNS)

_ESCAPED = {"*": "~2", "#": "~3", "|": "~4"}  # keys that would be an ending


def container_of(path: str) -> str:
    """Return the pointer to what holds the records."""
    return path[: -len(KEYED)] if path.endswith(ENDINGS) else path


def parent_of(path: str) -> str:
    return path.rpartition("/")[0]


def steps_of(path: str) -> list[str]:
    return path.split("/")[1:]


def escaped(key: str) -> str:
    """Return a key as a step of a path: RFC 6901, and ~2, ~3, ~4 for what would be an ending; a long one is cut."""
    step = cut_name(key).replace("~", "~0").replace("/", "~1").replace("*", "~2")
    return _ESCAPED.get(step, step)


def key_of(step: str) -> str:
    for sign, code in (*_ESCAPED.items(), ("/", "~1"), ("~", "~0")):
        step = step.replace(code, sign)
    return step


def go_to(text: JsonText, pointer: str) -> bool:
    """Take what precedes the value at a pointer; False where there is no such value."""
    return all(text.peek() == "{" and _go_to_member(text, key_of(step)) for step in steps_of(pointer))


def _go_to_member(text: JsonText, name: str) -> bool:
    """Take what precedes the value of a key; False, and the object taken, where it has no such key."""
    name = cut_name(name)
    for key in text.members():
        if cut_name(key) == name:
            return True
        text.skip()
    return False
