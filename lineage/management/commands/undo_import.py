"""manage.py undo_import ID…: undo imports from the command line."""

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
    help = "Undo imports and report the changes in numbers; exit status 1 if any undo failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("import_ids", nargs="+", type=UUID, metavar="IMPORT_ID", help="id of an import")
        parser.add_argument(
            "--reason",
            default="",
            help="recorded in the history and the audit log; required unless --dry-run",
        )
        parser.add_argument(
            "--changed-rows", choices=EditedRowsChoice.values,
            help="keep or remove manually changed rows; required if there are any",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="report what would change, change nothing")

    def handle(
        self, *args: Any, import_ids: list[UUID], reason: str, changed_rows: str | None, dry_run: bool, **options: Any
    ) -> None:
        if not dry_run and not reason.strip():
            raise CommandError("--reason is required.")
        choice = EditedRowsChoice(changed_rows) if changed_rows else None
        failed = 0
        for import_id in import_ids:
            try:
                if dry_run:
                    self._show_preview(import_id, choice)
                else:
                    report = undo_import(import_id, ACTOR, reason, choice)
                    self.stdout.write(f"{import_id}: {undone_in_words(report)}")
            except AtlasError as error:
                failed += 1
                self.stderr.write(f"{import_id}: Undo failed. {error.message}")
        if failed:
            sys.exit(1)

    def _show_preview(self, import_id: UUID, choice: EditedRowsChoice | None) -> None:
        """Write what an undo would change. Raises CannotUndo where it would be refused."""
        expected = preview(import_id, choice)
        self.stdout.write(f"{import_id}: preview, nothing was changed.")
        for effect in undo_in_words(expected):
            self.stdout.write(f"  {effect}")
        expected.refuse_if_blocked(choice)
