"""How the records of a JSON file are stored: found in the document, or as the options say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from core.messages import Message
from imports.errors import InvalidMapping, NoSuchRecordPath, UnreadableFile
from imports.readers import messages
from imports.readers.flatten import text_of
from imports.readers.json.pointers import ENDINGS, KEYED, LINES, NUMBERED, container_of, go_to, parent_of
from imports.readers.json.record_paths import best, branches, choices, header_of, labels_of, warnings
from imports.readers.json.survey import ColumnNames, Found, free_name, survey
from imports.readers.json.tokenizer import JsonText

Opened = Callable[[], AbstractContextManager[JsonText]]

NOTHING: tuple[Any, ...] = (None, "")  # what may be in place of a list without elements


@dataclass
class Layout:
    """Where the records are, and what is known of their columns."""

    path: str  # record_path
    choices: list[str] = field(default_factory=list)
    warnings: list[Message] = field(default_factory=list)
    start: str = ""  # first character of what holds the records: [ or {; empty where there is nothing
    key_name: str | None = None  # of the column that takes the keys, where the records are under keys
    lists_follow: bool = False  # whether lists of records follow one another
    header_path: str | None = None
    names: list[str] | None = None  # at that path, for records that are lists
    labels: list[str | None] | None = None  # of those records, one each
    branches: list[str] = field(default_factory=list)  # paths of what is not read

    @property
    def container(self) -> str:
        return container_of(self.path)

    @property
    def ending(self) -> str:
        """How the records are in an object; empty where the path leads to a list or to the only record."""
        return self.path[-len(KEYED) :] if self.start == "{" and self.path.endswith(ENDINGS) else ""

    @property
    def label_name(self) -> str:
        return free_name("index", self.names or ())


def layout_of(opened: Opened, options: Mapping[str, Any], *, line_by_line: bool) -> Layout:
    """Survey the document and return its layout.

    line_by_line: whether the name of the file promises one record in each line.
    Raises InvalidMapping for options that do not match, UnreadableFile.
    """
    found, layout = _surveyed(opened, line_by_line=line_by_line)
    asked = options.get("record_path")
    if layout.path == LINES:
        if asked not in (None, "", LINES):
            raise NoSuchRecordPath(messages.RECORDS_FOLLOW(path=asked))
        return layout
    layout.choices = choices(found)
    _choose(opened, found, layout, asked)
    read_too = _name_columns(opened, found, layout, options)
    layout.branches = branches(found, layout.path, read_too)
    if asked is None:
        layout.warnings += warnings(found, layout.path, read_too)
    return layout


def _surveyed(opened: Opened, *, line_by_line: bool) -> tuple[Found, Layout]:
    """Return what the document has, and a layout with its first character, or that of records that follow one another.

    Of a list at the top no more is read than the first element.
    """
    found = Found()
    with opened() as text:
        first = text.peek()
        if first == "[":
            several = text.first_of_several()
            if several is None:
                return Found({"": 1}), Layout("", start=first)
            lists_follow = bool(several) and all(element.__class__ is dict for element in several)
            return found, Layout(LINES, [LINES], lists_follow=lists_follow)
        begins_on = text.line()
        survey(text, found)
        is_one_line = line_by_line and first == "{" and found.fields > 0 and text.line() == begins_on
        follow = text.peek() != ""
    return found, Layout(LINES, [LINES]) if follow or is_one_line else Layout("", start=first)


def _choose(opened: Opened, found: Found, layout: Layout, asked: str | None) -> None:
    """Set the path, and what is there. Raises NoSuchRecordPath, and UnreadableFile where nothing can be a record."""
    if asked == LINES or (asked is not None and layout.start == "[" and container_of(asked) == ""):
        asked = ""
    layout.path = best(found) if asked is None else asked
    if asked is None and found.only_lists and layout.path not in found.empty:
        raise no_records()
    if f"{layout.path}{NUMBERED}" in found.records and layout.path:
        layout.path += NUMBERED  # a list whose elements were given numbers, because some are missing
    with opened() as text:
        if not go_to(text, layout.container):
            _refuse_other_document(opened, found, layout)
            layout.start = ""
            layout.warnings.append(messages.NOTHING_AT_PATH_NOW(path=layout.path))
            return
        layout.start = text.peek()
        if layout.start == "{":
            has_values = next(text.members(), None) is not None
        else:
            has_values = layout.start == "[" or not asked or text.sound_value() not in NOTHING
        layout.start = layout.start if has_values else ""
    if layout.ending == KEYED:
        layout.key_name = found.key_names.get(layout.path) or _key_name(opened, layout.container)


def _refuse_other_document(opened: Opened, found: Found, layout: Layout) -> None:
    """Raise NoSuchRecordPath unless the document is the one with the path, only without a record."""
    with opened() as text:
        has_parent = go_to(text, parent_of(layout.container)) and text.peek() == "{"
    if not has_parent or found.records or found.columns:
        raise NoSuchRecordPath(messages.NOTHING_AT_PATH(path=layout.path, paths=layout.choices))


def _key_name(opened: Opened, container: str) -> str:
    """Return a name for the column of the keys that no record has."""
    taken: set[str] = set()
    with opened() as text:
        go_to(text, container)
        for _ in text.members():
            value = text.sound_value()
            taken |= value.keys() if isinstance(value, dict) else set()
    return free_name("key", taken)


def _name_columns(opened: Opened, found: Found, layout: Layout, options: Mapping[str, Any]) -> set[str]:
    """Set the names of records that are lists, where the document has them; return the paths that were read for it."""
    header_path = options.get("header_path")
    if header_path is None and options.get("header_row") is None:
        header_path = header_of(layout.path, found)
    if header_path is None:
        return set()
    layout.header_path, layout.names = header_path, _names_at(opened, header_path)
    if layout.names is None:
        raise InvalidMapping(messages.NO_NAMES_AT_PATH(path=header_path))
    labels_path = labels_of(layout.path, header_path, found)
    if labels_path is None:
        return {header_path}
    labels = _labels_at(opened, labels_path)
    layout.labels = None if all(label == str(row) for row, label in enumerate(labels)) else labels
    return {header_path, labels_path}


def _names_at(opened: Opened, path: str) -> list[str] | None:
    names = ColumnNames()
    with opened() as text:
        if go_to(text, path) and text.peek() == "[":
            for element in text.elements():
                names.add(element)
    return next(iter(names.found()), None)


def _labels_at(opened: Opened, path: str) -> list[str | None]:
    with opened() as text:
        go_to(text, path)
        return [text_of(value) for value in text.elements()]


def no_records() -> UnreadableFile:
    return UnreadableFile(messages.NO_RECORDS())
