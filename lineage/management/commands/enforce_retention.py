"""manage.py enforce_retention: forgets what the settings say is to be forgotten by now."""

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
    help = "Forget what is older than the ATLAS_RETAIN_… settings say, and say in numbers what it was."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="count what would be forgotten, change nothing")
        parser.add_argument(
            "--policy", nargs="+", default=[], choices=Policy.values, metavar="NAME",
            help=f"only these of {', '.join(Policy.values)}; default: all that have their number of days",
        )  # fmt: skip
        parser.add_argument(
            "--import", nargs="+", type=UUID, default=[], dest="import_ids", metavar="ID",
            help="for imports_with_rows: the imports that are to be undone and then forgotten",
        )  # fmt: skip
        parser.add_argument("--archive", type=Path, metavar="DIR", help="write down there first what is forgotten")

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
            for sentence in outcome.left:
                self.stdout.write(f"  left: {sentence}")


def in_one_line(outcome: PolicyResult, *, dry_run: bool) -> str:
    age = "" if outcome.days is None else f" (older than {outcome.days:,} days)"
    parts = (counted(number, what.removesuffix("s").replace("_", " ")) for what, number in outcome.numbers.items())
    said = ", ".join(parts) or "nothing"
    return f"{outcome.policy.value}{age}: {said} {'would be forgotten' if dry_run else 'forgotten'}"
