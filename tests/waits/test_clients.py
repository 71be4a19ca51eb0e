"""What a client causes ends with it, and a query takes a limited time."""

import threading

import pytest
from django.db import connection

from core.errors import ClientGone
from core.web.environment import CLIENT_GONE
from imports.models import ImportHistory
from lineage.consistency.check import check
from tests.api.conftest import client_of
from tests.importing import columns_of, import_text, query, rows_of
from tests.sessions import session, wait_for_waiter
from tests.waits.test_locks import LOCKS, long
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")

#: A column whose text takes a minute to compute: a cast of its own type.
SLOW = """
    DROP TYPE IF EXISTS slow CASCADE;
    CREATE TYPE slow AS (x int);
    CREATE FUNCTION slow_text(slow) RETURNS text LANGUAGE plpgsql AS $$BEGIN PERFORM pg_sleep(60); RETURN 'x'; END$$;
    CREATE CAST (slow AS text) WITH FUNCTION slow_text(slow);
    ALTER TABLE people ADD COLUMN duration slow DEFAULT ROW(1)
"""


@pytest.fixture
def people(tmp_path):
    return import_text(tmp_path, "people.csv", "name,age\nAda,36\n", table_name="people")


@pytest.fixture
def slow(people):
    query(SLOW)
    yield
    query("DROP TYPE slow CASCADE")


@pytest.fixture
def api(atlas_db):
    return client_of("ida", is_superuser=True)


@pytest.fixture
def patience(settings):
    settings.ATLAS_LOCK_WAIT_SECONDS = 600
    query("SET lock_timeout = '600s'")


class Asked:
    """A request whose client can go."""

    def __init__(self, ask):
        self._gone = threading.Event()
        self.thread = threading.Thread(target=self._ask, args=[ask])
        self.thread.start()

    def _ask(self, ask):
        try:
            self.answer = ask(**{CLIENT_GONE: self._gone})
        except ClientGone as gone:  # while its answer was streamed
            self.answer = gone
        connection.close()

    def goes(self):
        self._gone.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        return self.answer.code if isinstance(self.answer, ClientGone) else self.answer.json()["error"]["code"]


REQUESTS = {
    "undo": lambda api, one: lambda **extra: api.post(f"/import-history/{one.pk}/undo", **extra),
    "import": lambda api, _: (
        lambda **extra: api.post(
            "/map-data",
            '{"records": [{"name": "Eve", "age": 7}], "mapping": {"table_name": "people"}}',
            content_type="application/json",
            **extra,
        )
    ),
    "read": lambda api, _: lambda **extra: api.get("/tables/people", **extra),
}


def whole(answer):
    """An answer that has been read to its end."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return answer


@pytest.mark.parametrize("kind", ["import", long("undo"), long("read")])
def test_a_wait_ends_when_its_client_has_gone(api, people, patience, kind):
    before = rows_of("people")
    with session(LOCKS):
        asked = Asked(REQUESTS[kind](api, people))
        wait_for_waiter()
        assert asked.goes() == "client_gone"

    assert rows_of("people") == before
    assert not ImportHistory.objects.filter(status="in_progress").exists()
    assert list(ImportHistory.objects.exclude(pk=people.pk).values_list("status", flat=True)) == (
        ["failed"] if kind == "import" else []
    )
    assert check().violations == ()


@pytest.mark.parametrize("address", [long("/tables/people?search=x"), "/tables/people/export.csv"])
def test_a_query_ends_when_its_client_has_gone(api, slow, address):
    asked = Asked(lambda **extra: whole(api.get(address, **extra)))
    wait_for(lambda: query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
    assert asked.goes() == "client_gone"

    assert query("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == []


def test_a_client_that_waits_gets_its_answer(api, people):
    asked = Asked(REQUESTS["undo"](api, people))
    asked.thread.join(60)
    assert asked.answer.status_code == 200
    assert columns_of("people") == {}


@pytest.mark.parametrize("address", ["/tables/people?search=x", "/ui/tables/people?search=x"])
def test_a_query_of_a_reading_request_is_limited(api, slow, settings, address):
    settings.ATLAS_STATEMENT_SECONDS = 1
    api.force_login(api.user)
    connection.close()

    answer = api.get(address)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "The query was stopped, because it took longer than 1 s." in text
    assert ("query_too_long" in text) == address.startswith("/tables")
    assert ("search or filter for less" in text) == address.startswith("/ui")
    assert "reload the page" not in text


def test_a_locked_table_is_no_long_query(api, people, settings):
    settings.ATLAS_STATEMENT_SECONDS = 1
    connection.close()
    with session(LOCKS):
        answer = api.get("/tables/people")

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "table_busy")


def test_only_reads_are_limited(api, people, settings):
    settings.ATLAS_STATEMENT_SECONDS = 7
    connection.close()
    api.get("/tables/people")
    assert query("SHOW statement_timeout") == [("7s",)]
    api.post(f"/import-history/{people.pk}/undo")
    assert query("SHOW statement_timeout") == [("0",)]
    assert query("SHOW idle_in_transaction_session_timeout") == [("0",)]


@pytest.mark.parametrize("address", ["/tables/people?search=x", "/ui/tables/people?search=x"])
def test_a_query_that_an_administrator_stops_is_no_internal_error(api, slow, address):
    api.force_login(api.user)
    asked = Asked(lambda **extra: api.get(address, **extra))
    wait_for(lambda: query("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"))
    asked.thread.join(60)

    assert (asked.answer.status_code, asked.answer.headers["Retry-After"]) == (503, "30")
    text = asked.answer.content.decode()
    assert "An administrator of the database stopped the query." in text
    assert ("query_stopped" in text) == address.startswith("/tables")
    assert ("If the query is stopped again" in text) == address.startswith("/ui")
    assert "upload the file" not in text
