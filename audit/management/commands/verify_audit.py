"""manage.py verify_audit: whether anything in the audit log was changed or removed."""

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
    help = "Check every entry of the audit log, and name the first that was changed, moved or removed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor", type=anchor, nargs="+", default=[], metavar="ANCHOR",
            help="what audit_anchor printed once; without one, entries cut off at the end do not show",
        )  # fmt: skip

    def handle(self, *args: Any, anchor: list[Anchor], **options: Any) -> None:
        verdict = verify(anchor)
        if verdict.broken:
            raise CommandError(f"{verdict.broken.message} {verdict.in_words()}")
        self.stdout.write(verdict.in_words())
