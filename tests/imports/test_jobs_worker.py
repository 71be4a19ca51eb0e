"""Workers as real processes, killed, stopped and in parallel: every import is completed exactly once."""

import os
import random
import signal
import time
from collections import defaultdict

import pytest
from procrastinate.contrib.django.models import ProcrastinateWorker

from imports.jobs.queue import cancel, queue_b2_import, queue_import
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportStatus, ImportTask
from imports.sandbox.job import children, descendants
from imports.sources.b2 import find
from imports.sources.upload import from_disk
from lineage.consistency.check import check
from tests.examples import examples
from tests.importing import TESTER, columns_of, query
from tests.processes import is_there
from tests.working import wait_for, worker, workers

pytestmark = pytest.mark.usefixtures("atlas_db")

ROWS = 300_000
KILLS = 2 if examples(1) == 1 else 20
IMPORTS, TABLES = 200, 10


def queue(path, **mapping):
    with from_disk(path) as source:
        return queue_import(source, parse_mapping(mapping), TESTER)


def workers_heard():
    return set(ProcrastinateWorker.objects.values_list("pk", flat=True))


def none_in_progress():
    return not ImportHistory.objects.filter(status=ImportStatus.IN_PROGRESS).exists()


def assert_every_law_holds():
    assert [str(violation) for violation in check().violations] == []


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A file of 300,000 records."""
    return file_of(tmp_path_factory.mktemp("large") / "large.csv", ROWS)


def file_of(path, rows):
    path.write_text("n,name,price\n" + "".join(f"{n},name {n},{n % 1000}.50\n" for n in range(rows)))
    return path


def test_imports_of_killed_workers_are_completed_once(large, database_url):
    chosen = random.Random(20261123)
    with workers(database_url, 1) as running:
        wait_for(workers_heard)
        for place in range(KILLS):
            known = workers_heard()
            victim = worker(database_url)
            wait_for(lambda known=known: workers_heard() - known)
            tasks = [queue(large, table_name=f"t{place}_{which}") for which in range(2)]  # one for each worker
            wait_for(
                lambda tasks=tasks: ImportTask.objects.filter(pk__in=[t.pk for t in tasks], attempts=1).count() == 2
            )
            time.sleep(chosen.uniform(0, 0.8))
            started = descendants(victim.pid)  # the process that reads files, and one that it was forked for a file
            victim.kill()
            victim.wait()
            wait_for(lambda started=started: not any(map(is_there, started)))
            wait_for(none_in_progress)
        assert running[0].poll() is None
    assert ImportTask.objects.filter(attempts=2).exists()  # some were hit

    tables = [f"t{place}_{which}" for place in range(KILLS) for which in range(2)]
    assert [query(f"SELECT count(*), count(DISTINCT n) FROM {table}") for table in tables] == [[(ROWS, ROWS)]] * len(
        tables
    )
    assert set(ImportHistory.objects.values_list("status", "rows_inserted")) == {("success", ROWS)}
    assert_every_law_holds()


def test_a_stopped_worker_returns_its_import_to_the_queue(tmp_path, database_url):
    # So many records that none of a slow machine's processes can miss the time in which they go in.
    rows = 6 * ROWS
    task = queue(file_of(tmp_path / "t.csv", rows), table_name="t")
    with workers(database_url, 1, "--stop-seconds", "0") as [first]:
        wait_for(lambda: ImportTask.objects.get().records_done)
        first.send_signal(signal.SIGTERM)
        assert first.wait(120) == 0
    found = ImportHistory.objects.get(pk=task.import_record_id)
    assert (found.status, ImportTask.objects.get().attempts, columns_of("t")) == ("in_progress", 0, {})

    with workers(database_url, 1):
        wait_for(none_in_progress)

    assert query("SELECT count(*) FROM t") == [(rows,)]


def test_a_reading_process_that_is_killed_or_long_at_a_batch(tmp_path, database_url):
    """Killed, the file is read again, three times in all; stopped in a batch, it does not keep its worker."""
    task = queue(file_of(tmp_path / "t.csv", 4 * ROWS), table_name="t")
    with workers(database_url, 1, "--stop-seconds", "0") as [first]:
        os.kill(reader_of(first), signal.SIGKILL)
        wait_for(lambda: ImportTask.objects.get().attempts == 2)
        os.kill(reader_of(first), signal.SIGSTOP)
        first.send_signal(signal.SIGTERM)
        assert first.wait(120) == 0
    ImportTask.objects.filter(pk=task.pk).update(attempts=2, records_done=0)

    with workers(database_url, 1) as [second]:
        os.kill(reader_of(second), signal.SIGKILL)
        wait_for(none_in_progress)

    found = ImportHistory.objects.get()
    assert (found.status, found.error_code) == ("failed", "reader_unavailable")
    assert "in each of 3 attempts" in found.error_message
    assert columns_of("t") == {}
    assert_every_law_holds()


def reader_of(running):
    """Return the process that reads a file for a worker, as soon as it has read some of it."""
    wait_for(lambda: ImportTask.objects.get().records_done)
    [pid] = [pid for template in children(running.pid) for pid in children(template)]
    return pid


def test_an_import_cancelled_while_running_leaves_no_rows(large, database_url):
    task = queue(large, table_name="t")
    with workers(database_url, 1):
        wait_for(lambda: ImportTask.objects.get().attempts)
        cancel(task.pk, TESTER)
        wait_for(none_in_progress)

    found = ImportHistory.objects.get()
    assert (found.status, found.error_message) == ("failed", "Cancelled by tester. Nothing was imported.")
    assert columns_of("t") == {}
    assert_every_law_holds()


def test_many_imports_run_in_queue_order_for_each_table(tmp_path, database_url):
    came = defaultdict(list)
    for number in range(IMPORTS):
        table = f"t{number % TABLES}"
        path = tmp_path / f"{number}.csv"
        path.write_text(f"n,word\n{number},a\n{number // TABLES},b\n")
        came[table].append(queue(path, table_name=table).import_record_id)

    with workers(database_url, 3):
        wait_for(none_in_progress, 120)

    assert set(ImportHistory.objects.values_list("status", flat=True)) == {"success"}
    for table, ids in came.items():
        placed = ImportHistory.objects.filter(table_name=table).order_by("import_order")
        assert list(placed.values_list("pk", flat=True)) == ids
    assert_every_law_holds()


def test_only_workers_with_b2_settings_run_imports_from_b2(tmp_path, b2, database_url, monkeypatch, settings):
    b2.put("people.csv", b"name,age\nAda,36\n")
    waiting = queue_b2_import(find("people.csv"), parse_mapping({}), TESTER)
    (tmp_path / "t.csv").write_text("n\n1\n")
    behind, elsewhere = (queue(tmp_path / "t.csv", table_name=name, mappings={"name": "n"}) for name in ("people", "t"))
    with workers(database_url, 1):
        wait_for(lambda: ImportHistory.objects.filter(status=ImportStatus.SUCCESS).exists())
    done = ImportHistory.objects.exclude(status=ImportStatus.IN_PROGRESS)
    assert [found.pk for found in done] == [elsewhere.import_record_id]

    for name in ("B2_KEY_ID", "B2_KEY", "B2_BUCKET", "B2_REALM"):
        monkeypatch.setenv(name, getattr(settings, name))
    with workers(database_url, 1):
        wait_for(none_in_progress)
    first, second = (ImportHistory.objects.get(pk=task.import_record_id) for task in (waiting, behind))
    assert (first.status, second.status, first.import_order < second.import_order) == ("success", "success", True)
    assert query("SELECT name FROM people") == [("Ada",), ("1",)]
