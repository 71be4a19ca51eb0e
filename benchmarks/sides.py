"""The two sides of every ratio, each in its own process: our import and the manual way; and the server of both."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve().parent
COLUMNS = (
    "customer_id bigint, first_name text, last_name text, email text, signup_date timestamp, age integer,"
    " balance numeric, active boolean, country text, notes text"
)


class Bench:
    """The files, the two sides, and a new table name for each import."""

    def __init__(self, folder: Path, url: str, rows: int, rounds: int) -> None:
        self.folder, self.url, self.rows, self.rounds = folder, url, rows, rounds
        self.tables = 0

    def new_table(self) -> str:
        self.tables += 1
        return f"bench_{self.tables}"

    def ours(self, file: Path, table: str | None = None, mapping: str = "{}", *options: str) -> dict[str, Any]:
        """Run one_import.py and return its figures."""
        command = ["one_import.py", file, table or self.new_table(), "--mapping", mapping, *options]
        return json.loads(self.python(*command).splitlines()[-1])

    def manual(self, script: str, file: Path, columns: str = COLUMNS, null: str = "") -> float:
        printed = self.python(script, self.url, file, columns, "--null", null, "--rounds", 1)
        return float(re.search(r"wall ([\d.]+) s", printed)[1]) or 0.005  # it shows hundredths

    def raw(self, file: Path, columns: str = COLUMNS, null: str = "") -> float:
        return self.manual("raw_copy.py", file, columns, null)

    def python(self, script: str, *arguments: Any) -> str:
        """Run a script of this directory and return its output."""
        command = [sys.executable, HERE / script, *map(str, arguments)]
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

    def csv_file(self, rows: int, *options: str) -> Path:
        file = self.folder / f"{rows}{''.join(options)}.csv"
        if not file.exists():
            self.python("make_csv.py", rows, file, *options)
        return file

    def rewritten(self, name: str, change: Callable[[int, str], str]) -> Path:
        """The yardstick's file with its lines changed. change: record number, from 1, and line -> line."""
        file = self.folder / f"{self.rows}-{name}.csv"
        with self.csv_file(self.rows).open() as lines, file.open("w") as target:
            target.write(next(lines))
            target.writelines(change(number, line) for number, line in enumerate(lines, 1))
        return file

    def in_turn(self, *sides: Callable[[], float]) -> list[float]:
        """Seconds of each side, median of the rounds, the sides in turn."""
        taken = [[side() for side in sides] for _ in range(self.rounds)]
        return [median(column) for column in zip(*taken, strict=True)]


@contextmanager
def server() -> Iterator[tuple[Path, str]]:
    """Yield a directory and the URL of a database with our tables: an embedded one, or that of DATABASE_URL."""
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as name:
        os.environ["ATLAS_DATA_DIR"] = name
        os.environ["DJANGO_SETTINGS_MODULE"] = "atlas.settings"
        sys.path.insert(0, str(HERE.parent))
        from atlas.server import embedded_postgres

        folder = Path(name)
        with embedded_postgres.running(folder):
            subprocess.run([sys.executable, HERE.parent / "manage.py", "migrate", "--verbosity", "0"], check=True)
            yield folder, database_url()
        embedded_postgres.remove(folder)


def database_url() -> str:
    """Return the connection string for raw_copy.py."""
    from django.conf import settings
    from psycopg.conninfo import make_conninfo

    database = settings.DATABASES["default"]
    params = {key: database.get(key.upper()) for key in ("host", "port", "user", "password")}
    return make_conninfo(dbname=database["NAME"], **{key: value for key, value in params.items() if value})
