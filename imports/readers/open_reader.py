"""Open a source file: unpack it, find its format, read its beginning."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imports.readers import messages
from imports.readers.open_plain import open_plain
from imports.sources import SourceFile
from imports.table_description import LastReading
from imports.text_batches import Reader


def open_reader(
    source: SourceFile,
    options: Mapping[str, Any],
    *,
    batch_rows: int | None = None,
    last: LastReading | None = None,
) -> Reader:
    """Return the reader of what the file is by its content; of a compressed file, of what is in it.

    `options`, all optional: encoding, delimiter, quote, escape, header_row (its line or row from 1; 0: there is none),
    header_rows, first_row, last_row (see CsvReader), sheet, record_path, header_path, null_tokens, member (of a zip
    archive). One that means nothing for the file is a warning.
    `batch_rows`: records of a batch at most. `last`: how the last file of the same table was read.
    Raises UnreadableFile, FileTooLarge, InvalidMapping.
    """
    from imports.readers.archive_reader import UnpackedReader
    from imports.readers.unpack import archive_of

    archive = archive_of(source)
    if archive:
        return UnpackedReader(source, archive, options, batch_rows=batch_rows, last=last)
    reader = open_plain(source, options, batch_rows=batch_rows, last=last)
    if options.get("member") is not None:
        reader.file_info.warnings.append(messages.MEMBER_IGNORED())
    return reader
