"""manage.py add_tracking_columns TABLE: a table that stood before becomes one that imports can go into."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.errors import AtlasError
from imports.adoption.adopt import track_table


class Command(BaseCommand):
    help = "Give a table that stood before it was tracked its tracking columns, and its rows an import of their own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", help="its name in the schema public")

    def handle(self, *args: Any, table: str, **options: Any) -> None:
        try:
            tracked = track_table(table, Actor("manage.py add_tracking_columns"))
        except AtlasError as error:
            raise CommandError(f"{error.message} Nothing was changed.") from None
        if tracked.import_id is None:
            self.stdout.write(f"{table} is tracked already: every row has its import. Nothing was changed.")
            return
        self.stdout.write(f"{table} is tracked now: {tracked.rows:,} rows, import {tracked.import_id} (legacy)")
        for sentence in tracked.obstacles:
            self.stdout.write(f"  warning: {sentence}")
