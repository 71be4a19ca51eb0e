"""manage.py backup: write database, source files and secret key to a folder, while the instance runs."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import AtlasError
from core.formatting import counted, size
from lineage.backup.create import make_backup


class Command(BaseCommand):
    help = "Write a backup of database, source files and secret key to an empty folder; imports may run meanwhile."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="a new or empty folder; it will be confidential")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            manifest = make_backup(folder.absolute())
        except AtlasError as error:
            raise CommandError(str(error)) from None
        tables, rows = counted(len(manifest.tables), "table"), counted(sum(manifest.tables.values()), "row")
        files = counted(len(manifest.files), "source file")
        self.stdout.write(f"{tables} with {rows}, {files} with {size(sum(manifest.files.values()))}: {folder}")
        self.stdout.write(f"Checkpoint of the audit log: {manifest.anchor}")
        for sha256 in manifest.damaged:
            self.stderr.write(f"Not in the backup, because it is missing or damaged: source file {sha256}")
