"""An XML document surveyed once: how often each element is there, and what repeats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.xml.named_fields import FIELD_TAGS, FieldNames, name_attribute
from imports.readers.xml.parsing import feed, local_name

MAX_NESTED = 256  # levels that libxml builds a tree of
MAX_ATTRIBUTES = 2_000  # of an element; libxml takes the square of their number to list them
MAX_LEVELS = 12  # levels of the document that are looked at for repeating elements
OF_SCHEMA = "{http://www.w3.org/2001/XMLSchema-instance}"  # the namespace of attributes that say where the schema is
MAX_PATHS = 2_000  # different paths that are counted


def survey(path: Path, encoding: str | None) -> PathCounter:
    """Return the paths of the document, counted. Raises UnreadableFile for broken XML and for entities."""
    paths = PathCounter()
    feed(path, encoding, paths)
    return paths


class PathCounter:
    """What lxml calls while it parses, in place of building a tree.

    `counts`: how often each path occurs, in the order of the document; with «/» behind it, how often with children or
    attributes; with «/@», whether with attributes.
    `root`: the tag of the outermost element.
    `repeated`: (path, tag) where an element at the path has several children of that tag.
    `fields`: by path, the names of elements that may be fields with a name.
    """

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.root = ""
        self.repeated: set[tuple[str, str]] = set()
        self.fields: dict[str, FieldNames] = {}
        self._numbers = [0]  # of the elements that are open, as they were begun
        self._begun = 0
        self._last_parent: dict[tuple[str, str], int] = {}  # by the path above and the tag: the parent's number
        self._names: dict[tuple[str, str], str] = {}  # by the path above and the tag: the path
        self._with_attributes: set[str] = set()  # paths
        self._paths = [""]  # of the elements that are open
        self._has_parts = [False]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if len(self._paths) > MAX_NESTED:
            raise UnreadableFile(messages.XML_NESTED_TOO_DEEP())
        if len(attributes) > MAX_ATTRIBUTES:
            raise UnreadableFile(messages.TOO_MANY_ATTRIBUTES(limit=MAX_ATTRIBUTES))
        self.root = self.root or tag
        child = self._paths[-1], tag
        here = self._names.get(child) or self._new_path(*child, may_be_field=name_attribute(attributes) is not None)
        if self.fields:
            self.fields.pop(child[0], None)  # it has children
            if here in self.fields and not self.fields[here].add(attributes, self._numbers[-1]):
                del self.fields[here]
        if self._last_parent.get(child) == self._numbers[-1]:
            self.repeated.add(child)
        elif child in self._names:
            self._last_parent[child] = self._numbers[-1]
        self._begun += 1
        self._numbers.append(self._begun)
        self._has_parts[-1] = True
        self._paths.append(here)
        self._has_parts.append(bool(attributes))
        if here in self.counts:
            self.counts[here] += 1
            if attributes and here not in self._with_attributes:
                self._note_attributes(here, attributes)

    def _new_path(self, above: str, tag: str, *, may_be_field: bool) -> str:
        """Counted from now on, unless it is too deep or one too many."""
        here = f"{above}/{local_name(tag)}"
        if may_be_field and here not in self.counts:
            self.fields[here] = FieldNames()
        if len(self._paths) <= MAX_LEVELS and len(self.counts) < MAX_PATHS:
            self.counts.setdefault(here, 0)
        if len(self._names) < MAX_PATHS:
            self._names[above, tag] = here
        return here

    def _note_attributes(self, here: str, attributes: Mapping[str, str]) -> None:
        if any(not key.startswith(OF_SCHEMA) for key in attributes):
            self._with_attributes.add(here)
            self.counts[f"{here}/@"] = 1

    def end(self, tag: str) -> None:
        here = self._paths.pop()
        self._numbers.pop()
        if self._has_parts.pop() and here in self.counts:
            self.counts[f"{here}/"] += 1

    def named_fields(self) -> list[str]:
        """Return the paths of fields with names, and of elements next to them that say so of themselves."""
        fields = {path: path.rpartition("/") for path in self.fields}
        sure = {path for path, (_, _, tag) in fields.items() if self.fields[path].are_fields(tag)}
        parents = {path.rpartition("/")[0] for path in sure}
        return [
            path for path, (above, _, tag) in fields.items()
            if path in sure or (above in parents and tag.lower() in FIELD_TAGS)
        ]  # fmt: skip

    def close(self) -> None:
        """Nothing was built."""
