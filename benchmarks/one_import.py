#!/usr/bin/env python3
"""Time one tracked import in its own process: one_import.py FILE TABLE [--mapping JSON] [--untracked] [--undo] […].

Prints JSON: `seconds` (hash to commit), `peak_mb` of this process and of the one that reads the file (together),
`undo_seconds`. Settings as for manage.py. As in a server, the process that others are forked from is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "atlas.settings")

import django

django.setup()

import pyarrow as pa  # noqa: E402

from core.actors import Actor  # noqa: E402
from core.errors import AtlasError  # noqa: E402
from imports.conversion import convert  # noqa: E402
from imports.extraction import parts_in  # noqa: E402
from imports.loading import ledger  # noqa: E402
from imports.loading.pipeline import run_import  # noqa: E402
from imports.mapping import parse_mapping  # noqa: E402
from imports.sandbox import remote  # noqa: E402
from imports.sandbox.template_process import templates  # noqa: E402
from imports.sources.upload import from_disk  # noqa: E402
from lineage.undo import undo_import  # noqa: E402
from lineage.undo.table_imports import imports_of  # noqa: E402


def leave_tracking_out() -> None:
    """The specification's figure needs the same import without corrections, errors and ledger."""
    patch.object(convert, "corrections_of", lambda changes, rows: pa.nulls(rows, pa.string())).start()
    for written in ("note_problems", "keep", "keep_duplicates"):
        patch.object(ledger.Ledger, written, lambda *arguments: None).start()  # fails where there is no such name


def read_in_this_process() -> None:
    """Read the file where the patches above are."""

    @contextmanager
    def opened(service: Any, limits: Any, folder: Any, settings: Any, *args: Any, **named: Any) -> Iterator[Any]:
        with closing(service.kind(*args, **named)) as extraction:
            yield extraction

    patch.object(remote, "opened", opened).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("table")
    parser.add_argument("--mapping", default="{}")
    parser.add_argument("--in-process", action="store_true", help="read the file in this process")
    parser.add_argument("--untracked", action="store_true", help="implies --in-process")
    parser.add_argument("--undo", choices=["first", "last"], help="of the table's imports; the last is this one")
    args = parser.parse_args()
    if args.untracked:
        leave_tracking_out()
    if args.untracked or args.in_process:
        read_in_this_process()
    request = parse_mapping({**json.loads(args.mapping), "table_name": args.table})
    with from_disk(args.file) as source:
        with suppress(AtlasError):  # most files have no parts; but an answer came from a child
            parts_in(source, {})
        record = run_import(source, request, Actor("benchmark"))
    answer = {"seconds": float(record.duration_seconds), "rows": record.rows_inserted}
    if args.undo:
        import_id = imports_of(args.table)[0].import_id if args.undo == "first" else record.pk
        start = time.perf_counter()
        undo_import(import_id, Actor("benchmark"))
        answer["undo_seconds"] = time.perf_counter() - start
    templates.end()
    peaks = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    answer["peak_mb"] = sum(peaks) / 1024
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
