"""JSON: a list of records, records line by line (NDJSON) or one after the other, or a document that holds a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

from core.messages import Message
from imports.column_types.null_tokens import null_tokens_of
from imports.errors import ErrorCode, UnreadableFile
from imports.not_read import NotRead
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
from imports.readers.json.columns import StoredColumns
from imports.readers.json.layout import layout_of, no_records
from imports.readers.json.pointers import COLUMNS, KEYED, LINES, NUMBERED, escaped, go_to
from imports.readers.json.tokenizer import JsonText
from imports.sources import SourceFile
from imports.text_batches import FileInfo, Places, TextBatch

LINE_BY_LINE = (".ndjson", ".jsonl")  # names that promise one record in each line
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
        self._layout = layout_of(self._text, options, line_by_line=source.name.lower().endswith(LINE_BY_LINE))
        named_at = {"header_path": self._layout.header_path} if self._layout.header_path else {}
        self.file_info = FileInfo(
            "json",
            options={"encoding": self._encoding.name, "record_path": self._layout.path, **named_at},
            choices={"record_path": self._layout.choices},
            warnings=[*([self._encoding.warning] if self._encoding.warning else []), *self._layout.warnings],
        )
        for path in self._layout.branches:
            self.file_info.not_read.add(NotRead.DOCUMENT_BRANCH, name=path)
        self._tokens = null_tokens_of(options)
        self._columns = Columns(
            self.file_info.header, self._tokens, self.file_info.native_text, self.file_info.native_numbers
        )
        self._names_of_places: tuple[str, ...] = ()  # keys of the rows, where each column is an object

    @contextmanager
    def _text(self) -> Iterator[JsonText]:
        with self._path.open("rb") as stream:
            yield JsonText(self._with_share_read(self._encoding.text(stream), stream))

    def _with_share_read(self, texts: Iterator[str], stream: BinaryIO) -> Iterator[str]:
        for text in texts:
            self.share_read = stream.tell() / max(self._size, 1)
            yield text

    @property
    def places(self) -> Places:
        layout = self._layout
        if layout.path == LINES:
            return Places("line ")
        if layout.ending == KEYED:
            return Places(f"{layout.path}, record ")
        if layout.ending == COLUMNS:
            return Places(f"{layout.container}/*/", names=self._names_of_places)
        is_list = layout.start == "[" or layout.ending
        return Places(f"{layout.container}/") if is_list else Places(layout.path or "/", is_one=True)

    def location(self, place: int) -> str:
        return self.places(place)

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, messages.NOT_UNICODE)
        self._maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        self._named_twice: int | None = None  # place of the first record that names a key twice
        self._as_lists: list[Path] | None = None
        if self._layout.names is not None:
            labels = [self._layout.label_name] if self._layout.labels else []
            self._as_lists = paths_of([*labels, *self._layout.names])
            self._columns.name_all(self._as_lists)
        with self._text() as text:
            for _ in self._records(text):
                if self._maker.full:
                    yield from self._maker.flush()
                if not self.file_info.header and self._maker.next_record > MAX_WITHOUT:
                    raise self._nothing_to_load()
        has_records = self._maker.next_record > 1
        yield from self._maker.flush()
        if has_records and not self.file_info.header:
            raise self._nothing_to_load()

    def _nothing_to_load(self) -> UnreadableFile:
        if self._named_twice is not None:
            location = self.location(self._named_twice)
            return UnreadableFile(messages.ONLY_RECORDS_WITH_KEY_TWICE(location=location))
        return no_records()

    def _records(self, text: JsonText) -> Iterator[None]:
        """Add the records to the batch, one by one."""
        if self._layout.ending == COLUMNS:
            go_to(text, self._layout.container)
            yield from self._take_columns(StoredColumns(text, self._tokens))
        else:
            for value, place in self._values(text):
                self._take(text, value, place)
                yield None

    def _values(self, text: JsonText) -> Iterator[tuple[Any, int]]:
        """Yield the values that should be records, with their places."""
        layout = self._layout
        if layout.path == LINES:
            yield from self._following(text)
            return
        if not layout.start:
            return
        go_to(text, layout.container)
        if layout.ending == KEYED:
            for place, key in enumerate(text.members(), 1):
                value = text.sound_value()
                yield ({layout.key_name: Literal(key), **value} if value.__class__ is dict else value), place
        elif layout.ending == NUMBERED:
            yield from ((text.sound_value(), place) for place, _ in enumerate(text.members()))
        elif layout.start == "[":
            yield from ((value, place) for place, value in enumerate(text.elements()))
        else:
            yield text.sound_value(), 0
        if not layout.path and text.peek():
            raise text.broken(messages.JSON_LIST_ENDED())

    def _take_columns(self, columns: StoredColumns) -> Iterator[None]:
        self._names_of_places = tuple(map(escaped, columns.keys))
        if columns.is_uneven:
            self.file_info.warnings.append(messages.COLUMNS_OF_OTHER_LENGTHS())
        label = columns.label
        self._columns.name_all(paths_of([*([label] if label else []), *columns.names]))
        self.file_info.native_text.update(position + bool(label) for position in columns.native_text)
        self.file_info.native_numbers.update(position + bool(label) for position in columns.native_numbers)
        for place, cells in enumerate(columns.records()):
            self._maker.add((columns.keys[place], *cells) if label else cells, place, text=sum(map(_length, cells)))
            if place in columns.keys_twice:
                self._reject(ErrorCode.DUPLICATE_KEY, messages.KEY_TWICE(location=self.location(place)), *cells)
            yield None

    def _following(self, text: JsonText) -> Iterator[tuple[Any, int]]:
        """Yield records one after the other; a line that is not JSON is given as its text."""
        between = 0
        while start := text.peek():
            place = text.line()
            if start == "[" and self._layout.lists_follow:
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
        start, end = text.last
        if self._layout.labels:
            value = [self._layout.labels[place], *value]
        expected = len(self._as_lists)
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


def _length(cell: str | None) -> int:
    return len(cell) if cell else 0


class BrokenLine(Literal):
    """A line that is not JSON."""

    __slots__ = ()
