"""manage.py add_tracking_columns TABLE: track an existing table."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.errors import AtlasError
from imports.adoption.adopt import track_table


class Command(BaseCommand):
    help = "Add the tracking columns to an existing table and record its rows as an import of their own."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("table", help="name of a table in the schema public")

    def handle(self, *args: Any, table: str, **options: Any) -> None:
        try:
            tracked = track_table(table, Actor("manage.py add_tracking_columns"))
        except AtlasError as error:
            raise CommandError(f"{error.message} Nothing was changed.") from None
        if tracked.import_id is None:
            self.stdout.write(f"{table} is already tracked: every row has its import. Nothing was changed.")
            return
        self.stdout.write(f"{table} is now tracked: {tracked.rows:,} rows, import {tracked.import_id} (legacy)")
        for obstacle in tracked.obstacles:
            self.stdout.write(f"  warning: {obstacle}")
