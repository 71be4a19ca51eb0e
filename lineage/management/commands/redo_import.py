"""manage.py redo_import ID…: redo imports from the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand

from core.actors import Actor
from core.errors import AtlasError
from lineage.undo import redo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from lineage.undo.wording import redone_in_words

ACTOR = Actor("manage.py redo_import")


class Command(BaseCommand):
    help = "Redo undone imports and report the changes in numbers; exit status 1 if any redo failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("import_ids", nargs="+", type=UUID, metavar="IMPORT_ID", help="id of an import")
        parser.add_argument("--reason", default="", help="why, as the audit log records it")
        parser.add_argument(
            "--changed-rows", choices=EditedRowsChoice.values,
            help="keep or remove manually changed rows of later imports; required if any would be removed",
        )  # fmt: skip

    def handle(self, *args: Any, import_ids: list[UUID], reason: str, changed_rows: str | None, **options: Any) -> None:
        choice = EditedRowsChoice(changed_rows) if changed_rows else None
        failed = 0
        for import_id in import_ids:
            try:
                report = redo_import(import_id, ACTOR, reason, choice)
            except AtlasError as error:
                failed += 1
                self.stderr.write(f"{import_id}: Redo failed. {error.message}")
            else:
                self.stdout.write(f"{import_id}: {redone_in_words(report)}")
        if failed:
            sys.exit(1)
