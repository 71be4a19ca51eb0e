"""Locks of other database sessions: every wait is bounded, says what holds the table, and readers go on."""

import threading
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.errors import TableBusy
from imports.models import ImportHistory
from lineage.consistency.check import check
from lineage.retention import enforce
from lineage.undo import redo_import, undo_import
from tests.api.conftest import client_of
from tests.importing import TESTER, columns_of, import_text, query, rows_of
from tests.sessions import session, wait_for_waiter, waiting

READS = "SELECT * FROM people"
LOCKS = "LOCK TABLE people"
WRITES = "INSERT INTO people (name, _import_id) SELECT 'Eve', import_id FROM import_history LIMIT 1"
HISTORY = "UPDATE import_history SET user_email = user_email"
LOCKS_HISTORY = "LOCK TABLE import_history"


@pytest.fixture(autouse=True)
def impatient(settings, atlas_db):
    settings.ATLAS_LOCK_WAIT_SECONDS = 0.9
    query("SET lock_timeout = '900ms'")


@pytest.fixture
def people(tmp_path):
    return import_text(tmp_path, "people.csv", "name,age\nAda,36\n", table_name="people")


def details(answer):
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "table_busy"), answer.content
    return answer.json()["error"]["details"]


def long(*values):
    """A case that shows in other sessions or acts what a quick one shows."""
    return pytest.param(*values, marks=pytest.mark.long)


ACTS = {
    "undo": lambda api, one: api.post(f"/import-history/{one.pk}/undo"),
    "redo": lambda api, one: api.post(f"/import-history/{one.pk}/redo"),
    "import": lambda api, _: api.upload("more.csv", "name,age\nEve,9\n", {"table_name": "people"}),
    "import by key": lambda api, _: api.upload(
        "more.csv", "name,age\nEve,9\n", {"table_name": "people", "unique_columns": ["name"]}
    ),
    "new column": lambda api, _: api.upload("more.csv", "name,town\nEve,Bath\n", {"table_name": "people"}),
    "new table": lambda api, _: api.upload("new.json", '[{"a": 1}]', {"table_name": "new"}),
    "records": lambda api, _: api.send('{"records": [{"a": 1}], "mapping": {"table_name": "new"}}'),
    "rows": lambda api, _: api.get("/tables/people"),
    "export": lambda api, _: api.get("/tables/people/export.csv"),
    "history": lambda api, _: api.get("/import-history"),
    "preview": lambda api, one: api.get(f"/import-history/{one.pk}/undo-preview"),
}


@pytest.mark.parametrize(
    ("held", "act"),
    [
        (READS, "undo"), (LOCKS, "import"), (LOCKS, "rows"), (LOCKS, "export"), (LOCKS, "preview"),
        (WRITES, "new column"), (HISTORY, "redo"), (HISTORY, "new table"), (LOCKS_HISTORY, "history"),
        long(READS, "new column"), long(LOCKS, "undo"), long(HISTORY, "undo"), long(LOCKS_HISTORY, "import"),
        long(LOCKS_HISTORY, "records"),
    ],
)  # fmt: skip
def test_a_wait_is_given_up_and_says_what_holds_the_table(people, held, act):
    api = client_of("ida", is_superuser=True)
    if act == "redo":
        undo_import(people.pk, TESTER)
    before = columns_of("people") and rows_of("people")
    with session(held) as other:
        found = details(ACTS[act](api, people))
        assert waiting() == []

        (holder,) = found["held_by"]
        relation = "import_history" if held in (HISTORY, LOCKS_HISTORY) else "people"
        assert holder.pop("since").endswith("Z")
        assert holder == {
            "pid": other.info.backend_pid, "user": other.info.user, "application": "psql", "operation": None,
            "import_id": None, "relation": relation,
        }  # fmt: skip
    assert (columns_of("people") and rows_of("people")) == before
    assert ACTS[act](api, people).status_code == 200
    assert not ImportHistory.objects.filter(status="in_progress").exists()
    assert check().violations == ()


@pytest.mark.parametrize(("held", "act"), [(WRITES, "import"), long(WRITES, "import by key"), long(HISTORY, "import")])
def test_sessions_that_do_not_conflict_are_not_waited_for(people, held, act):
    with session(held):
        assert ACTS[act](client_of("ida", is_superuser=True), people).status_code == 200


def test_the_message_names_the_session_without_its_query(people):
    with session(LOCKS) as other:
        user = other.info.user
        with pytest.raises(TableBusy) as refused:
            undo_import(people.pk, TESTER)

    assert str(refused.value).startswith(
        f"Table “people” is in use by a database session of {user} (psql), whose transaction began at "
    )
    assert "LOCK" not in str(refused.value) + str(refused.value.details)


def test_the_message_names_an_undo_of_ours(people, tmp_path, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 60
    running = threading.Thread(target=lambda: (undo_import(people.pk, TESTER), connection.close()))
    with session(LOCKS):
        running.start()
        wait_for_waiter()
        settings.ATLAS_LOCK_WAIT_SECONDS = 0.9
        with pytest.raises(TableBusy) as refused:
            import_text(tmp_path, "more.csv", "name,age\nEve,9\n", table_name="people")
    running.join(60)

    holder = refused.value.details["held_by"][0]
    assert (holder["operation"], holder["import_id"]) == ("undo", str(people.pk))
    assert str(refused.value).startswith(f"Table “people” is in use by the undo of the import {people.pk}.")
    assert list(ImportHistory.objects.exclude(pk=people.pk).values_list("status", flat=True)) == ["failed"]


def test_an_import_that_is_refused_leaves_no_record(people, tmp_path):
    with session(READS), pytest.raises(TableBusy):
        import_text(tmp_path, "more.csv", "name,town\nEve,Bath\n", table_name="people")

    assert [one.pk for one in ImportHistory.objects.all()] == [people.pk]


@pytest.mark.parametrize(("held", "read"), [(READS, "people"), long(HISTORY, "import_history")])
def test_readers_do_not_queue_behind_an_undo_that_waits(people, settings, held, read):
    settings.ATLAS_LOCK_WAIT_SECONDS = 60
    undoing = threading.Thread(target=lambda: (undo_import(people.pk, TESTER), connection.close()))
    with session(held):
        undoing.start()
        wait_for_waiter()
        with session("SET lock_timeout = '2s'") as reader:
            for _ in range(3):
                reader.execute(f"SELECT count(*) FROM {read}")
                reader.commit()
        assert undoing.is_alive()
    undoing.join(60)
    assert columns_of("people") == {}


def test_tracking_gives_up(atlas_db):
    query("CREATE TABLE old (a int); INSERT INTO old VALUES (1)")
    with session("SELECT * FROM old"), pytest.raises(CommandError, match="in use by a database session of .* .psql."):
        call_command("add_tracking_columns", "old")
    call_command("add_tracking_columns", "old", stdout=StringIO())
    assert len(rows_of("old")) == 1


@pytest.mark.parametrize("held", [LOCKS, long(HISTORY)])
def test_retention_leaves_what_is_held(people, held):
    with session(held):
        (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[people.pk])

    assert outcome.numbers == {}
    assert "psql" in str(outcome.left[0])
    (outcome,) = enforce(["imports_with_rows"], actor=TESTER, import_ids=[people.pk])
    assert outcome.numbers["imports"] == 1


def test_a_deadlock_is_a_refusal(people, settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 60
    other = import_text_once(people)
    answers = []
    with session("SET deadlock_timeout = '60s'") as holder:
        holder.execute(f"SELECT 1 FROM import_history WHERE import_id = '{people.pk}' FOR UPDATE")
        undoing = threading.Thread(target=lambda: (answers.append(outcome(people)), connection.close()))
        undoing.start()
        wait_for_waiter()
        try:
            holder.execute("LOCK TABLE people IN SHARE MODE")
        except psycopg.errors.DeadlockDetected:
            holder.rollback()
            pytest.fail("the server chose the other session")
        undoing.join(60)
    assert answers == [(409, "deadlock")]
    assert len(rows_of("people")) == 2
    assert other.status == "success"


def import_text_once(people):
    from tests.importing import import_records

    return import_records([{"name": "Bo", "age": 7}], table_name="people")


def outcome(people):
    try:
        undo_import(people.pk, TESTER)
    except TableBusy as error:
        return error.http_status, error.message.code
    return 200, ""


def test_a_redo_waits_no_longer_than_it_may(people):
    undo_import(people.pk, TESTER)
    with session(LOCKS_HISTORY.replace("TABLE", "TABLE ONLY")), pytest.raises(Exception, match="lock timeout"):
        ImportHistory.objects.count()
    redo_import(people.pk, TESTER)
    assert len(rows_of("people")) == 1
