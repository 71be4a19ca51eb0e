"""Imports left to a worker: in the queue, taken up, stopped, begun anew. What a worker does is run here by the test."""

import threading
from contextlib import suppress
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from audit.models import AuditEntry
from core.errors import ServiceError
from core.messages import Message
from imports.errors import AlreadyImported, ReservedTable, TaskFinished
from imports.history import tracking
from imports.jobs import messages
from imports.jobs import worker as background
from imports.jobs.connection_lost import ConnectionLost
from imports.jobs.queue import cancel, queue_import, sweep_lost_tasks
from imports.jobs.status import describe_in_detail
from imports.jobs.worker import Interrupted, StillRunning, run_queued
from imports.loading import run
from imports.loading.load import Load
from imports.loading.outcome import fail, internal_error
from imports.loading.stopwatch import Stopwatch
from imports.locks import is_running, liveness_lock
from imports.mapping import parse_mapping
from imports.models import ImportHistory, ImportTask
from imports.sources.kept_files import delete_kept_file, is_kept
from imports.sources.upload import from_disk
from tests.importing import TESTER, columns_of, import_text, in_another_thread, query, rows_of, table_in_use
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")

PEOPLE = "name,age\nAda,36\nAlan,41\n"


NONE_RUNS = "Waiting: no worker is running. Ask your administrator to start one with ./run worker."


def queued(folder, name="people.csv", text=PEOPLE, **mapping):
    (folder / name).write_text(text)
    with from_disk(folder / name) as source:
        return queue_import(source, parse_mapping(mapping), TESTER)


def work(task, interrupted=lambda: False):
    run_queued(task.pk, interrupted)
    return ImportHistory.objects.get(pk=task.import_record_id)


def state_of(task):
    state = describe_in_detail(ImportTask.objects.select_related("import_record").get(pk=task.pk))
    return state.status, state.percent, str(state.message)


def test_a_queued_import_waits_with_its_record_open_and_its_file_kept(tmp_path):
    task = queued(tmp_path)

    found = task.import_record
    assert (found.status, found.task_id, found.table_name) == ("in_progress", task.pk, "people")
    assert is_kept(found.file_hash)
    assert not is_running(found.pk)
    assert state_of(task) == ("pending", 0, NONE_RUNS)
    assert list(ProcrastinateJob.objects.values_list("id", "lock", "args", "status")) == [
        (task.job_id, "table people", {"task_id": str(task.pk), "owner": "7"}, "todo")
    ]
    assert tracking.fail_stale_imports() == 0


def test_a_worker_makes_of_it_what_an_import_at_once_would(tmp_path):
    task = queued(tmp_path, text=PEOPLE + "Grace,old\n", db_schema={"age": "INTEGER"})

    found = work(task)

    assert (found.status, found.rows_inserted, found.mapping_errors_count) == ("success", 3, 1)
    assert (found.user_id, found.user_email) == ("7", "tester@example.com")
    assert [(row["name"], row["age"]) for row in rows_of("people")] == [("Ada", 36), ("Alan", 41), ("Grace", None)]
    assert state_of(task) == (
        "completed",
        100,
        "3 of 3 rows imported into people: 0 duplicates, 0 rejected, 0 filtered, 1 error.",
    )
    assert list(AuditEntry.objects.order_by("pk").values_list("actor", "action")) == [
        ("tester", "import.started"), ("tester", "import.finished")
    ]  # fmt: skip


def test_a_job_that_runs_twice_imports_once(tmp_path):
    task = queued(tmp_path)
    work(task)

    found = work(task)

    assert (found.status, found.rows_inserted, len(rows_of("people"))) == ("success", 2, 2)
    assert ImportTask.objects.get().attempts == 1


def test_two_workers_with_the_same_job_import_once(tmp_path):
    task = queued(tmp_path, text="n\n" + "".join(f"{n}\n" for n in range(50_000)))

    def run():
        with suppress(StillRunning):
            run_queued(task.pk, lambda: False)
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert query("SELECT count(*), count(DISTINCT n) FROM people") == [(50_000, 50_000)]
    assert (ImportHistory.objects.get().status, ImportHistory.objects.get().error_message) == ("success", None)


def test_what_is_cancelled_while_it_waits_never_begins(tmp_path):
    task = queued(tmp_path)

    cancel(task.pk, TESTER)

    found = work(task)
    assert (found.status, found.error_message) == ("failed", "Cancelled by tester. Nothing was imported.")
    assert state_of(task) == ("cancelled", 0, "Cancelled by tester. Nothing was imported.")
    assert columns_of("people") == {}
    assert not ProcrastinateJob.objects.exists()
    assert [entry.action for entry in AuditEntry.objects.order_by("pk")] == [
        "import.started", "import.cancelled", "import.failed"
    ]  # fmt: skip
    assert work(queued(tmp_path)).status == "success"


def test_what_was_cancelled_while_its_worker_died_is_not_begun_anew(tmp_path):
    task = queued(tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    cancel(task.pk, TESTER)
    assert state_of(task)[2] == "Cancelling (requested by tester). No rows will be kept."

    found = work(task)

    assert (found.status, found.error_message) == ("failed", "Cancelled by tester. Nothing was imported.")
    assert columns_of("people") == {}


def test_a_finished_import_cannot_be_cancelled(tmp_path):
    task = queued(tmp_path)
    work(task)

    with pytest.raises(TaskFinished, match="You can undo it."):
        cancel(task.pk, TESTER)

    assert len(rows_of("people")) == 2


def cancelling(task):
    """Cancel, on another connection, what a worker runs; the thread and its result."""
    query("UPDATE procrastinate_jobs SET status = 'doing' RETURNING id")
    came = []

    def press():
        with suppress(TaskFinished):
            came.append(cancel(task.pk, TESTER))
        connection.close()

    thread = threading.Thread(target=press)
    thread.start()
    return thread, came


def test_what_is_cancelled_before_the_last_moment_leaves_nothing(tmp_path, monkeypatch):
    task, finish = queued(tmp_path), Load.finish

    def finish_slowly(load, batches):
        counts = finish(load, batches)
        cancelling(task)[0].join(120)
        return counts

    monkeypatch.setattr(Load, "finish", finish_slowly)

    found = work(task)

    assert (found.status, found.error_message) == ("failed", "Cancelled by tester. Nothing was imported.")
    assert columns_of("people") == {}


def test_who_cancels_at_the_last_moment_waits_and_finds_it_done(tmp_path, monkeypatch):
    task, complete, pressed = queued(tmp_path), run.complete, []

    def complete_slowly(*arguments):
        pressed.append(cancelling(task))
        pressed[0][0].join(0.5)
        assert pressed[0][0].is_alive()
        complete(*arguments)

    monkeypatch.setattr(run, "complete", complete_slowly)

    found = work(task)

    thread, came = pressed[0]
    thread.join(120)
    assert (found.status, came, ImportTask.objects.get().cancelled_by) == ("success", [], "")
    assert len(rows_of("people")) == 2


def test_what_a_worker_has_that_was_taken_for_dead_is_cancelled_by_the_next(tmp_path):
    task = queued(tmp_path)

    with in_another_thread(lambda: liveness_lock(task.import_record_id, 5)):  # and its job waits again
        cancel(task.pk, TESTER)

    assert (ImportHistory.objects.get().status, ProcrastinateJob.objects.count()) == ("in_progress", 1)
    assert work(task).error_message == "Cancelled by tester. Nothing was imported."


def test_a_worker_that_has_to_stop_leaves_the_import_to_the_next(tmp_path):
    task = queued(tmp_path)

    with pytest.raises(Interrupted):
        work(task, interrupted=lambda: True)

    assert (ImportHistory.objects.get().status, ImportTask.objects.get().attempts) == ("in_progress", 0)
    assert columns_of("people") == {}
    assert work(task).rows_inserted == 2


@pytest.mark.parametrize("calls", [1, 2, 3, 4])
def test_when_the_database_ends_the_connection_the_import_begins_anew(tmp_path, calls):
    task = queued(tmp_path)
    left = [calls]

    def end_connection():
        if threading.current_thread() is not threading.main_thread():  # that of the progress asks too
            return False
        left[0] -= 1
        if left[0] == 0:
            [(pid,)] = query("SELECT pg_backend_pid()")
            other = connection.copy()
            with other.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            other.close()
        return False

    with pytest.raises(ConnectionLost):
        work(task, end_connection)

    assert left[0] <= 0
    assert ImportHistory.objects.get().status == "in_progress"
    assert work(task).rows_inserted == 2
    assert len(rows_of("people")) == 2


def test_an_import_that_workers_die_of_is_given_up(tmp_path):
    task = queued(tmp_path)
    ImportTask.objects.update(attempts=5)

    found = work(task)

    assert found.status == "failed"
    assert found.error_message.startswith("The import stopped 5 times, possibly because the worker ran out of memory.")


def test_a_file_that_cannot_be_read_ends_failed(tmp_path):
    found = work(queued(tmp_path, "broken.json", '{"a": '))

    assert found.status == "failed"
    assert "JSON" in found.error_message


def test_a_file_that_is_there_already_is_refused_before_it_waits(tmp_path):
    import_text(tmp_path, "people.csv", PEOPLE)

    with pytest.raises(AlreadyImported):
        queued(tmp_path)

    assert ImportTask.objects.count() == 0


def test_of_the_same_file_queued_twice_the_second_one_fails_and_says_why(tmp_path):
    tasks = [queued(tmp_path), queued(tmp_path)]

    found = [work(task) for task in tasks]

    assert [one.status for one in found] == ["success", "failed"]
    assert f"import {found[0].pk}" in found[1].error_message
    assert len(rows_of("people")) == 2


def test_a_reserved_table_is_refused_before_it_waits(tmp_path):
    with pytest.raises(ReservedTable):
        queued(tmp_path, table_name="auth_user")

    assert (ImportTask.objects.count(), ImportHistory.objects.count()) == (0, 0)


def test_an_import_whose_job_is_gone_from_the_queue_is_set_to_failed(tmp_path):
    task = queued(tmp_path)
    assert sweep_lost_tasks() == 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")

    assert sweep_lost_tasks() == 1

    assert ImportHistory.objects.get(pk=task.import_record_id).error_message == str(tracking.INTERRUPTED)


def test_a_task_that_was_forgotten_with_its_import_does_nothing(tmp_path):
    task = queued(tmp_path)
    ImportHistory.objects.all().delete()

    run_queued(task.pk, lambda: False)

    assert columns_of("people") == {}


@pytest.mark.parametrize(
    ("metadata", "error_message", "message"),
    [
        (
            {"error": {"code": "cancelled", "details": {"reason": "cancelled", "params": {"cancelled_by": "ada"}}}},
            "as it was written down",
            messages.CANCELLED(cancelled_by="ada"),
        ),
        ({"error": {"code": "cancelled", "details": {"reason": "cancelled", "params": {}}}}, "of old", "of old"),
        ({"error": {"code": "x", "details": {"reason": "no_code_any_more", "params": {}}}}, "of old", "of old"),
        ({"error": {"code": "x", "details": {}}}, "of old", "of old"),
        ({}, "of old", "of old"),
        (None, None, messages.FAILED_WITHOUT_REASON()),
    ],
    ids=["known", "other params", "no such code", "without a code", "without an error", "without a reason"],
)
def test_why_it_failed_is_told_by_its_code_where_one_was_written_down(tmp_path, metadata, error_message, message):
    task = queued(tmp_path)
    ImportHistory.objects.update(status="failed", metadata=metadata, error_message=error_message)

    state = describe_in_detail(ImportTask.objects.select_related("import_record").get(pk=task.pk))

    assert (state.message if isinstance(message, Message) else str(state.message)) == message


@pytest.mark.parametrize(
    ("phase", "code"),
    [
        ("", "taken_up"),
        ("downloading", "downloading"),
        ("reading", "reading"),
        ("loading", "loading"),
        ("waiting", "waits_for_table"),
        ("finishing", "finishing"),
    ],
)
def test_every_phase_has_a_code(tmp_path, phase, code):
    task = queued(tmp_path)
    now = timezone.now()
    ImportTask.objects.update(started_at=now, told_at=now, phase=phase)

    state = describe_in_detail(ImportTask.objects.select_related("import_record").get(pk=task.pk))

    assert state.message.as_json() == {"code": code, "params": {}}


def test_how_far_it_is_shows_rate_and_time_left(tmp_path):
    task = queued(tmp_path)
    now = timezone.now()
    ImportTask.objects.update(
        started_at=now - timedelta(seconds=30), told_at=now, phase="loading", percent=25, records_done=60_000
    )

    state = describe_in_detail(ImportTask.objects.select_related("import_record").get(pk=task.pk))

    assert (state.status, state.message) == ("processing", messages.LOADING())
    assert (state.records_per_second, state.seconds_left) == (2_000, 90)


def test_a_silent_worker_is_reported(tmp_path):
    task = queued(tmp_path)
    ImportTask.objects.update(started_at=timezone.now() - timedelta(seconds=60))

    assert "the import will restart automatically" in state_of(task)[2]
    ImportTask.objects.update(cancelled_by="tester")
    assert "the next worker completes the cancellation" in state_of(task)[2]


def test_a_queued_import_shows_what_it_waits_for(tmp_path):
    first, second = queued(tmp_path), queued(tmp_path, "more.csv", "name,age\nEve,9\n", table_name="people")
    assert state_of(first)[2] == NONE_RUNS

    with connection.cursor() as cursor:  # as a worker does every few seconds
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    try:
        assert state_of(first)[2] == "Queued: waiting for a free worker."
        assert state_of(second)[2] == (f"Waiting for import {first.import_record_id} (people.csv) into people.")
        ImportHistory.objects.filter(pk=first.import_record_id).update(file_hash=None)
        assert state_of(first)[2] == "Queued: waiting for a free worker that has access to B2 (settings B2_*)."
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_workers")


def test_a_worker_without_the_source_file_names_the_settings(tmp_path):
    task = queued(tmp_path)
    delete_kept_file(task.import_record.file_hash)

    found = work(task)

    assert found.status == "failed"
    assert "Give web servers and workers the same folder or bucket" in found.error_message


@pytest.mark.parametrize("number", ["0", "-1", "two"])
def test_an_invalid_concurrency_is_refused(number):
    with pytest.raises(CommandError, match="must be a whole number of at least 1"):
        call_command("run_worker", f"--concurrency={number}")


def test_an_unexpected_error_is_recorded_without_row_data_in_the_log(tmp_path, monkeypatch, caplog):
    task = queued(tmp_path)

    def break_down(*_, **__):
        raise ValueError(PEOPLE)

    monkeypatch.setattr(background, "run_started_import", break_down)

    app.tasks["run_import"](SimpleNamespace(should_abort=lambda: False), task_id=str(task.pk))

    found = ImportHistory.objects.get()
    assert (found.status, found.error_message) == (
        "failed", "Internal error (ValueError). Your file is fine. Try again, or contact your administrator."
    )  # fmt: skip
    assert f"ValueError in import {found.pk}" in caplog.text
    assert "break_down" in caplog.text
    assert "Ada" not in caplog.text


def test_an_import_that_another_worker_has_is_looked_at_again_later(tmp_path, monkeypatch):
    monkeypatch.setattr(background, "LOCK_WAIT_SECONDS", 0.2)
    task = queued(tmp_path)

    with in_another_thread(lambda: liveness_lock(task.import_record_id, 5)), pytest.raises(StillRunning):
        work(task)

    assert (ImportHistory.objects.get().status, ImportTask.objects.get().attempts) == ("in_progress", 0)
    assert app.tasks["run_import"].retry_strategy.get_retry_decision(exception=StillRunning(), job=None).retry_at
    assert work(task).status == "success"


def test_while_it_waits_for_its_table_it_can_be_cancelled(tmp_path):
    task = queued(tmp_path)

    with table_in_use("people"):
        worker = threading.Thread(target=lambda: (work(task), connection.close()))
        worker.start()
        wait_for(lambda: ImportTask.objects.get().phase == "waiting")
        with connection.cursor() as cursor:  # as it is while a worker has the job
            cursor.execute("UPDATE procrastinate_jobs SET status = 'doing'")
        cancel(task.pk, TESTER)
        worker.join(120)
        assert not worker.is_alive()

    assert ImportHistory.objects.get().error_message == "Cancelled by tester. Nothing was imported."


def test_while_it_waits_for_its_table_its_worker_can_be_stopped(tmp_path):
    task, stop = queued(tmp_path), []

    with table_in_use("people"), pytest.raises(Interrupted):
        threading.Timer(1.5, lambda: stop.append(True)).start()
        work(task, lambda: bool(stop))

    assert ImportHistory.objects.get().status == "in_progress"


def test_where_every_record_is_rejected_the_counts_are_kept(tmp_path):
    text = "a,b\n1,x\nfoo,y\nbar,z\n"
    task = queued(tmp_path, "t.csv", text, mappings={"a": "b"}, db_schema={"a": "INTEGER"}, on_error="reject_row")

    found = work(task)

    assert (found.status, found.total_rows_in_file, found.rows_rejected) == ("failed", 3, 3)
    assert found.mapping_errors_count == 3
    assert found.error_message.startswith("Nothing was imported: 3 rows were rejected")
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "import.started", "import.finished"
    ]  # fmt: skip


def test_what_is_done_is_not_set_to_failed(tmp_path):
    task = queued(tmp_path)
    work(task)

    fail(task.import_record_id, TESTER, ServiceError(internal_error(RuntimeError())), Stopwatch())

    assert (ImportHistory.objects.get().status, ImportHistory.objects.get().error_message) == ("success", None)
