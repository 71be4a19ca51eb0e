"""manage.py rerun_import ID: run an import again with another mapping, from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.errors import AtlasError
from imports.mapping import MappingRequest
from imports.saved_mappings.use import requested_mapping
from lineage.reruns import preview, rerun_import
from lineage.reruns.wording import preview_in_words, rerun_in_words
from lineage.undo.edited_rows_choice import EditedRowsChoice

ACTOR = Actor("manage.py rerun_import")


class Command(BaseCommand):
    help = "Import the stored file of an import with another mapping, in its place, and report the changes in numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("import_id", type=UUID, metavar="IMPORT_ID", help="id of an import")
        parser.add_argument("--mapping", type=Path, metavar="M.json", help="a JSON file with the mapping")
        parser.add_argument(
            "--saved-mapping",
            metavar="NAME[@VERSION]",
            help="a saved mapping; what --mapping says replaces what it says",
        )
        parser.add_argument("--reason", default="", help="recorded in the history and the audit log")
        parser.add_argument(
            "--changed-rows", choices=EditedRowsChoice.values,
            help="keep or remove manually changed rows; required if any would be removed or changed",
        )  # fmt: skip
        parser.add_argument("--dry-run", action="store_true", help="report what would change, change nothing")

    def handle(
        self, *args: Any, import_id: UUID, mapping: Path | None, saved_mapping: str | None, reason: str,
        changed_rows: str | None, dry_run: bool, **options: Any,
    ) -> None:  # fmt: skip
        if mapping is None and not saved_mapping:
            raise CommandError("Give the mapping: --mapping M.json or --saved-mapping NAME.")
        choice = EditedRowsChoice(changed_rows) if changed_rows else None
        try:
            given = mapping.read_text(encoding="utf-8") if mapping else None
            request = requested_mapping(given, saved_mapping)
            if dry_run:
                self._show_preview(import_id, request, choice)
            else:
                report = rerun_import(import_id, request, ACTOR, reason, choice)
                self.stdout.write(f"{import_id}: {rerun_in_words(report)}")
        except (AtlasError, OSError) as error:
            raise CommandError(f"{import_id}: Rerun failed. {error}") from None

    def _show_preview(self, import_id: UUID, request: MappingRequest, choice: EditedRowsChoice | None) -> None:
        found = preview(import_id, request, ACTOR, choice)
        self.stdout.write(f"{import_id}: preview, nothing was changed.")
        for effect in preview_in_words(found):
            self.stdout.write(f"  {effect}")
        found.refuse_if_blocked(choice)
