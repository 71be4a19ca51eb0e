"""The registry of file formats: which reader opens which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from core.messages import Message
from imports.readers import messages
from imports.sources import SourceFile
from imports.text_batches import Reader

#: Options that a format is read by; how values are written goes for every format.
READ_BY = {
    "csv": {"encoding", "delimiter", "quote", "escape", "header_row", "header_rows", "first_row", "last_row"},
    "excel": {"sheet", "header_row", "header_rows", "first_row", "last_row"},
    "json": {"encoding", "record_path", "nested", "header_row"},
    "xml": {"encoding", "record_path", "nested"},
}
OF_FORMATS = set().union(*READ_BY.values())


def open_plain(source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> Reader:
    """The reader of a file that is not compressed."""
    from imports.readers.detect import file_type_of, name_warning

    file_type = file_type_of(source.path, source.name)
    reader = _reader_class(file_type)(source, options, batch_rows=batch_rows)
    warning = name_warning(source.name, file_type)
    if warning:
        reader.file_info.warnings.insert(0, warning)
    ignored = [name for name in options if name in OF_FORMATS - READ_BY[file_type] and options[name] is not None]
    if ignored:
        reader.file_info.warnings.append(ignored_options(ignored, file_type))
    return reader


def ignored_options(names: list[str], file_type: str) -> Message:
    if len(names) == 1:
        return messages.OPTION_IGNORED(name=names[0], file_type=file_type)
    return messages.OPTIONS_IGNORED(names=names, file_type=file_type)


def _reader_class(file_type: str) -> Callable[..., Reader]:
    """Imported late: each format's library costs time and memory that the others need not pay."""
    if file_type == "excel":
        from imports.readers.excel.reader import ExcelReader

        return ExcelReader
    if file_type == "json":
        from imports.readers.json.reader import JsonReader

        return JsonReader
    if file_type == "xml":
        from imports.readers.xml.reader import XmlReader

        return XmlReader
    from imports.readers.csv.reader import CsvReader

    return CsvReader
