"""manage.py undo_import ID…: the same undo as in the browser, from the command line."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.errors import AtlasError
from lineage.undo import preview, undo_import
from lineage.undo.edited_rows_choice import EditedRowsChoice
from lineage.undo.wording import undo_in_words, undone_in_words

ACTOR = Actor("manage.py undo_import")


class Command(BaseCommand):
    help = "Take imports back and say in numbers what was done; exit status 1 if any was refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("import_ids", nargs="+", type=UUID, metavar="IMPORT_ID")
        parser.add_argument("--reason", default="", help="why; it stays in the history and in the audit log")
        parser.add_argument(
            "--changed-rows", choices=EditedRowsChoice.values,
            help="what becomes of rows that were changed by hand; has to be said where there are any",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, change nothing")

    def handle(
        self, *args: Any, import_ids: list[UUID], reason: str, changed_rows: str | None, dry_run: bool, **options: Any
    ) -> None:
        if not dry_run and not reason.strip():
            raise CommandError("Say why they are taken back: --reason TEXT.")
        choice = EditedRowsChoice(changed_rows) if changed_rows else None
        refused = 0
        for import_id in import_ids:
            try:
                if dry_run:
                    self._say(import_id, choice)
                else:
                    report = undo_import(import_id, ACTOR, reason, choice)
                    self.stdout.write(f"{import_id}: {undone_in_words(report)}")
            except AtlasError as error:
                refused += 1
                self.stderr.write(f"{import_id}: Not taken back. {error.message}")
        if refused:
            sys.exit(1)

    def _say(self, import_id: UUID, choice: EditedRowsChoice | None) -> None:
        """Raises CannotUndo where the undo would be refused."""
        expected = preview(import_id, choice)
        self.stdout.write(f"{import_id}: this would be done.")
        for sentence in undo_in_words(expected):
            self.stdout.write(f"  {sentence}")
        expected.refuse_if_blocked(choice)
