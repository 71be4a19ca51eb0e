"""manage.py read_files INPUT_DIR OUTPUT_DIR: write what the readers understand of files, to check and compare."""

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
from imports.errors import UnreadableFile
from imports.inference.spool import Spool
from imports.readers import messages, open_reader
from imports.readers.to_csv import batch_lines, record_line
from imports.sources.receive import plain_name
from imports.sources.upload import from_disk
from imports.text_batches import FileInfo, Reader


class Command(BaseCommand):
    help = (
        "Read every file of a directory with automatic settings and write its header and rows as CSV (RFC 4180, UTF-8, "
        "CRLF) of the same name, every value as in the file. Needs no database."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("input_dir", type=Path, help="directory of the files to read")
        parser.add_argument(
            "output_dir", type=Path, help="directory for the CSV files; replaces files of the same name"
        )

    def handle(self, *args: Any, input_dir: Path, output_dir: Path, **options: Any) -> None:
        files = _files_to_read(input_dir, output_dir)
        read = sum(self._is_read(path, output_dir / path.name) for path in files)
        self.stdout.write(f"{read:,} files read, {len(files) - read:,} rejected")

    def _is_read(self, path: Path, target: Path) -> bool:
        """Read one file, whatever is in it, and report the result."""
        name = plain_name(path.name)
        try:
            target.unlink(missing_ok=True)
            with file_info(path) as (reader, spool):
                write_csv(target, reader.file_info, spool)
        except AtlasError as error:
            write_line(self.stderr, f"{name}: rejected: {error}")
        except OSError as error:
            write_line(self.stderr, f"{name}: rejected: {error.strerror}")
        except Exception as error:  # no reader should raise it; the other files are still read
            write_line(self.stderr, f"{name}: rejected: internal error ({type(error).__name__}); the file is fine")
        else:
            self._report(name, reader.file_info, spool.records)
            return True
        return False

    def _report(self, name: str, file_info: FileInfo, records: int) -> None:
        options = json.dumps(file_info.options, ensure_ascii=False)
        write_line(self.stdout, f"{name}: {records:,} rows of {file_info.file_type} {options}")
        for warning in file_info.warnings:
            write_line(self.stdout, f"  warning: {warning}")


def write_line(stream: OutputWrapper, text: str) -> None:
    """Write a line with any name or header to any terminal."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _files_to_read(input_dir: Path, output_dir: Path) -> list[Path]:
    """Return the files to read. Raises CommandError where a directory cannot be used."""
    try:
        files = sorted(path for path in input_dir.iterdir() if path.is_file())
        output_dir.mkdir(parents=True, exist_ok=True)
        same = input_dir.samefile(output_dir)
    except OSError as error:
        raise CommandError(str(error)) from None
    if same:
        raise CommandError("Input and output directory are the same. Choose another output directory.")
    if not os.access(output_dir, os.W_OK | os.X_OK):
        raise CommandError(f"The directory {output_dir} is not writable.")
    return files


@contextmanager
def file_info(path: Path) -> Iterator[tuple[Reader, Spool]]:
    """Read a file to its end; yield its reader and its rows. Raises AtlasError, OSError."""
    with ExitStack() as stack:
        source = stack.enter_context(from_disk(path))
        spool = stack.enter_context(Spool(settings.ATLAS_SPOOL_DIR))
        reader = open_reader(source, {})
        for batch in reader.batches():
            spool.put(batch)
        if not reader.file_info.header:
            raise UnreadableFile(messages.NO_RECORDS())
        yield reader, spool


def write_csv(target: Path, file_info: FileInfo, spool: Spool) -> None:
    """Write header and rows; leave no file where that fails."""
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
