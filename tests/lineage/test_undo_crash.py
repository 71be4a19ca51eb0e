"""Undo and redo during other work, and killed in the middle: all or nothing, and every invariant holds afterwards."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings
from django.db import connection

from core.errors import AtlasError
from imports.mapping import parse_mapping
from imports.models import ImportHistory
from lineage.consistency.check import check
from lineage.reruns import rerun_import
from lineage.undo import redo_import, undo_import
from tests.examples import examples
from tests.importing import TESTER, columns_of, import_text, query
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")

ROWS = 6_000
KILLS = 5 if examples(1) == 1 else 100
ACTS = """
import os, sys, uuid, django
django.setup()
from audit.log import Actor
from imports.mapping import parse_mapping
from lineage.reruns import rerun_import
from lineage.undo.redo import redo_import
from lineage.undo import undo_import
for line in sys.stdin:
    what, import_id = line.split()
    child = os.fork()
    if not child:
        if what.startswith("rerun_"):
            mapping = parse_mapping({"unique_columns": [what.removeprefix("rerun_")]})
            rerun_import(uuid.UUID(import_id), mapping, Actor("ada"))
        else:
            {"undo": undo_import, "redo": redo_import}[what](uuid.UUID(import_id), Actor("ada"))
        os._exit(0)
    print(child, flush=True)
    os.waitpid(child, 0)
    print("ended", flush=True)
"""


@pytest.fixture(autouse=True)
def patience(settings):
    """Who comes after others here waits for them, however slow the machine is."""
    settings.ATLAS_LOCK_WAIT_SECONDS = 600


@pytest.fixture
def overlapping(tmp_path):
    """Three imports into one table, each repeating two thirds of the one before, by different keys."""
    return [
        import_text(
            tmp_path, f"{place}.csv",
            "k,n\n" + "".join(f"{row},{row % 5000}\n" for row in range(place * ROWS // 3, place * ROWS // 3 + ROWS)),
            table_name="t", unique_columns=[key],
        )
        for place, key in enumerate(["k", "k", "n"])
    ]  # fmt: skip


def state():
    """Everything that the law compares, but for the kept records' texts."""
    rows = query("SELECT k, n, _import_id, _source_row_number FROM t ORDER BY 3, 4") if columns_of("t") else []
    kept = query(
        "SELECT import_id, record_number, matched_import_id, matched_record_number FROM imports_kept_record k"
        " JOIN import_history h USING (import_id) WHERE h.undone_at IS NULL ORDER BY 1, 2"
    )
    counts = query(
        "SELECT import_id, undone_at IS NULL, rows_inserted, duplicates_found FROM import_history ORDER BY 1"
    )
    return rows, kept, sorted(counts)


def assert_every_law_holds():
    assert [str(violation) for violation in check().violations] == []


@contextmanager
def acting(database_url):
    """Give what begins an undo or a redo in a process of its own, and returns what kills that process.

    All are forked from one that has loaded the product, which takes a second.
    """
    environment = {
        **os.environ, "DATABASE_URL": database_url, "ATLAS_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "atlas.settings",
    }  # fmt: skip
    with subprocess.Popen([sys.executable, "-c", ACTS], env=environment, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:  # fmt: skip

        def act(what, import_id):
            print(what, import_id, file=process.stdin, flush=True)
            child = int(process.stdout.readline())

            def kill():
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                assert process.stdout.readline() == "ended\n"

            return kill

        yield act


def settled():
    """Waits until no other connection works on the table any more."""
    wait_for(lambda: query(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND state <> 'idle' AND backend_type = 'client backend'"
    ) == [(0,)])  # fmt: skip


def test_a_kill_in_the_middle_leaves_all_or_nothing(overlapping, database_url):
    first = overlapping[0].pk
    standing = state()
    started = time.monotonic()
    undo_import(first, TESTER)
    seconds = time.monotonic() - started
    gone = state()
    chosen = random.Random(20261123)
    with acting(database_url) as act:
        for _ in range(KILLS):
            undone = ImportHistory.objects.get(pk=first).undone_at is not None
            kill = act("redo" if undone else "undo", first)
            time.sleep(chosen.uniform(0, 1.5 * seconds))
            kill()
            settled()
            now = [standing, gone].index(state())
            assert now == (ImportHistory.objects.get(pk=first).undone_at is not None)
            assert_every_law_holds()


def test_a_kill_in_the_middle_of_a_rerun_leaves_the_old_import_or_the_new_one(overlapping, database_url):
    """Run again by another key and back: each kill leaves all of the one or all of the other."""
    place = overlapping[0].import_order
    by_key = {key: {"unique_columns": [key]} for key in ("k", "n")}
    chosen = random.Random(20261201)

    def active():
        return ImportHistory.objects.active().get(table_name="t", import_order=place)

    def told():
        """The table and the later imports' outcomes, without the names of the imports in this place."""
        rows = query("SELECT k, n, _import_id = ANY(%s) FROM t ORDER BY 1, 2, 3", [one.pk for one in overlapping[1:]])
        counts = [(one.rows_inserted, one.duplicates_found) for one in ImportHistory.objects.active()]
        return rows, sorted(counts)

    started = time.monotonic()
    rerun_import(active().pk, parse_mapping(by_key["n"]), TESTER)
    seconds = time.monotonic() - started
    states = {"n": told()}
    rerun_import(active().pk, parse_mapping(by_key["k"]), TESTER)
    states["k"] = told()
    with acting(database_url) as act:
        for _ in range(max(1, KILLS - 2)):
            before = active()
            key = "n" if before.mapping_config["unique_columns"] == ["k"] else "k"
            kill = act(f"rerun_{key}", before.pk)
            time.sleep(chosen.uniform(0, 1.5 * seconds))
            kill()
            settled()
            assert told() == states[active().mapping_config["unique_columns"][0]]
            assert not ImportHistory.objects.filter(status="in_progress").exists()
            assert_every_law_holds()


def in_threads(*acts):
    """Runs them at once; what each ended with: its result or its error."""
    outcomes = [None] * len(acts)

    def run(place, act):
        try:
            outcomes[place] = act()
        except AtlasError as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_two_undos_of_one_import_at_once_are_one_and_a_refusal(overlapping):
    first = overlapping[0].pk

    outcomes = in_threads(*[lambda: undo_import(first, TESTER)] * 2)

    assert sorted(getattr(one, "code", "done") for one in outcomes) == ["cannot_undo", "done"]
    assert_every_law_holds()


def test_concurrent_undos_run_one_after_another(overlapping):
    outcomes = in_threads(*[lambda one=one: undo_import(one.pk, TESTER) for one in overlapping])

    assert [getattr(one, "code", "done") for one in outcomes] == ["done"] * 3
    assert columns_of("t") == {}
    assert_every_law_holds()


def test_concurrent_import_undo_and_redo_run_one_after_another(overlapping, tmp_path):
    first, second, _ = overlapping
    undo_import(second.pk, TESTER)

    outcomes = in_threads(
        lambda: undo_import(first.pk, TESTER),
        lambda: redo_import(second.pk, TESTER),
        lambda: import_text(tmp_path, "new.csv", "k,n\n1,1\n-1,-1\n", table_name="t"),
    )

    assert [getattr(one, "code", "done") for one in outcomes] == ["done"] * 3
    assert_every_law_holds()
    there = state()
    undo_import(outcomes[2].pk, TESTER)
    redo_import(outcomes[2].pk, TESTER)
    assert state() == there
