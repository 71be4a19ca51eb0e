"""manage.py reset_database: for development, drop the service's tables and make its own anew."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from core.errors import AtlasError
from imports.tables.reset import reset


class Command(BaseCommand):
    help = "Drop all tables that imports created and all system tables, and make the system tables anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--without-debug", action="store_true", help="also where ATLAS_DEBUG is off")
        parser.add_argument("--database", metavar="NAME", help="the database's name, in place of asking for it")

    def handle(self, *args: Any, without_debug: bool, database: str | None, **options: Any) -> None:
        if not (settings.DEBUG or without_debug):
            raise CommandError(
                "This command is for development: it deletes all imports with their rows, their history and all users."
                " Set ATLAS_DEBUG=on, or pass --without-debug. Nothing was changed."
            )
        self._confirm(connection.settings_dict["NAME"], database)
        try:
            dropped = reset()
        except AtlasError as error:
            raise CommandError(f"{error.message} Nothing was changed.") from None
        call_command("migrate", verbosity=0)
        self.stdout.write(
            f"{len(dropped.data_tables):,} data tables and {len(dropped.system_tables):,} system tables dropped; the"
            " system tables are new and empty. Stored source files were not deleted. ./run creates a new first login."
        )

    def _confirm(self, name: str, given: str | None) -> None:
        """Raises CommandError if the name is another, or cannot be asked for."""
        if given is None:
            self.stdout.write(
                f"This deletes all imports, their rows, the history and all users of the database {name}."
            )
            try:
                given = input("Type the name of the database to continue: ")
            except EOFError:
                raise CommandError("No name was typed: without a terminal, pass --database NAME.") from None
        if given != name:
            raise CommandError(f"The database is {name}, not {given}. Nothing was changed.")
