"""manage.py read_files INPUT_DIR OUTPUT_DIR: write what the readers understand of files, to check and compare."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper

from core.errors import AtlasError
from imports.errors import UnreadableFile
from imports.extraction import Work, opened
from imports.extraction.extraction import Extraction
from imports.mapping import MappingRequest
from imports.readers import messages
from imports.sources.receive import plain_name
from imports.sources.upload import from_disk
from imports.text_batches import FileInfo


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
            with read_whole(path) as extraction:
                write_csv(target, extraction)
                info, records = extraction.info(), extraction.progress().records
        except AtlasError as error:
            write_line(self.stderr, f"{name}: rejected: {error}")
        except OSError as error:
            write_line(self.stderr, f"{name}: rejected: {error.strerror}")
        except Exception as error:  # no reader should raise it; the other files are still read
            write_line(self.stderr, f"{name}: rejected: internal error ({type(error).__name__}); the file is fine")
        else:
            self._report(name, info, records)
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
def read_whole(path: Path) -> Iterator[Extraction]:
    """Read a file to its end. Raises AtlasError, OSError."""
    with from_disk(path) as source, opened(source, MappingRequest(), work=Work.IMPORT, profiled=False) as extraction:
        for _ in extraction.read():
            pass
        if not extraction.info().header:
            raise UnreadableFile(messages.NO_RECORDS())
        yield extraction


def write_csv(target: Path, extraction: Extraction) -> None:
    """Write header and rows; leave no file where that fails."""
    try:
        with target.open("wb") as out, closing(extraction.as_csv()) as lines:
            out.writelines(lines)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
