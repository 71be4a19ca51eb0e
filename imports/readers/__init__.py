"""Bytes -> batches of text columns with record numbers. Knows no Django model and no database.

A reader gives every value as the text that stood in the file; types are found later (profile.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa

from imports.errors import ErrorCode
from imports.sources import SourceFile

if TYPE_CHECKING:
    from imports.transform import Ruled

#: Options that a format is read by; how values are written goes for every format.
READ_BY = {
    "csv": {"encoding", "delimiter", "quote", "escape", "header_row", "header_rows", "first_row", "last_row"},
    "excel": {"sheet", "header_row", "header_rows", "first_row", "last_row"},
    "json": {"encoding", "record_path", "nested", "header_row"},
    "xml": {"encoding", "record_path", "nested"},
}
OF_FORMATS = set().union(*READ_BY.values())


@dataclass(frozen=True)
class RowTrouble:
    """What was wrong with a record, or with one cell of it, found while reading."""

    index: int  # position in its batch, from 0
    code: ErrorCode
    message: str  # what is wrong and where; no advice, no row data
    rejected: bool  # True: the record cannot be loaded; False: it can, as the columns show it
    original: tuple[str | None, ...] | None = None  # the cells as read, where the columns show others or more
    column: int | None = None  # position in the header of the one cell that is meant; None: the whole record
    value: str | None = None  # what stands in that cell, where the columns cannot show it

    @property
    def filtered(self) -> bool:
        """Whether the record is none to load and none to mend: it is left out, without being an error."""
        return self.code == ErrorCode.REPEATED_HEADER


@dataclass(frozen=True)
class TextBatch:
    """Some consecutive records. Borders between batches mean nothing."""

    columns: list[pa.Array]  # string arrays of equal length, in header order; may be fewer than the final header
    first_record: int  # number of the first record, from 1
    places: pa.Array  # int64, as long as the columns: where each record stands; `Reader.location` words it
    troubles: tuple[RowTrouble, ...] = ()
    ruled: Ruled | None = None  # what the mapping's rules did to it; a reader leaves it out

    @property
    def as_read(self) -> list[pa.Array]:
        """The file's own columns, as they were before any rule."""
        return self.ruled.as_read if self.ruled else self.columns

    @property
    def rows(self) -> int:
        return len(self.places)

    def with_columns(self, count: int) -> TextBatch:
        """The batch with so many columns: what it did not know of yet is null."""
        missing = [pa.nulls(self.rows, pa.string())] * (count - len(self.columns))
        return replace(self, columns=[*self.columns[:count], *missing])


@dataclass
class Understood:
    """What a reader made of a file; complete when `batches()` has been read to its end."""

    file_type: str  # csv, excel, json, xml
    header: list[str] = field(default_factory=list)  # as the file spells it; grows while JSON and XML are read
    native_text: set[int] = field(default_factory=set)  # columns in which the format itself says "this is text"
    options: dict[str, Any] = field(default_factory=dict)  # dialect, encoding, sheet, record_path: as source_options
    choices: dict[str, list[Any]] = field(default_factory=dict)  # what else there was: sheets, record paths
    warnings: list[str] = field(default_factory=list)  # decisions that a person should see


class Reader(Protocol):
    """One file, opened. `batches()` may be called once."""

    understood: Understood

    @property
    def share_read(self) -> float:
        """Of the file, 0 to 1: up to the end of the last batch, about."""
        ...

    def batches(self) -> Iterator[TextBatch]: ...

    def location(self, place: int) -> str:
        """A place in the words of its format: «line 6», «sheet Jan, row 7», «/data/5», «/people/person[5]»."""
        ...


def open_reader(source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> Reader:
    """The reader of what the file is by its content; of a compressed file, of what is in it.

    `options`, all optional: encoding, delimiter, quote, escape, header_row (its line or row from 1; 0: there is none),
    header_rows, first_row, last_row (see CsvReader), sheet, record_path, null_tokens, member (of a zip archive). One
    that means nothing for the file is a warning.
    `batch_rows`: records of a batch at most.
    Raises UnreadableFile, FileTooLarge, InvalidMapping.
    """
    from imports.readers.archives import archive_of
    from imports.readers.unpacked import UnpackedReader

    archive = archive_of(source)
    if archive:
        return UnpackedReader(source, archive, options, batch_rows=batch_rows)
    reader = open_plain(source, options, batch_rows=batch_rows)
    if options.get("member") is not None:
        reader.understood.warnings.append(_ignored(["member"], "a file that is no archive"))
    return reader


def open_plain(source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> Reader:
    """The reader of a file that is not compressed."""
    from imports.readers.detect import SPOKEN, file_type_of, name_warning

    file_type = file_type_of(source.path, source.name)
    reader = _reader_class(file_type)(source, options, batch_rows=batch_rows)
    warning = name_warning(source.name, file_type)
    if warning:
        reader.understood.warnings.insert(0, warning)
    ignored = [name for name in options if name in OF_FORMATS - READ_BY[file_type] and options[name] is not None]
    if ignored:
        reader.understood.warnings.append(_ignored(ignored, SPOKEN[file_type]))
    return reader


def _ignored(names: list[str], of_what: str) -> str:
    meant = "option {} means" if len(names) == 1 else "options {} mean"
    return f"The {meant.format(' and '.join(names))} nothing for {of_what}: it is read without."


def _reader_class(file_type: str) -> Callable[..., Reader]:
    """Imported late: each format's library costs time and memory that the others need not pay."""
    if file_type == "excel":
        from imports.readers.from_excel import ExcelReader

        return ExcelReader
    if file_type == "json":
        from imports.readers.from_json import JsonReader

        return JsonReader
    if file_type == "xml":
        from imports.readers.from_xml import XmlReader

        return XmlReader
    from imports.readers.from_csv import CsvReader

    return CsvReader
