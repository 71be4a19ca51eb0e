"""The failed rows of an import are read in bounded memory, however long they are."""

import tracemalloc

import pytest

from lineage.exports import failed_rows
from lineage.exports.failed_rows import FailedRecords
from tests.importing import import_text

pytestmark = pytest.mark.usefixtures("atlas_db")

LENGTH = 400_000


@pytest.fixture
def record(tmp_path):
    long = "".join(f"{number},{'x' * LENGTH}\n" for number in ["a", 1, *"bcdefghijklmnopqrst"])
    return import_text(tmp_path, "t.csv", f"n,text\n{long}", table_name="t", db_schema={"n": "INTEGER"},
                       on_error="reject_row", max_errors={"share": 1})  # fmt: skip


@pytest.mark.parametrize("fetch_bytes", [1, 3 * LENGTH, 100 * LENGTH])
def test_long_rejected_rows_are_fetched_few_at_a_time(record, monkeypatch, fetch_bytes):
    monkeypatch.setattr(failed_rows, "FETCH_BYTES", fetch_bytes)
    tracemalloc.start()
    try:
        found = [(one.number, one.cells[0], len(one.cells[1])) for one in FailedRecords(record).records()]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert found == [
        (number, letter, LENGTH) for number, letter in enumerate("a1bcdefghijklmnopqrst", 1) if number != 2
    ]
    # Fetched, grouped and decoded: each at most what is fetched at a time and one row more.
    assert peak < 4 * (fetch_bytes + 2 * LENGTH) + 2_000_000
