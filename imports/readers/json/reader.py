"""JSON: a list of records, records line by line (NDJSON) or one after the other, or a document that holds a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from core.messages import Message
from imports.column_types.null_tokens import null_tokens_of
from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder
from imports.readers.encoding.decide import decide_encoding
from imports.readers.flatten import (
    Columns,
    Literal,
    Path,
    listed,
    nesting_of,
    paths_of,
    text_of,
)
from imports.readers.json.record_paths import (
    KEYED,
    Found,
    go_to,
    look_through,
)
from imports.readers.json.tokenizer import JsonText
from imports.sources import SourceFile
from imports.text_batches import FileInfo, TextBatch

LINES = "lines"  # record_path of records that follow one another
MAX_WITHOUT = 65_536  # elements at the beginning none of which is a record


class JsonReader:
    """Every value as it is written; nested objects become columns «a.b», lists stay compact JSON."""

    def __init__(self, source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> None:
        self.share_read = 0.0
        self._path = source.path
        self._size = source.size
        self._batch_rows = batch_rows
        self._encoding = decide_encoding(source.path, options.get("encoding"))
        self._header_row = options.get("header_row")  # of records that are lists
        self._cells_of = nesting_of(options)
        self._key_name: str | None = None
        self._lists_follow = False  # whether lists of records follow one another
        lists, lines = self._look_through()
        self._pointer = self._chosen(lists, options.get("record_path"), lines=lines)
        paths = [LINES] if lines else lists.choices()
        self.file_info = FileInfo(
            "json",
            options={"encoding": self._encoding.name, "record_path": self._pointer},
            choices={"record_path": paths},
            warnings=[self._encoding.warning] if self._encoding.warning else [],
        )
        if options.get("record_path") is None:
            self.file_info.warnings += lists.warnings(self._pointer)
        tokens = null_tokens_of(options)
        self._columns = Columns(self.file_info.header, tokens, self.file_info.native_text)

    @contextmanager
    def _text(self) -> Iterator[JsonText]:
        with self._path.open("rb") as stream:
            yield JsonText(self._heard(self._encoding.text(stream), stream))

    def _heard(self, texts: Iterator[str], stream: BinaryIO) -> Iterator[str]:
        for text in texts:
            self.share_read = stream.tell() / max(self._size, 1)
            yield text

    def _look_through(self) -> tuple[Found, bool]:
        """Return the lists of records, and whether records follow one another without a list around them.

        Of a list at the top no more is read than the first element.
        """
        lists = Found()
        with self._text() as text:
            first = text.peek()
            if first == "[":
                several = text.first_of_several()
                self._lists_follow = bool(several) and all(element.__class__ is dict for element in several)
                return (lists, True) if several is not None else (Found({"": 1}), False)
            look_through(text, lists)
            return lists, text.peek() != ""

    def _chosen(self, lists: Found, record_path: str | None, *, lines: bool) -> str:
        if lines:
            if record_path not in (None, LINES):
                raise InvalidMapping(messages.RECORDS_FOLLOW(path=record_path))
            return LINES
        if record_path is None:
            if lists.only_lists:
                raise no_records()
            record_path = lists.best()
        self._key_name = lists.key_names.get(
            record_path
        )  # of the column that takes the keys, where records are under keys
        with self._text() as text:
            if not go_to(text, self._above(record_path)):
                raise InvalidMapping(messages.NOTHING_AT_PATH(path=record_path, paths=lists.choices()))
            self._in_list = text.peek() == "["
        return record_path

    def _above(self, pointer: str) -> str:
        """Return the pointer to what holds the records."""
        return pointer.removesuffix(KEYED) if self._key_name else pointer

    def location(self, place: int) -> str:
        if self._pointer == LINES:
            return f"line {place}"
        if self._key_name:
            return f"{self._pointer}, record {place}"
        return f"{self._pointer}/{place}" if self._in_list else self._pointer or "/"

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, messages.NOT_UNICODE)
        self._maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        self._as_lists: list[Path] | None = None
        self._named_twice: int | None = None  # place of the first record that names a key twice
        with self._text() as text:
            for value, place in self._values(text):
                self._take(text, value, place)
                if self._maker.full:
                    yield from self._maker.flush()
                if not self.file_info.header and self._maker.next_record > MAX_WITHOUT:
                    raise self._nothing_to_load()
        yield from self._maker.flush()
        if not self.file_info.header:
            raise self._nothing_to_load()

    def _nothing_to_load(self) -> UnreadableFile:
        if self._named_twice is not None:
            location = self.location(self._named_twice)
            return UnreadableFile(messages.ONLY_RECORDS_WITH_KEY_TWICE(location=location))
        return no_records()

    def _values(self, text: JsonText) -> Iterator[tuple[Any, int]]:
        """Yield the values that should be records, with their places."""
        if self._pointer == LINES:
            yield from self._following(text)
            return
        go_to(text, self._above(self._pointer))
        if self._key_name:
            for place, key in enumerate(text.members(), 1):
                value = text.sound_value()
                yield ({self._key_name: Literal(key), **value} if value.__class__ is dict else value), place
        elif self._in_list:
            yield from ((value, place) for place, value in enumerate(text.elements()))
        else:
            yield text.sound_value(), 0
        if not self._pointer and text.peek():
            raise text.broken(messages.JSON_LIST_ENDED())

    def _following(self, text: JsonText) -> Iterator[tuple[Any, int]]:
        """Yield records one after the other; a line that is not JSON is given as its text."""
        between = 0
        while start := text.peek():
            place = text.line()
            if start == "[" and self._lists_follow:
                yield from ((value, text.line() - text.raw().count("\n")) for value in text.elements())
                continue
            try:
                yield text.value(), place
            except json.JSONDecodeError:
                yield BrokenLine(text.rest_of_line()), place
            else:
                between += text.take_if(",")
        if between:
            self.file_info.warnings.append(messages.COMMAS_WITHOUT_LIST())

    def _take(self, text: JsonText, value: Any, place: int) -> None:
        if value.__class__ is dict:
            start, end = text.last
            cells = () if text.repeated_key else self._columns.of(value, self._cells_of)
            self._maker.add(cells, place, text=end - start)
            if text.repeated_key:
                self._named_twice = place if self._named_twice is None else self._named_twice
                self._reject(ErrorCode.DUPLICATE_KEY, messages.KEY_TWICE(location=self.location(place)), text.raw())
        elif value.__class__ is list and (self._as_lists is not None or not self.file_info.header):
            self._take_list(text, value, place)
        else:
            self._maker.add((), place)
            raw = value if isinstance(value, BrokenLine) else text.raw()
            sentence = messages.NOT_JSON_LINE if isinstance(value, BrokenLine) else messages.NOT_AN_OBJECT
            self._reject(ErrorCode.NOT_A_RECORD, sentence(location=self.location(place)), raw)

    def _take_list(self, text: JsonText, value: list[Any], place: int) -> None:
        """Return the cells of a record without names: the position in the list is the column."""
        if self._as_lists is None:
            self._as_lists = self._named_by(value)
            if self.file_info.options["header_row"]:
                return
        expected = len(self._as_lists)
        start, end = text.last
        values = listed(self._as_lists, value, self._cells_of) if len(value) <= expected else ()
        cells = self._columns.cells(values)
        self._maker.add(cells, place, text=end - start)
        counted = messages.LIST_LENGTH(location=self.location(place), found=len(value), expected=expected)
        if len(value) > expected:
            self._reject(ErrorCode.TOO_MANY_FIELDS, counted, *map(text_of, value))
        elif len(value) < expected:
            self._maker.problem(ErrorCode.TOO_FEW_FIELDS, counted, original=tuple(map(text_of, value)))

    def _named_by(self, first: list[Any]) -> list[Path]:
        """Return the columns of lists: named by the first if it is all text, else numbered."""
        header_row = self._header_row
        named = bool(first) and all(cell.__class__ is str for cell in first) if header_row is None else header_row > 0
        self.file_info.options["header_row"] = int(named)
        if named:
            paths = paths_of([text_of(cell) or "" for cell in first])
            self._columns.name_all(paths)
            return paths
        if header_row is None:
            self.file_info.warnings.append(messages.NO_HEADER(file_type="json"))
        return paths_of([f"column_{i + 1}" for i in range(len(first))])

    def _reject(self, code: ErrorCode, message: Message, *original: str | None) -> None:
        self._maker.problem(code, message, rejected=True, original=original)


def no_records() -> UnreadableFile:
    return UnreadableFile(messages.NO_RECORDS())


class BrokenLine(Literal):
    """A line that is not JSON."""

    __slots__ = ()
