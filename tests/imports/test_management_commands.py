"""The commands, in processes of their own as operators run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from openpyxl import Workbook

from imports.models import ImportHistory
from tests.importing import columns_of, import_text, query, rows_of
from tests.working import wait_for

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def manage(database_url, tmp_path):
    """Starts manage.py with these arguments on the test database."""

    def start(*arguments):
        return subprocess.Popen(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=PROJECT,
            env={
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "atlas.settings",  # those of the tests make a data directory each time
                "DATABASE_URL": database_url,
                "ATLAS_DATA_DIR": str(tmp_path / "data"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def finished(process):
    output, errors = process.communicate(timeout=300)
    return process.returncode, output, errors


def test_import_file_says_the_outcome_in_numbers(manage, tmp_path):
    (tmp_path / "my people.csv").write_text("name,age\nAda,36\nAlan,x\n")
    (tmp_path / "m.json").write_text('{"db_schema": {"age": "INTEGER"}, "on_error": "reject_row"}')

    code, output, errors = finished(
        manage("import_file", tmp_path / "my people.csv", "--table", "crew", "--mapping", tmp_path / "m.json")
    )

    assert (code, errors) == (0, "")
    assert output.splitlines()[:7] == [
        "partial: my people.csv -> crew (new_table)",
        "             2  rows in the file",
        "             1  imported",
        "             0  updated",
        "             0  duplicates",
        "             1  rejected",
        "             0  filtered",
    ]
    assert [row["name"] for row in rows_of("crew")] == ["Ada"]
    found = ImportHistory.objects.get()
    assert (found.user_id, found.source_path) == (None, str(tmp_path / "my people.csv"))
    assert found.metadata == {"actor": "manage.py import_file"}


def test_import_file_imports_every_sheet(atlas_db, manage, tmp_path):
    workbook = Workbook()
    workbook.active.append(["a"])
    workbook.active.append([1])
    workbook.create_sheet("Empty")
    workbook.save(tmp_path / "book.xlsx")
    (tmp_path / "m.json").write_text('{"source_options": {"sheet": "*"}}')

    code, output, _ = finished(manage("import_file", tmp_path / "book.xlsx", "--mapping", tmp_path / "m.json"))

    assert code == 0
    assert "success: book.xlsx -> book_sheet" in output
    assert "refused: Empty -> book_empty:" in output
    assert [row["a"] for row in rows_of("book_sheet")] == [1]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.csv", None, "No such file"),
        ("x.csv", b"\x89PNG\r\n\x1a\n\x00", "image"),
        ("auth_user.csv", b"a\n1\n", "reserved"),
    ],
)
def test_import_file_says_what_is_wrong_in_one_line(manage, tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)

    code, output, errors = finished(manage("import_file", tmp_path / name))

    assert (code, output) == (1, "")
    assert message in errors
    assert "Traceback" not in errors
    assert len(errors.splitlines()) == 1


def age_spool_files(folder):
    """A file younger than a minute may belong to a process that has not locked it yet."""
    for path in folder.iterdir():
        os.utime(path, (0, 0))


def test_a_killed_import_leaves_nothing_and_is_swept(manage, tmp_path):
    big = tmp_path / "big.csv"
    subprocess.run([sys.executable, PROJECT / "benchmarks" / "make_csv.py", "200000", big], check=True)
    import_text(tmp_path, "first.csv", big.read_text().partition("\n")[0] + "\n", table_name="big")

    process = manage("import_file", big)
    wait_for(lambda: query(
        "SELECT 1 FROM pg_locks WHERE mode = 'RowExclusiveLock' AND relation = to_regclass('big')"
    ))  # fmt: skip
    process.kill()
    process.communicate()
    wait_for(lambda: not query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'"))  # until the server has noticed

    age_spool_files(tmp_path / "data" / "spool")
    said = "1 stale imports marked as failed, 2 temporary files and 0 unused source files deleted\n"
    assert finished(manage("sweep_imports")) == (0, said, "")
    assert list((tmp_path / "data" / "spool").iterdir()) == []
    assert finished(manage("sweep_imports", "--verbosity", 0)) == (0, "", "")
    assert list(ImportHistory.objects.order_by("created_at").values_list("status", flat=True)) == ["success", "failed"]
    assert query("SELECT count(*) FROM big") == [(0,)]
    assert "customer_id" in columns_of("big")
