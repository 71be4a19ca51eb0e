"""An import that updates rows, its undo and its redo, each killed in the middle: all or nothing, and consistent."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

from imports.history.tracking import fail_stale_imports
from imports.models import ImportHistory, ImportStatus
from lineage.consistency.check import check
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_path, query
from tests.lineage.held import contents, kept_of, updates_of
from tests.lineage.test_undo_crash import settled
from tests.working import PROJECT, wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")

ROWS = 200
BY_KEY = {"on_match": "update", "uniqueness_columns": ["k"], "force_import": True}
ACT = """
import pathlib, sys, uuid, django
django.setup()
from core.actors import Actor
from imports.loading.pipeline import run_import
from imports.mapping import parse_mapping
from imports.sources import upload
from lineage.undo import redo_import, undo_import
act, what, mapping = sys.argv[1:]
if act == "import":
    with upload.from_disk(pathlib.Path(what)) as source:
        run_import(source, parse_mapping(mapping), Actor("ada"))
else:
    {"undo": undo_import, "redo": redo_import}[act](uuid.UUID(what), Actor("ada"))
"""
#: Where a process stops: on whose change, of which kind, and of which row. In the order in which an import gets there.
MOMENTS = {
    "versions": ("imports_row_update", "INSERT OR UPDATE OR DELETE", "TRUE"),
    "first row": ("t", "UPDATE", "TRUE"),
    "a row in the middle": ("t", "UPDATE", f"NEW.k = {ROWS // 2}"),
    "counts": ("import_history", "UPDATE", "NEW.status = 'success'"),
    "audit log": ("audit_pendingentry", "INSERT", "NEW.action <> 'import.started'"),
}
LOCK = 20261130


@pytest.fixture(autouse=True)
def process_settings(database_url, monkeypatch):
    """A process of its own has the database and the kept source files of the test."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("ATLAS_DATA_DIR", str(settings.DATA_DIR))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "atlas.settings")


@pytest.fixture
def before(tmp_path):
    """Two imports, the second of which updates half of the rows; and the file of a third."""
    for place in range(3):
        first = place * ROWS // 4
        lines = [f"{row},{place}\n" for row in range(first, first + ROWS)]
        (tmp_path / f"{place}.csv").write_text("k,n\n" + "".join(lines))
    for place in range(2):
        import_path(tmp_path / f"{place}.csv", table_name="t", duplicate_check=BY_KEY)
    return tmp_path / "2.csv"


@pytest.fixture
def stop(before):
    """A function that lets processes wait at a moment, holding what they hold."""
    query(
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN PERFORM pg_advisory_xact_lock({LOCK}); RETURN NULL; END $$"
    )
    tables = []

    def at(moment):
        table, event, condition = MOMENTS[moment]
        tables.append(table)
        when = "" if condition == "TRUE" else f"WHEN ({condition})"
        query(f"CREATE TRIGGER stop AFTER {event} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION stop()")
        query(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER stop")  # an undo lets other triggers of our tables rest

    yield at
    for table in tables:
        query(f"DROP TRIGGER IF EXISTS stop ON {table}")
    query("DROP FUNCTION stop")


def state():
    active = ImportHistory.objects.active().order_by("import_order")
    counts = active.values_list("import_id", "rows_inserted", "rows_updated", "duplicates_found")
    outcomes = [(kept_of(one.pk), updates_of("t", one.pk)) for one in active]
    return contents("t"), list(counts), outcomes


def killed(act, what):
    """Start the act, kill it where it stops, and let the server find that out."""
    mapping = '{"table_name": "t", "duplicate_check": {"on_match": "update", "uniqueness_columns": ["k"]}}'
    query("SELECT pg_advisory_lock(%s)", LOCK)
    process = subprocess.Popen([sys.executable, "-c", ACT, act, str(what), mapping], cwd=PROJECT, env=os.environ)
    try:
        wait_for(lambda: process.poll() is not None or query(
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted", LOCK
        ))  # fmt: skip
        assert process.poll() is None, "it ended before it came to the moment"
    finally:
        process.kill()
        process.wait()
        query("SELECT pg_advisory_unlock(%s)", LOCK)
    settled()


def assert_unchanged(there):
    fail_stale_imports()
    assert state() == there
    assert [str(violation) for violation in check().violations] == []


moments = pytest.mark.parametrize(
    "moment", [name if "middle" in name else pytest.param(name, marks=pytest.mark.long) for name in MOMENTS]
)


@moments
def test_an_import_that_is_killed_updates_nothing(before, stop, moment):
    there = state()
    stop(moment)
    killed("import", before)
    assert_unchanged(there)
    assert [one.status for one in ImportHistory.objects.order_by("created_at")][2:] == [ImportStatus.FAILED]

    record = import_path(before, table_name="t", duplicate_check=BY_KEY)
    assert (record.rows_inserted, record.rows_updated) == (ROWS // 4, ROWS * 3 // 4)


@moments
def test_an_undo_that_is_killed_gives_no_value_back(before, stop, moment):
    first = state()
    record = import_path(before, table_name="t", duplicate_check=BY_KEY)
    there = state()
    stop(moment)
    killed("undo", record.pk)
    assert_unchanged(there)

    undo_import(record.pk, TESTER)
    assert state() == first


@moments
def test_a_redo_that_is_killed_updates_nothing(before, stop, moment):
    record = import_path(before, table_name="t", duplicate_check=BY_KEY)
    there = state()
    undo_import(record.pk, TESTER)
    undone = state()
    stop(moment)
    killed("redo", record.pk)
    assert_unchanged(undone)

    redo_import(record.pk, TESTER)
    assert state() == there
