"""manage.py import_file FILE: import a file from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from core.actors import Actor
from core.errors import AtlasError
from imports.loading.parts import PartOutcome, for_each, parts_of
from imports.loading.pipeline import run_import
from imports.loading.progress_hook import Progress
from imports.mapping import MappingRequest, parse_mapping
from imports.mapping.request import OnMatch
from imports.models import ImportHistory
from imports.readers.parts import asks_for_all
from imports.saved_mappings.use import requested_mapping
from imports.sources import SourceFile
from imports.sources.upload import from_disk

NUMBERS = (
    ("rows in the file", "total_rows_in_file"),
    ("imported", "rows_inserted"),
    ("updated", "rows_updated"),
    ("duplicates", "duplicates_found"),
    ("rejected", "rows_rejected"),
    ("filtered", "rows_filtered"),
    ("invalid values", "validation_errors"),
)
ACTOR = Actor("manage.py import_file")


class Command(BaseCommand):
    help = "Import a CSV, Excel, JSON or XML file into a table and report the result in numbers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the file to import")
        parser.add_argument("--table", help="destination table; default: named after the file")
        parser.add_argument(
            "--key",
            action="append",
            metavar="COLUMN",
            help="a column that identifies a row; may be given several times",
        )
        parser.add_argument(
            "--on-match", choices=OnMatch.values, help="what to do with a row whose key the table has; default: skip"
        )
        parser.add_argument("--mapping", type=Path, metavar="M.json", help="a JSON file with the mapping")
        parser.add_argument(
            "--saved-mapping",
            metavar="NAME[@VERSION]",
            help="a saved mapping; what --mapping and the other options say replaces what it says",
        )

    def handle(self, *args: Any, file: Path, mapping: Path | None, saved_mapping: str | None, **options: Any) -> None:
        try:
            given = mapping.read_text(encoding="utf-8") if mapping else None
            request = with_options(requested_mapping(given, saved_mapping), **options)
            with from_disk(file) as source, progress_bar(self.stderr) as progress:
                if asks_for_all(request.source_options):
                    self.report_parts(import_parts(source, request, progress))
                else:
                    self.report(run_import(source, request, ACTOR, progress=progress))
        except (AtlasError, OSError) as error:
            raise CommandError(str(error)) from None

    def report_parts(self, outcomes: list[PartOutcome[ImportHistory]]) -> None:
        for outcome in outcomes:
            if outcome.result:
                self.report(outcome.result)
            else:
                self.stdout.write(f"refused: {outcome.part.name} -> {outcome.part.table_name}: {outcome.error}")

    def report(self, record: ImportHistory) -> None:
        self.stdout.write(f"{record.status}: {record.file_name} -> {record.table_name} ({record.import_strategy})")
        for label, name in NUMBERS:
            self.stdout.write(f"  {getattr(record, name) or 0:>12,}  {label}")
        self.stdout.write(f"  {record.duration_seconds:>12}  seconds, import {record.import_id}")
        for warning in record.warnings or []:
            self.stdout.write(f"  warning: {warning}")


def with_options(
    request: MappingRequest, *, table: str | None, key: list[str] | None, on_match: str | None, **others: Any
) -> MappingRequest:
    """Return the request with what the options of the command say instead. Raises InvalidMapping."""
    mapping = dict(request.as_given)
    duplicate_check = dict(mapping.get("duplicate_check") or {})
    if key:
        duplicate_check.pop("uniqueness_columns", None)
        mapping["unique_columns"] = key
    if on_match:
        duplicate_check["on_match"] = on_match
    saved = request.saved
    if key or on_match:
        request = parse_mapping({**mapping, **({"duplicate_check": duplicate_check} if duplicate_check else {})})
    given = {"table_name": table, "unique_columns": key, "duplicate_check": on_match}
    changed = saved and saved.but(name for name, value in given.items() if value)
    return replace(request, table_name=table or request.table_name, saved=changed)


def import_parts(source: SourceFile, request: MappingRequest, progress: Progress) -> list[PartOutcome[ImportHistory]]:
    """Import all sheets or files. Raises AtlasError where none was."""
    return for_each(
        parts_of(source, request),
        lambda part: run_import(source, part.request, ACTOR, progress=progress, metadata=part.metadata),
    )


@contextmanager
def progress_bar(stream: Any) -> Iterator[Progress]:
    """Show a bar of rows read and then loaded; nothing where the output is no terminal."""
    with tqdm(unit=" rows", disable=not stream.isatty(), file=stream) as bar:

        def show(phase: str, done: int, total: int) -> None:
            bar.set_description(phase, refresh=False)
            bar.total = total or None
            bar.n = done
            bar.refresh()

        yield show
