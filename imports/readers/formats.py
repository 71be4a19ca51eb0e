"""The registry of file formats. A new one is a package with its reader, an entry here and its name in messages.py."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from imports.readers.excel.recognise import OLE_MAGIC, is_text_workbook, is_workbook
from imports.readers.json.recognise import is_json
from imports.readers.xml.recognise import is_xml
from imports.text_batches import Reader


@dataclass(frozen=True)
class Format:
    """One format: its name, how it is recognised and how it is read."""

    name: str  # file_type of an import, as it is stored
    label: str  # as pages show it
    extensions: tuple[str, ...]  # of names that promise it
    options: frozenset[str]  # that it is read by; how values are written goes for every format
    #: Its reader's class, imported late: each format's library costs time and memory that the others need not pay.
    reader: Callable[[], Callable[..., Reader]]
    other_extensions: tuple[str, ...] = ()  # of names that promise another format, and are right too
    magic: bytes = b""  # what its files begin with, where that alone tells it
    is_zip: Callable[[Sequence[str], bytes], bool] | None = None  # by the names of a zip's parts and its mime type
    is_text: Callable[[str, bool], bool] | None = None  # by a text's beginning, and whether the name promises it
    #: Options that a proposed mapping has as they were found, so that the next file of its kind is read alike.
    proposed: tuple[str, ...] = ()
    found_by: tuple[str, ...] = ()  # of them, those that the next file of a table is read by without a mapping too


def _csv_reader() -> Callable[..., Reader]:
    from imports.readers.csv.reader import CsvReader

    return CsvReader


def _excel_reader() -> Callable[..., Reader]:
    from imports.readers.excel.reader import ExcelReader

    return ExcelReader


def _json_reader() -> Callable[..., Reader]:
    from imports.readers.json.reader import JsonReader

    return JsonReader


def _xml_reader() -> Callable[..., Reader]:
    from imports.readers.xml.reader import XmlReader

    return XmlReader


CSV = Format(
    "csv", "CSV", ("csv", "tsv", "tab", "psv"),
    frozenset({"encoding", "delimiter", "quote", "escape", "header_row", "header_rows", "first_row", "last_row"}),
    _csv_reader, proposed=("header_row", "header_rows", "first_row"),
)  # fmt: skip
EXCEL = Format(
    "excel", "Excel", ("xlsx", "xlsm", "xls", "xlsb", "ods"),
    frozenset({"sheet", "columns", "header_row", "header_rows", "first_row", "last_row"}),
    _excel_reader, other_extensions=("xml",), magic=OLE_MAGIC, is_zip=is_workbook, is_text=is_text_workbook,
    proposed=("sheet", "columns", "header_row", "header_rows", "first_row"),
)  # fmt: skip
JSON = Format(
    "json", "JSON", ("json", "ndjson", "jsonl", "geojson"),
    frozenset({"encoding", "record_path", "header_path", "nested", "header_row"}), _json_reader, is_text=is_json,
    proposed=("record_path", "header_path", "header_row"), found_by=("record_path",),
)  # fmt: skip
XML = Format(
    "xml", "XML", ("xml",), frozenset({"encoding", "record_path", "lists", "named_fields", "nested"}), _xml_reader,
    is_text=is_xml, proposed=("record_path", "lists", "named_fields"),
    found_by=("record_path", "lists", "named_fields"),
)  # fmt: skip

FORMATS = (CSV, EXCEL, JSON, XML)
OF_OTHER_TEXT = CSV  # what a text is that no other format claims
BY_NAME = {file_format.name: file_format for file_format in FORMATS}
BY_EXTENSION = {extension: file_format for file_format in FORMATS for extension in file_format.extensions}
CHOICES = [(file_format.name, file_format.label) for file_format in FORMATS]
#: The options of any format.
OPTIONS = frozenset[str]().union(*(file_format.options for file_format in FORMATS))
