"""manage.py read_files INPUT_DIR OUTPUT_DIR: what the readers make of files, to look at and to compare."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from core.errors import AtlasError
from imports.inference.spool import Spool
from imports.readers import open_reader
from imports.readers.to_csv import batch_lines, record_line
from imports.sources.receive import plain_name
from imports.sources.upload import from_disk
from imports.text_batches import FileInfo, Reader


class Command(BaseCommand):
    help = (
        "Read every file of a directory without any hint, and write what was understood as CSV (RFC 4180, UTF-8, CRLF) "
        "of the same name: header, records in order, every value as it stood in the file. Needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("input_dir", type=Path)
        parser.add_argument("output_dir", type=Path, help="files in it that have the same names are replaced")

    def handle(self, *args: Any, input_dir: Path, output_dir: Path, **options: Any) -> None:
        files = _files_to_read(input_dir, output_dir)
        read = sum(self._is_read(path, output_dir / path.name) for path in files)
        self.stdout.write(f"{read:,} files read, {len(files) - read:,} refused")

    def _is_read(self, path: Path, target: Path) -> bool:
        """Reads one file, whatever is in it, and says what came of it."""
        name = plain_name(path.name)
        try:
            target.unlink(missing_ok=True)
            with file_info(path) as (reader, spool):
                write_csv(target, reader.file_info, spool)
        except AtlasError as error:
            say(self.stderr, f"{name}: refused: {error}")
        except OSError as error:
            say(self.stderr, f"{name}: refused: {error.strerror}")
        except Exception as error:  # no reader should; if one does, the other files must not suffer
            say(self.stderr, f"{name}: refused: {type(error).__name__}, an error of the reader and not of the file")
        else:
            self._report(name, reader.file_info, spool.records)
            return True
        return False

    def _report(self, name: str, file_info: FileInfo, records: int) -> None:
        options = json.dumps(file_info.options, ensure_ascii=False)
        say(self.stdout, f"{name}: {records:,} records of {file_info.file_type} {options}")
        for warning in file_info.warnings:
            say(self.stdout, f"  warning: {warning}")


def say(stream: OutputWrapper, text: str) -> None:
    """Whatever a name or a header holds, and whatever the terminal can show."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _files_to_read(input_dir: Path, output_dir: Path) -> list[Path]:
    """Raises CommandError where one of the directories cannot be used."""
    try:
        files = sorted(path for path in input_dir.iterdir() if path.is_file())
        output_dir.mkdir(parents=True, exist_ok=True)
        same = input_dir.samefile(output_dir)
    except OSError as error:
        raise CommandError(str(error)) from None
    if same:
        raise CommandError("The two directories are the same; the files would be overwritten. Name another one.")
    if not os.access(output_dir, os.W_OK | os.X_OK):
        raise CommandError(f"Nothing can be written to {output_dir}.")
    return files


@contextmanager
def file_info(path: Path) -> Iterator[tuple[Reader, Spool]]:
    """The file read to its end: its reader and its records. Raises AtlasError, OSError."""
    with ExitStack() as stack:
        source = stack.enter_context(from_disk(path))
        spool = stack.enter_context(Spool(settings.ATLAS_SPOOL_DIR))
        reader = open_reader(source, {})
        for batch in reader.batches():
            spool.put(batch)
        yield reader, spool


def write_csv(target: Path, file_info: FileInfo, spool: Spool) -> None:
    """Header and records; no file where that fails."""
    try:
        with target.open("wb") as out:
            header = file_info.header
            if file_info.options.get("header_row") != 0:
                out.write(record_line([name or None for name in header] if len(header) > 1 else header))
            for batch in spool.batches(len(header)):
                out.write(batch_lines(batch))
    except BaseException:
        target.unlink(missing_ok=True)
        raise
