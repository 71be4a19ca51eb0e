"""The archive of what retention deletes: a file of JSON lines, and the source files next to it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model

from core.whole_files import make_folder, sync_file, sync_folder, whole_file
from imports.sources.kept_files import fetched


class Archive:
    """The archive file of one run, created with its first line. Each line has a `kind` and the columns of its record.

    Only its owner can read it. Call `flush_to_disk()` before deleting what was written.
    """

    def __init__(self, folder: Path, started: datetime) -> None:
        self.path = folder / f"retention-{started:%Y%m%dT%H%M%S.%fZ}.jsonl"
        self._file: IO[str] | None = None

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()

    def write(self, kind: str, content: dict[str, Any]) -> None:
        self._open_file().write(json.dumps({"kind": kind, **content}, cls=DjangoJSONEncoder) + "\n")

    def _open_file(self) -> IO[str]:
        if self._file is None:
            make_folder(self.path.parent)
            self._file = open(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")
            sync_folder(self.path.parent)
        return self._file

    def write_records(self, kind: str, records: Iterable[Model]) -> None:
        for record in records:
            self.write(kind, column_values(record))

    def write_row(self, table_name: str, row: str) -> None:
        """Write a row. row: the text of a JSON object."""
        self._open_file().write(f'{{"kind": "row", "table_name": {json.dumps(table_name)}, "row": {row}}}\n')

    def keep_source(self, sha256: str, content: dict[str, Any]) -> None:
        """Copy a source file next to the archive. Raises SourceUnavailable if it is damaged."""
        self.write("source_file", {"sha256": sha256, **content})
        copy = self.path.parent / "sources" / sha256
        make_folder(copy.parent)
        with fetched(sha256, sha256) as source, source.path.open("rb") as read, whole_file(copy) as write:
            shutil.copyfileobj(read, write)

    def flush_to_disk(self) -> None:
        """Make sure that everything written is on the disk."""
        if self._file:
            sync_file(self._file)


def column_values(record: Model) -> dict[str, Any]:
    """Return column → value. Bytes, which contain JSON in our tables, are parsed."""
    values = {str(field.column): getattr(record, field.attname) for field in record._meta.concrete_fields}
    return {
        name: json.loads(bytes(value)) if isinstance(value, bytes | memoryview) else value
        for name, value in values.items()
    }
