"""manage.py enforce_retention: delete data older than the retention settings allow."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from core.actors import Actor
from core.errors import AtlasError
from core.formatting import counted
from lineage.retention import Policy, enforce, messages
from lineage.retention.policies import PolicyResult


class Command(BaseCommand):
    help = "Delete data older than the ATLAS_RETAIN_… settings allow, and report what was deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be deleted, change nothing")
        parser.add_argument(
            "--policy", nargs="+", default=[], choices=Policy.values, metavar="NAME",
            help=f"only these policies ({', '.join(Policy.values)}); default: all with a number of days",
        )  # fmt: skip
        parser.add_argument(
            "--import", nargs="+", type=UUID, default=[], dest="import_ids", metavar="ID",
            help="ids of the imports to undo and delete; for the policy imports_with_rows",
        )  # fmt: skip
        parser.add_argument("--archive", type=Path, metavar="DIR", help="write what is deleted to this directory first")

    def handle(self, *args: Any, policy: list[str], dry_run: bool, **options: Any) -> None:
        try:
            outcomes = enforce(
                policy, actor=Actor("manage.py enforce_retention"), dry_run=dry_run, import_ids=options["import_ids"],
                archive=options["archive"],
            )  # fmt: skip
        except (AtlasError, OSError) as error:
            raise CommandError(str(error)) from None
        if not outcomes:
            self.stdout.write(str(messages.NO_DAYS_SET()))
        for outcome in outcomes:
            self.stdout.write(in_one_line(outcome, dry_run=dry_run))
            for reason in outcome.left:
                self.stdout.write(f"  not deleted: {reason}")


def in_one_line(outcome: PolicyResult, *, dry_run: bool) -> str:
    age = "" if outcome.days is None else f" (older than {counted(outcome.days, 'day')})"
    parts = (counted(number, what.removesuffix("s").replace("_", " ")) for what, number in outcome.numbers.items())
    numbers = ", ".join(parts) or "nothing"
    return f"{outcome.policy.value}{age}: {numbers} {'would be deleted' if dry_run else 'deleted'}"
