#!/usr/bin/env python3
"""Measure rows per second by workers and tables: benchmarks/scaling.py [--rows N]

For each number of workers from 1 to 4 and of tables from 1 to 4: eight imports of N rows each, spread over the
tables and queued one after another, from the first upload to the last commit. Run it with the Python of .venv. The
server is an embedded one, unless DATABASE_URL is set.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from instance import Instance, instance
from sides import Bench, server

IMPORTS = 8
UP_TO = 4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=200_000)
    args = parser.parse_args()
    print(
        "rows per second   "
        + "".join(f"{tables:>2} table{'s' if tables > 1 else ' '} " for tables in range(1, UP_TO + 1))
    )
    with server() as (folder, url), TemporaryDirectory(prefix="atlas-bench-") as name:
        bench = Bench(folder, url, args.rows, 1)
        for workers in range(1, UP_TO + 1):
            with instance(Path(name), workers) as site:
                rates = [rate(bench, site, tables) for tables in range(1, UP_TO + 1)]
            print(f"{workers} workers         " + "".join(f"{rows:>10,.0f}" for rows in rates), flush=True)


def rate(bench: Bench, site: Instance, tables: int) -> float:
    names = [bench.new_table() for _ in range(tables)]
    options = '"check_duplicates": false, "duplicate_check": {"force_import": true}'
    file = bench.csv_file(bench.rows)
    start = time.perf_counter()
    tasks = [site.queue(file, f'{{"table_name": "{names[number % tables]}", {options}}}') for number in range(IMPORTS)]
    for task in tasks:
        while not site.is_done(task):
            time.sleep(0.05)
    return IMPORTS * bench.rows / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
