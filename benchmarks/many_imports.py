#!/usr/bin/env python3
"""Many small imports into one table, each repeating half of the one before: many_imports.py FILE TABLE IMPORTS.

Takes the fifth back and prints how many seconds that took. Settings and database as manage.py.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

import django

django.setup()

from core.actors import Actor  # noqa: E402
from imports.loading.pipeline import run_import  # noqa: E402
from imports.mapping import parse_mapping  # noqa: E402
from imports.sources.upload import from_disk  # noqa: E402
from lineage.undo import undo_import  # noqa: E402

ROWS = 100  # of each
TAKEN = 5  # the one that is taken back
WHO = Actor("benchmark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("table")
    parser.add_argument("imports", type=int)
    args = parser.parse_args()
    header, *lines = args.file.read_text().splitlines(keepends=True)
    request = parse_mapping({"table_name": args.table})
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.imports):
            file = Path(folder) / f"{number}.csv"
            start = number * ROWS // 2
            file.write_text("".join([header, *lines[start : start + ROWS]]))
            with from_disk(file) as source:
                found.append(run_import(source, request, WHO).pk)
    start = time.perf_counter()
    undo_import(found[TAKEN - 1], WHO)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
