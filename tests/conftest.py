"""The test database: the server it lives in, and how a test that writes for real leaves it."""

import functools
import gc
import shutil
from contextlib import closing, contextmanager
from urllib.parse import quote

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.core.signals import request_finished
from django.db import DatabaseError, close_old_connections, connection
from django.test import Client
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql
from psycopg.pq import TransactionStatus
from pytest_django.live_server_helper import LiveServer

from atlas.server import embedded_postgres
from core.messages import Sentence
from core.waits.watch import stop_watch
from imports.sources import b2_client
from tests import b2 as b2_remote
from tests import b2_standin


def pytest_addoption(parser):
    parser.addoption(
        "--codes-only",
        action="store_true",
        help="every sentence says its code and nothing else: only tests that assert English may fail",
    )


def pytest_configure(config):
    hypothesis.settings.register_profile("no_deadline", deadline=None)  # other work on the machine slows examples down
    hypothesis.settings.load_profile("no_deadline")
    if config.getoption("codes_only"):
        Sentence.format = say_the_code


def say_the_code(sentence, params, options):
    """In place of Sentence.format."""
    return sentence.code


@pytest.fixture
def codes_only(monkeypatch):
    """Every sentence says its code and nothing else."""
    monkeypatch.setattr(Sentence, "format", say_the_code)


def pytest_collection_finish():
    """Let the garbage collector pass over what lives to the end: thousands of tests, and every module.

    It takes a sixth off the processor time of the tests, which is more than any one of them costs.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True)
def unread_streams(monkeypatch):
    """Close the streamed answers that a test did not read to their end, as a server does when a client leaves."""
    streams = []
    send = Client.request

    def remember(client, **request):
        response = send(client, **request)
        if response.streaming:
            streams.append(response)
        return response

    monkeypatch.setattr(Client, "request", remember)
    yield
    request_finished.disconnect(close_old_connections)  # the connection is the test's
    for response in streams:
        response.close()
    request_finished.connect(close_old_connections)


@pytest.fixture(scope="session")
def embedded_server():
    """A PostgreSQL of the test run's own, unless DATABASE_URL names another."""
    with embedded_postgres.running(settings.DATA_DIR, durable=False):
        yield
    embedded_postgres.remove(settings.DATA_DIR)


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker, embedded_server):
    """The test database, also when no test bears pytest-django's own mark."""
    with django_db_blocker.unblock():
        created = setup_databases(verbosity=0, interactive=False)
        tables_to_empty(), sequences()  # while no test has made tables that reference ours
    yield
    stop_watch()
    gc.collect()  # closes the sessions of threads that have ended
    with django_db_blocker.unblock():
        end_other_sessions()
        teardown_databases(created, verbosity=0)


def end_other_sessions():
    """End the sessions of other threads, and of the browser tests, whose event loop has connections of its own."""
    connection.close()  # an earlier call from another event loop may have ended its session
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def atlas_db(django_db_setup, django_db_blocker):
    """The database for tests that commit: emptied after each, with what the migrations made kept.

    In place of pytest-django's transactional_db, whose flush fails while a data table references import_history.
    """
    with django_db_blocker.unblock():
        yield
        empty_database()
    shutil.rmtree(settings.DATA_DIR / "sources", ignore_errors=True)
    shutil.rmtree(settings.ATLAS_READINGS_DIR, ignore_errors=True)


@pytest.fixture(scope="session")
def site_server(django_db_setup):
    server = LiveServer("127.0.0.1")
    yield server
    server.stop()


@pytest.fixture
def site(site_server, atlas_db):
    """The address of the whole site, served in this process on the test database: for browsers.

    In place of pytest-django's live_server, which flushes.
    """
    return site_server.url


@pytest.fixture
def database_url(atlas_db):
    """The DATABASE_URL under which another process finds the test database."""
    place = connection.settings_dict
    login = quote(place["USER"]) + (f":{quote(place['PASSWORD'], safe='')}" if place["PASSWORD"] else "")
    port = f":{place['PORT']}" if place["PORT"] else ""
    return f"postgres://{login}@{quote(place['HOST'], safe='')}{port}/{place['NAME']}"


@pytest.fixture
def in_this_process(monkeypatch):
    """Files are read in the process of the test, which can then replace a part of that. It takes less time, too."""

    @contextmanager
    def opened(service, limits, folder, values, *args, **named):
        with closing(service.kind(*args, **named)) as extraction:
            yield extraction

    monkeypatch.setattr("imports.extraction.factory.remote.opened", opened)


@pytest.fixture(scope="session")
def b2_process(tmp_path_factory):
    with b2_remote.running(tmp_path_factory.mktemp("b2")) as remote:
        yield remote


@pytest.fixture
def b2(b2_process, settings, monkeypatch):
    """An empty bucket of the stand-in for Backblaze B2, which the settings name."""
    b2_process.clear()
    settings.B2_KEY_ID, settings.B2_KEY, settings.B2_BUCKET = b2_standin.KEY_ID, b2_standin.KEY, b2_standin.BUCKET
    settings.B2_REALM = b2_process.url
    monkeypatch.setattr(b2_client, "RETRY_DELAYS", (0.01, 0.02, 0.04, 0.08))
    b2_client.opened.cache_clear()
    return b2_process


#: Above that a table is truncated, which makes its files and those of its indexes anew; below it the rows are deleted,
#: which takes 1 ms for all tables together, not 30.
MAX_DELETED_BYTES = 128 * 1024
#: The triggers that would refuse to delete rows, or write it into the log.
GUARDS = {
    "audit_auditentry": ["audit_refuse_change"],
    "audit_auditdetail": ["audit_refuse_change", "audit_refuse_delete"],
    "import_history": ["imports_tell_of_deleted", "imports_tell_of_truncated"],
}


def empty_database():
    """Delete what was committed: data tables, rows of our own apps, users with all they have. Groups stay."""
    assert connection.settings_dict["NAME"].startswith("test_")
    end_session()
    with connection.cursor() as cursor:
        tables, is_large = what_is_there(cursor)
        drops = [sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(name)) for name in tables]
        limit = sql.SQL("SET LOCAL lock_timeout = '120s'")
        cursor.execute(sql.SQL("; ").join([limit, *drops, removal(is_large)]))  # in one transaction
    end_session()


def end_session():
    """Forget what the test left in its database session, which is kept: a new one reads the catalogue for 10 ms."""
    if connection.connection is None or connection.in_atomic_block or not is_kept():
        connection.close()  # with its open transaction, locks and cursors


def is_kept():
    """Whether the session is as good as new now; not where it is broken, or a test has left rows unread."""
    if connection.connection.info.transaction_status != TransactionStatus.IDLE:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_cursors WHERE name <> ''")
            if cursor.fetchone()[0]:  # whose iterator would close it in the midst of a later test
                return False
            cursor.execute("DISCARD ALL")
        connection.ensure_timezone()
    except DatabaseError:
        return False
    return True


def what_is_there(cursor):
    """The names of the data tables, and whether one of ours is large."""
    cursor.execute(
        "SELECT ARRAY(SELECT relname::text FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid"
        " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND attname = '_import_id'),"
        " (SELECT max(pg_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name)",
        [tables_to_empty()],
    )
    data_tables, largest = cursor.fetchone()
    return data_tables, largest > MAX_DELETED_BYTES


@functools.cache
def removal(is_large):
    """The statements that delete all rows of our tables, and let their numbers begin at 1 again."""
    tables = tables_to_empty()
    names = ", ".join(f'"{name}"' for name in tables)
    if is_large:
        steps = [f"TRUNCATE {names} RESTART IDENTITY CASCADE"]
    else:
        starts = ", ".join(f"setval('{name}', {start}, false)" for name, start in sequences())
        steps = [*(f'DELETE FROM "{name}"' for name in tables), f"SELECT {starts}"]
    return sql.SQL("; ").join(map(sql.SQL, [
        # What a thread or a process has left running ends first, as it would before a TRUNCATE.
        f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE", *guards("DISABLE"), *steps, *guards("ENABLE ALWAYS"),
    ]))  # fmt: skip


def guards(state):
    return [
        f"ALTER TABLE {table} " + ", ".join(f"{state} TRIGGER {name}" for name in names)
        for table, names in GUARDS.items()
    ]


@functools.cache
def tables_to_empty():
    """Our own apps' tables, users and all that references them: each before those that it references."""
    ours = [model for app in ("audit", "core", "imports", "lineage") for model in apps.get_app_config(app).get_models()]
    wanted = [model._meta.db_table for model in [*ours, get_user_model(), Session] if model._meta.managed]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND conrelid <> confrelid"
        )
        references = cursor.fetchall()
    ordered = []

    def add(table):
        for referencing, referenced in references:
            if referenced == table:
                add(referencing)
        if table not in ordered:
            ordered.append(table)

    for table in [*wanted, "procrastinate_jobs"]:
        add(table)
    return ordered


@functools.cache
def sequences():
    """The sequences of those tables, and where each starts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT objid::regclass::text, seqstart FROM pg_depend JOIN pg_sequence ON seqrelid = objid"
            " WHERE refobjid = ANY (%s::text[]::regclass[])",
            [tables_to_empty()],
        )
        return cursor.fetchall()
