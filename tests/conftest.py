"""The test database: the server it lives in, and how a test that writes for real leaves it."""

import shutil
from urllib.parse import quote

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from psycopg import sql
from pytest_django.live_server_helper import LiveServer

from atlas.server import embedded_postgres
from core.messages import Sentence
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
    if config.getoption("codes_only"):
        Sentence.format = say_the_code


def say_the_code(sentence, params, options):
    """In place of Sentence.format."""
    return sentence.code


@pytest.fixture
def codes_only(monkeypatch):
    """Every sentence says its code and nothing else."""
    monkeypatch.setattr(Sentence, "format", say_the_code)


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
    yield
    with django_db_blocker.unblock():
        teardown_databases(created, verbosity=0)


@pytest.fixture
def atlas_db(django_db_setup, django_db_blocker):
    """The database for tests that commit: emptied after each, with what the migrations made kept.

    In place of pytest-django's transactional_db, whose flush fails while a data table references import_history.
    """
    with django_db_blocker.unblock():
        yield
        empty_database()
    shutil.rmtree(settings.DATA_DIR / "sources", ignore_errors=True)


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


def empty_database():
    assert connection.settings_dict["NAME"].startswith("test_")
    connection.close()  # with whatever transaction and locks the test left open
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '120s'")
        drops = [sql.SQL("DROP TABLE {} CASCADE").format(sql.Identifier(name)) for name in data_tables(cursor)]
        cursor.execute(sql.SQL("; ").join([*drops, *guards("DISABLE"), truncation(), *guards("ENABLE ALWAYS")]))
    connection.close()


def data_tables(cursor):
    cursor.execute(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = '_import_id'"
    )
    return [name for (name,) in cursor.fetchall()]


def guards(state):
    """The triggers that would refuse the truncation, or put it into the log."""
    refusing = {"audit_auditentry": "audit_refuse_change", "audit_auditdetail": "audit_refuse_change",
                "import_history": "imports_tell_of_truncated"}  # fmt: skip
    return [sql.SQL(f"ALTER TABLE {table} {state} TRIGGER {name}") for table, name in refusing.items()]


def truncation():
    """TRUNCATE of our own apps' tables and of the users with all they have; groups and permissions stay."""
    ours = [model for app in ("audit", "imports", "lineage") for model in apps.get_app_config(app).get_models()]
    tables = [model._meta.db_table for model in [*ours, get_user_model(), Session] if model._meta.managed]
    tables += ["procrastinate_jobs"]
    return sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, tables)))
