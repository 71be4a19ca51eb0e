"""Open a file that is not compressed: find its format, read its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from core.messages import Message
from imports.errors import NoSuchRecordPath, UnreadableFile
from imports.readers import messages
from imports.readers.detect import format_of, name_warning
from imports.readers.flatten import MAX_NAMED
from imports.readers.formats import BY_NAME, OPTIONS, Format
from imports.sources import SourceFile
from imports.table_description import LastReading
from imports.text_batches import FileInfo, Reader

WHOLE_DOCUMENT = ("", "lines")  # record paths that lead to no list in a document


def open_plain(
    source: SourceFile,
    options: Mapping[str, Any],
    *,
    batch_rows: int | None = None,
    last: LastReading | None = None,
) -> Reader:
    """Return the reader of a file that is not compressed. last: how the last file of the same table was read."""
    file_format = format_of(source.path, source.name, as_document=bool(options.get("record_path")))
    reader = _opened(file_format, source, options, batch_rows, last)
    if last and last.file_type == file_format.name:
        new_lists = sorted({*reader.file_info.options.get("lists", ())} - {*last.options.get("lists", ())})
        if new_lists and reader.file_info.options["record_path"] == last.options.get("record_path"):
            reader.file_info.warnings.append(messages.NEW_LISTS(paths=new_lists[:MAX_NAMED]))
    warning = name_warning(source.name, file_format)
    if warning:
        reader.file_info.warnings.insert(0, warning)
    ignored = [name for name in options if name in OPTIONS - file_format.options and options[name] is not None]
    if ignored:
        reader.file_info.warnings.append(ignored_options(ignored, file_format.name))
    return reader


def _opened(
    file_format: Format,
    source: SourceFile,
    options: Mapping[str, Any],
    batch_rows: int | None,
    last: LastReading | None,
) -> Reader:
    """Return the reader that finds the records where the last file of the table had them, if this one can have them."""
    reader_class = file_format.reader()
    known: dict[str, Any] = {}
    if last and last.file_type == file_format.name:
        known = {name: last.options[name] for name in file_format.found_by if name in last.options}
    if "record_path" not in known or options.get("record_path") is not None:
        return reader_class(source, {**known, **options}, batch_rows=batch_rows)
    path = known.pop("record_path")
    if path not in WHOLE_DOCUMENT:
        with suppress(NoSuchRecordPath):
            return reader_class(source, {**known, **options, "record_path": path}, batch_rows=batch_rows)
    reader = reader_class(source, {**known, **options}, batch_rows=batch_rows)
    usual_path = reader.file_info.options["record_path"]
    if path in WHOLE_DOCUMENT and usual_path not in WHOLE_DOCUMENT:
        as_record = reader_class(source, {**known, **options, "record_path": path}, batch_rows=batch_rows)
        if last and _is_one_of(last, reader_class(source, as_record.file_info.options)):
            as_record.file_info.warnings.append(messages.POSSIBLE_RECORDS(path=usual_path))
            return as_record
    return reader


def is_read_otherwise(file_info: FileInfo, before: LastReading | None, now: LastReading | None) -> bool:
    """Return whether the file may be read in another way, because the table's last file is another one now."""
    found_by = BY_NAME[file_info.file_type].found_by
    if now is None or now.file_type != file_info.file_type or not found_by:
        return False
    earlier = before.options if before and before.file_type == now.file_type else {}
    changed = [name for name in found_by if now.options.get(name) != earlier.get(name)]
    return any(now.options.get(name) != file_info.options.get(name) for name in changed)


def _is_one_of(last: LastReading, document: Reader) -> bool:
    """Return whether a document that is read as one record shares at least half of its names with the last one.

    If it does not, it may hold the same records in a list that the last one did not need.
    """
    try:
        next(document.batches(), None)
    except UnreadableFile:
        return False
    header = document.file_info.header
    return 2 * len(set(header) & set(last.header)) >= len(header)


def ignored_options(names: list[str], file_type: str) -> Message:
    if len(names) == 1:
        return messages.OPTION_IGNORED(name=names[0], file_type=file_type)
    return messages.OPTIONS_IGNORED(names=names, file_type=file_type)
