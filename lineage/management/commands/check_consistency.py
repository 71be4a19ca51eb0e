"""manage.py check_consistency: check the records of imports on the live database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from imports.errors import UnknownTable
from lineage.consistency.check import check
from lineage.consistency.wording import in_one_line


class Command(BaseCommand):
    help = "Check import totals, row provenance, table structure and the audit log; exit status 1 on problems."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--table", help="only this table and its imports; default: all tables and the audit log")

    def handle(self, *args: Any, table: str | None, **options: Any) -> None:
        try:
            report = check(table)
        except UnknownTable as error:
            raise CommandError(str(error)) from None
        for violation in report.violations:
            self.stdout.write(str(violation))
        if report.violations:
            sys.exit(1)
        self.stdout.write(in_one_line(report))
