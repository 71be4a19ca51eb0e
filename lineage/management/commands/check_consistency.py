"""manage.py check_consistency: check the records of imports on the live database."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import AtlasError
from lineage.consistency.check import check
from lineage.consistency.wording import in_one_line


class Command(BaseCommand):
    help = (
        "Check import totals, row provenance, table structure, source files and the audit log; "
        "exit status 1 on problems."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--table", help="only this table and its imports; default: all tables and the audit log")
        parser.add_argument(
            "--read-files",
            action="store_true",
            help="read all source files and compare their SHA-256; default: only whether they exist, and their size",
        )

    def handle(self, *args: Any, table: str | None, read_files: bool, **options: Any) -> None:
        try:
            report = check(table, read_files=read_files)
        except AtlasError as error:
            raise CommandError(str(error)) from None
        for violation in report.violations:
            self.stdout.write(str(violation))
        if report.violations:
            sys.exit(1)
        self.stdout.write(in_one_line(report))
