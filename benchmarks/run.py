#!/usr/bin/env python3
"""Measure the engine's goals as ratios, each in one run: benchmarks/run.py [--rows N] [--rounds N] [MEASURE …]

Most measures compare a whole tracked import in its own process (hash to commit) with raw_copy.py, a bare COPY of the
same file into the same table on the same server. The two take turns; the median of the rounds is printed. The server is
an embedded one in a temporary directory, unless DATABASE_URL is set. Run it with the Python of .venv.
"""

from __future__ import annotations

import argparse

from measures import MEASURES
from sides import Bench, server


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(MEASURES))
    args = parser.parse_args()
    if unknown := set(args.measures) - set(MEASURES):
        parser.error(f"unknown measure: {', '.join(unknown)}. Choose from {', '.join(MEASURES)}.")
    with server() as (folder, url):
        bench = Bench(folder, url, args.rows, args.rounds)
        for name in args.measures or MEASURES:
            measure, goal = MEASURES[name]
            ratio, figures = measure(bench)
            print(f"{name:27} {ratio:6.2f}  goal ≤ {goal:4}  {figures}", flush=True)


if __name__ == "__main__":
    main()
