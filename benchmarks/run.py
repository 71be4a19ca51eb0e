#!/usr/bin/env python3
"""The engine's goals as ratios, each measured in one run: benchmarks/run.py [--rows N] [--rounds N] [MEASURE …]

Ours is a whole tracked import in a process of its own (hash to commit); the yardstick is raw_copy.py, a bare COPY of
the same file into the same table on the same server. The two take turns; the median of the rounds is printed. An
embedded server is made in a temporary directory unless DATABASE_URL names another. With the Python of .venv.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measures import MEASURES
from sides import HERE, Bench


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    args = parser.parse_args()
    if unknown := set(args.measures) - set(MEASURES):
        parser.error(f"there is no measure {', '.join(unknown)}; there is {', '.join(MEASURES)}")
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as folder:
        os.environ["ATLAS_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "atlas.settings"
        sys.path.insert(0, str(HERE.parent))
        from atlas import postgres

        with postgres.running(Path(folder)):
            subprocess.run([sys.executable, HERE.parent / "manage.py", "migrate", "--verbosity", "0"], check=True)
            bench = Bench(Path(folder), database_url(), args.rows, args.rounds)
            for name in args.measures or MEASURES:
                measure, goal = MEASURES[name]
                ratio, figures = measure(bench)
                print(f"{name:20} {ratio:6.2f}  goal ≤ {goal:4}  {figures}", flush=True)
        postgres.remove(Path(folder))


def database_url() -> str:
    """What raw_copy.py connects with."""
    from django.conf import settings
    from psycopg.conninfo import make_conninfo

    place = settings.DATABASES["default"]
    known = {key: place.get(key.upper()) for key in ("host", "port", "user", "password")}
    return make_conninfo(dbname=place["NAME"], **{key: value for key, value in known.items() if value})


if __name__ == "__main__":
    main()
