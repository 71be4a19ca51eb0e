"""Every benchmark runs, on a file too small to measure anything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.importing import query

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
MEASURES = [
    "new_table", "load_then_key", "append", "append_checked", "flights", "dirty", "five_percent", "tracking_clean",
    "tracking_corrected", "million_errors", "careful_path", "small_into_large", "memory", "undo",
    "undo_first_of_three", "undo_of_many", "update_1_percent", "update_10_percent", "update_by_hand", "undo_of_update",
    "undo_first_of_three_updates", "small_update_into_large", "responsive", "pages", "xlsx",
    "json_array", "ndjson", "xml",
]  # fmt: skip
FEW = ["load_then_key", "tracking_corrected", "xlsx", "update_by_hand"]


@pytest.fixture
def benchmark(database_url, tmp_path):
    """Return a function that runs a benchmark script on the test database and returns its output."""
    data = str(tmp_path / "data")
    settings = {"DATABASE_URL": database_url, "DJANGO_SETTINGS_MODULE": "atlas.settings", "ATLAS_DATA_DIR": data}

    def run(script, *arguments):
        command = [sys.executable, BENCHMARKS / script, *arguments]
        done = subprocess.run(command, env=os.environ | settings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def measured(printed):
    return re.findall(r"^(\w+) +(?:\d+\.\d\d|nan)  goal ≤ +[\d.]+  \S", printed, re.MULTILINE)


def test_measures_run(benchmark):
    assert measured(benchmark("run.py", "--rows", "1000", "--rounds", "1", *FEW)) == FEW


@pytest.mark.long
def test_all_measures_run(benchmark):
    assert measured(benchmark("run.py", "--rows", "1000", "--rounds", "1")) == MEASURES


def test_a_measure_that_is_not_there_is_refused(benchmark):
    with pytest.raises(AssertionError, match="unknown measure: speed"):
        benchmark("run.py", "speed")


def test_the_untracked_side_writes_no_corrections_errors_and_ledger(benchmark, tmp_path):
    file = tmp_path / "t.csv"
    file.write_text("n,m\n1.0,a\nx,b\n1,c\n2,d,e\n")
    mapping = '{"db_schema": {"n": "INTEGER"}, "unique_columns": ["n"]}'

    benchmark("one_import.py", file, "with_all", "--mapping", mapping)
    benchmark("one_import.py", file, "without", "--mapping", mapping, "--untracked")

    assert traces("with_all") == (1, 2, 2)
    assert traces("without") == (0, 0, 0)
    assert query("SELECT n, m FROM with_all ORDER BY id") == query("SELECT n, m FROM without ORDER BY id")


def traces(table):
    """Of the one import of the table: rows with corrections, mapping errors, kept records."""
    [(import_id,)] = query("SELECT import_id FROM import_history WHERE table_name = %s", table)
    return tuple(
        query(f"SELECT count(*) FROM {source} WHERE {import_column} = %s AND {condition}", import_id)[0][0]
        for source, import_column, condition in [
            (table, "_import_id", "_corrections_applied IS NOT NULL"),
            ("mapping_errors", "import_id", "true"),
            ("imports_kept_record", "import_id", "true"),
        ]
    )
