"""An import in the background that waits for a lock says what for, can be cancelled, and does not wait for ever."""

import os
import signal
import threading

import pytest
from django.db import connection

from core.waits.operations import RECENT_SECONDS
from imports.extraction import factory
from imports.jobs.queue import cancel, queue_import
from imports.jobs.status import describe_in_detail
from imports.jobs.worker import RecordHeld, run_queued
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportTask
from imports.sandbox.job import descendants
from imports.sandbox.template_process import templates
from imports.sources.upload import from_disk
from lineage.undo import undo_import
from tests.api.conftest import client_of
from tests.importing import TESTER, import_text, query, rows_of
from tests.sessions import session, wait_for_waiter
from tests.waits.test_locks import LOCKS
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")


@pytest.fixture
def impatient(settings, monkeypatch):
    """Waits of half a second, in sessions that are opened now."""
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.5
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "options", "-c lock_timeout=500ms")


@pytest.fixture
def people(tmp_path):
    return import_text(tmp_path, "people.csv", "name,age\nAda,36\n", table_name="people")


@pytest.fixture
def task(people, tmp_path):
    (tmp_path / "more.csv").write_text("name,age\nEve,9\n")
    with from_disk(tmp_path / "more.csv") as source:
        task = queue_import(source, parse_mapping({"table_name": "people"}), TESTER)
    query("UPDATE procrastinate_jobs SET status = 'doing'")  # as it is while a worker has it
    return task


def working(task):
    """A worker of one task, which ends with its result in the list."""
    ends = []

    def work():
        try:
            run_queued(task.pk, lambda: False)
        except RecordHeld:
            ends.append("to be tried again")
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread, ends


def wait_until_told():
    """The task, when it says what it waits for."""
    wait_for(lambda: ImportTask.objects.get().waiting_for)
    return ImportTask.objects.select_related("import_record").get()


def record_of(task):
    return ImportHistory.objects.get(pk=task.import_record_id)


def test_it_says_which_session_it_waits_for_and_goes_on_afterwards(task):
    api = client_of("ida", is_superuser=True)
    with session(LOCKS) as other:
        worker, _ = working(task)
        state = describe_in_detail(wait_until_told())
        body = api.get(f"/tasks/{task.pk}").json()
        user = other.info.user
        assert worker.is_alive()
    worker.join(60)

    assert str(state.message).startswith(f"Waiting for a database session of {user} (psql), whose transaction began")
    assert (body["status"], body["waiting_for"]["application"]) == ("processing", "psql")
    assert body["message"] == str(state.message)
    assert record_of(task).status == "success"
    body = api.get(f"/tasks/{task.pk}").json()
    assert (body["status"], body["waiting_for"]) == ("completed", None)


def test_it_says_which_undo_it_waits_for_without_a_limit(task, people, settings):
    settings.ATLAS_BACKGROUND_LOCK_WAIT_SECONDS = RECENT_SECONDS
    settings.ATLAS_LOCK_WAIT_SECONDS = 60
    undoing = threading.Thread(target=lambda: (undo_import(people.pk, TESTER), connection.close()))
    with session(LOCKS):
        undoing.start()
        wait_for_waiter()
        worker, _ = working(task)
        state = describe_in_detail(wait_until_told())
        assert str(state.message) == f"Waiting for the undo of the import {people.pk}."
        worker.join(1.5 * RECENT_SECONDS)
        assert worker.is_alive()
    worker.join(60)
    undoing.join(60)

    assert record_of(task).status == "success"
    assert [row["name"] for row in rows_of("people")] == ["Eve"]


def test_it_gives_up_and_the_file_can_be_imported_again(task, settings, tmp_path):
    settings.ATLAS_BACKGROUND_LOCK_WAIT_SECONDS = 1
    with session(LOCKS):
        worker, _ = working(task)
        worker.join(60)

    failed = record_of(task)
    assert (failed.status, failed.error_code) == ("failed", "table_busy")
    assert "(psql)" in failed.error_message
    assert import_text(tmp_path, "more.csv", "name,age\nEve,9\n", table_name="people").status == "success"


@pytest.mark.parametrize("held", [LOCKS, "SELECT 1 FROM import_history FOR KEY SHARE"])
def test_it_can_be_cancelled_while_it_waits(task, held, impatient):
    """Between two tries, and in the midst of a statement."""
    with session(held):
        worker, ends = working(task)
        wait_until_told()
        cancel(task.pk, TESTER)
        worker.join(60)
        assert not worker.is_alive()
    if ends:  # the failure could not be recorded while its record was held
        run_queued(task.pk, lambda: False)

    assert record_of(task).error_message == "Cancelled by tester. Nothing was imported."
    assert [row["name"] for row in rows_of("people")] == ["Ada"]


def test_it_can_be_cancelled_while_its_file_is_read(people, tmp_path):
    """Also while the process that reads the file is long at one batch: here it is held."""
    (tmp_path / "large.csv").write_text("name,age\n" + "Eve,9\n" * 500_000)
    with from_disk(tmp_path / "large.csv") as source:
        task = queue_import(source, parse_mapping({"table_name": "people"}), TESTER)
    query("UPDATE procrastinate_jobs SET status = 'doing'")
    template = templates.start(factory.PROGRAM)
    worker, _ = working(task)
    wait_for(lambda: descendants(template))
    [child] = descendants(template)
    os.kill(child, signal.SIGSTOP)

    cancel(task.pk, TESTER)
    worker.join(60)

    assert not worker.is_alive()
    assert record_of(task).error_message == "Cancelled by tester. Nothing was imported."
    assert descendants(template) == []


def test_where_its_record_is_held_it_is_tried_again(task, impatient):
    with session(f"SELECT 1 FROM import_history WHERE import_id = '{task.import_record_id}' FOR UPDATE"):
        worker, ends = working(task)
        wait_until_told()
        cancel(task.pk, TESTER)
        worker.join(60)
        assert ends == ["to be tried again"]
    run_queued(task.pk, lambda: False)

    assert record_of(task).error_message == "Cancelled by tester. Nothing was imported."
