"""The measures of imports that update rows: each function returns a ratio, and the figures behind it as text."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median

from sides import COLUMNS, Bench

Result = tuple[float, str]

KEY = "customer_id"


def by_key(on_match: str) -> str:
    """Return the mapping of an import by the key."""
    return json.dumps({"duplicate_check": {"force_import": True, "uniqueness_columns": [KEY], "on_match": on_match}})


def export(bench: Bench, percent: int) -> Path:
    """Return a second export of the benchmark's rows: so many percent have another age, and one percent are new."""

    def changed(number: int, line: str) -> str:
        if number % 100 < percent:
            return _with_other_age(line)
        if number % 100 == 99:
            return line + f"{bench.rows + number},{line.split(',', 1)[1]}"
        return line

    return bench.rewritten(f"{percent}-percent", changed)


def _with_other_age(line: str) -> str:
    fields = line.split(",", 6)  # no comma before the notes, which come last
    return ",".join([*fields[:5], str(int(fields[5]) + 1), fields[6]])


def filled_table(bench: Bench, file: Path) -> str:
    """Return a new table into which this file was imported; the index of the key is there."""
    table = bench.new_table()
    bench.ours(file, table, by_key("skip"))
    bench.ours(bench.csv_file(10), table, by_key("skip"))
    return table


def seconds(bench: Bench, file: Path, on_match: str) -> float:
    """Return how long a second export takes into a table of the first."""
    return float(bench.ours(file, filled_table(bench, bench.csv_file(bench.rows)), by_key(on_match))["seconds"])


def compared(bench: Bench, side: Callable[[], float], base: Callable[[], float]) -> Result:
    ours, other = bench.in_turn(side, base)
    return ours / other, f"{ours:.2f} s ÷ {other:.2f} s"


def update(bench: Bench, percent: int) -> Result:
    """A second export with `update` ÷ with `skip`."""
    file = export(bench, percent)
    return compared(bench, lambda: seconds(bench, file, "update"), lambda: seconds(bench, file, "skip"))


def update_by_hand(bench: Bench) -> Result:
    """A second export with `update` ÷ upsert.py."""
    file, base = export(bench, 1), bench.csv_file(bench.rows)
    return compared(
        bench,
        lambda: seconds(bench, file, "update"),
        lambda: float(bench.python("upsert.py", bench.url, base, file, COLUMNS, KEY)),
    )


def undo_of_update(bench: Bench) -> Result:
    """Undo of a second export ÷ its import."""
    file = export(bench, 1)

    def times() -> tuple[float, float]:
        table = filled_table(bench, bench.csv_file(bench.rows))
        figures = bench.ours(file, table, by_key("update"), "--undo", "last")
        return figures["undo_seconds"], figures["seconds"]

    return _of_rounds(bench, times)


def undo_first_of_three_updates(bench: Bench) -> Result:
    """Undo of the first of three imports, each updating half of the rows of the one before ÷ the third's import."""
    files = _overlapping(bench)

    def times() -> tuple[float, float]:
        table = bench.new_table()
        for file in files[:2]:
            bench.ours(file, table, by_key("update"))
        figures = bench.ours(files[2], table, by_key("update"), "--undo", "first")
        return figures["undo_seconds"], figures["seconds"]

    return _of_rounds(bench, times)


def _of_rounds(bench: Bench, times: Callable[[], tuple[float, float]]) -> Result:
    undone, imported = (median(column) for column in zip(*(times() for _ in range(bench.rounds)), strict=True))
    return undone / imported, f"{undone:.2f} s ÷ {imported:.2f} s"


def _overlapping(bench: Bench) -> list[Path]:
    """Return three files; the second half of each is the first half of the next, where every tenth row is another."""
    header, *lines = bench.csv_file(2 * bench.rows).read_text().splitlines(keepends=True)
    files = []
    for place in range(3):
        start = place * bench.rows // 2
        part = enumerate(lines[start : start + bench.rows])
        files.append(bench.folder / f"{bench.rows}-updates-{place}.csv")
        files[-1].write_text(
            header + "".join(_with_other_age(line) if place and at % 10 == place else line for at, line in part)
        )
    return files


def small_update_into_large(bench: Bench) -> Result:
    """10,000 records, a tenth of them changed, into a large table ÷ into one of 10,000, by a key used before."""
    small = bench.csv_file(10_000)
    header, *lines = small.read_text().splitlines(keepends=True)
    file = bench.folder / "small-update.csv"
    file.write_text(header + "".join(_with_other_age(line) if at % 10 == 0 else line for at, line in enumerate(lines)))

    def into(first: Path) -> float:
        return float(bench.ours(file, filled_table(bench, first), by_key("update"))["seconds"])

    return compared(bench, lambda: into(bench.csv_file(bench.rows)), lambda: into(small))


#: Name -> function that measures the ratio, and the goal.
UPDATES: dict[str, tuple[Callable[[Bench], Result], float]] = {
    "update_1_percent": (partial(update, percent=1), 1.15),
    "update_10_percent": (partial(update, percent=10), 1.6),
    "update_by_hand": (update_by_hand, 1.3),
    "undo_of_update": (undo_of_update, 0.5),
    "undo_first_of_three_updates": (undo_first_of_three_updates, 1.2),
    "small_update_into_large": (small_update_into_large, 1.3),
}
