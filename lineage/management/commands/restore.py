"""manage.py restore: restore a backup into an empty instance, and check it."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import AtlasError
from core.formatting import counted
from lineage.backup.restore import restore_backup


class Command(BaseCommand):
    help = "Restore a backup into this instance, which must be empty, and check it; exit status 1 on differences."
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, metavar="DIR", help="a folder that manage.py backup made")

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            manifest, differences = restore_backup(folder.absolute())
        except AtlasError as error:
            raise CommandError(str(error)) from None
        tables, files = counted(len(manifest.tables), "table"), counted(len(manifest.files), "source file")
        self.stdout.write(f"Restored {tables} and {files} of {manifest.made_at}.")
        for difference in differences:
            self.stdout.write(difference)
        if differences:
            sys.exit(1)
        self.stdout.write("Row counts, source files, audit log and import records were checked: no problems found.")
