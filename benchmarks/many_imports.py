#!/usr/bin/env python3
"""Run many small imports into one table, each repeating half of the one before: many_imports.py FILE TABLE IMPORTS.

Undo the fifth one, and print the seconds of the undo. Settings and database as for manage.py.
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

ROWS = 100  # of each import
UNDONE = 5  # number of the import that is undone, from 1
ACTOR = Actor("benchmark")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("table")
    parser.add_argument("imports", type=int)
    args = parser.parse_args()
    header, *lines = args.file.read_text().splitlines(keepends=True)
    request = parse_mapping({"table_name": args.table})
    import_ids = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(args.imports):
            file = Path(folder) / f"{number}.csv"
            start = number * ROWS // 2
            file.write_text("".join([header, *lines[start : start + ROWS]]))
            with from_disk(file) as source:
                import_ids.append(run_import(source, request, ACTOR).pk)
    start = time.perf_counter()
    undo_import(import_ids[UNDONE - 1], ACTOR)
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
