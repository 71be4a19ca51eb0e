"""Open a file that is not compressed: find its format, read its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.messages import Message
from imports.readers import messages
from imports.readers.detect import format_of, name_warning
from imports.readers.formats import OPTIONS
from imports.sources import SourceFile
from imports.text_batches import Reader


def open_plain(source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> Reader:
    """Return the reader of a file that is not compressed."""
    file_format = format_of(source.path, source.name, as_document=bool(options.get("record_path")))
    reader = file_format.reader()(source, options, batch_rows=batch_rows)
    warning = name_warning(source.name, file_format)
    if warning:
        reader.file_info.warnings.insert(0, warning)
    ignored = [name for name in options if name in OPTIONS - file_format.options and options[name] is not None]
    if ignored:
        reader.file_info.warnings.append(ignored_options(ignored, file_format.name))
    return reader


def ignored_options(names: list[str], file_type: str) -> Message:
    if len(names) == 1:
        return messages.OPTION_IGNORED(name=names[0], file_type=file_type)
    return messages.OPTIONS_IGNORED(names=names, file_type=file_type)
