"""manage.py verify_audit: check the integrity of the audit log."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.chain import Anchor, verify


def anchor(text: str) -> Anchor:
    try:
        return Anchor.parse(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


class Command(BaseCommand):
    help = "Check every entry of the audit log and name the first that was changed, moved or deleted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor", type=anchor, nargs="+", default=[], metavar="ANCHOR",
            help="checkpoints printed by audit_anchor; also detects entries that were deleted at the end of the log",
        )  # fmt: skip

    def handle(self, *args: Any, anchor: list[Anchor], **options: Any) -> None:
        verdict = verify(anchor)
        if verdict.broken:
            raise CommandError(f"{verdict.broken.message} {verdict.in_words()}")
        self.stdout.write(verdict.in_words())
