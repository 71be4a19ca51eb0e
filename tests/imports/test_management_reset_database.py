"""manage.py reset_database: everything of ours is new, and nothing of others is touched."""

import io
import os
import subprocess
import sys

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from core.waits.watch import stop_watch
from tests.conftest import end_other_sessions
from tests.importing import import_text, query
from tests.lineage.foreign import guided_table
from tests.test_run import PROJECT

NAME = "test_reset"
OBJECTS = """
    SELECT 'class', relname, relkind::text FROM pg_class WHERE relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'function', oid::regprocedure::text, '' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    UNION ALL SELECT 'trigger', tgrelid::regclass || ' ' || tgname, '' FROM pg_trigger WHERE NOT tgisinternal
    ORDER BY 1, 2
"""
OTHERS = """
    CREATE TABLE theirs (id int PRIMARY KEY, _import_id uuid, _imported_at timestamptz, _source_row_number int,
                         _corrections_applied jsonb);
    INSERT INTO theirs VALUES (1), (2);
    CREATE FUNCTION theirs_too() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE SCHEMA other;
    CREATE TABLE other.t (a int);
    INSERT INTO other.t VALUES (7)
"""


@pytest.fixture
def copied(database_url, table):
    """The URL of a copy of the database, with a data table, and a session in it."""
    stop_watch()
    end_other_sessions()
    connection.close()
    server, _, name = database_url.rpartition("/")
    url = f"{server}/{NAME}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as maintenance:
        maintenance.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        maintenance.execute(f"CREATE DATABASE {NAME} TEMPLATE {name}")
        try:
            with psycopg.connect(url, autocommit=True) as session:
                yield url, session
        finally:
            maintenance.execute(f"DROP DATABASE {NAME} WITH (FORCE)")


def test_everything_of_ours_is_new_and_nothing_of_others_is_changed(copied):
    url, session = copied
    fresh = session.execute(OBJECTS).fetchall()
    session.execute(OTHERS)
    theirs = [row for row in session.execute(OBJECTS).fetchall() if row not in fresh]
    before = session.execute("SELECT ctid::text, xmin::text, * FROM theirs ORDER BY id").fetchall()

    done = subprocess.run(
        [sys.executable, "manage.py", "reset_database", "--without-debug"], cwd=PROJECT, text=True,
        capture_output=True, input=f"{NAME}\n", timeout=300,
        env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert "1 data tables and" in done.stdout
    now = session.execute(OBJECTS).fetchall()
    of_data = [row for row in fresh if row[1] in ("t", "t_id_seq", "idx_t_import_id", "t_pkey") or row[1][:2] == "t "]
    of_triggers = [("trigger", f"theirs atlas_{name}", "") for name in ("changed", "deleted", "truncated")]
    assert sorted(now) == sorted([row for row in fresh if row not in of_data] + theirs + of_triggers)
    assert session.execute("SELECT count(*) FROM import_history").fetchall() == [(0,)]
    assert session.execute("SELECT ctid::text, xmin::text, * FROM theirs ORDER BY id").fetchall() == before
    assert session.execute("SELECT a FROM other.t").fetchall() == [(7,)]


@pytest.fixture
def table(tmp_path, atlas_db):
    imported = import_text(tmp_path, "t.csv", "a,b\n1,x\n", table_name="t")
    stop_watch()
    end_other_sessions()  # of earlier tests
    return imported


def refused(settings):
    settings.DEBUG = True
    connection.close()
    with pytest.raises(CommandError) as error:
        call_command("reset_database", database=connection.settings_dict["NAME"])
    assert query("SELECT count(*) FROM import_history") == [(1,)]
    assert str(error.value).endswith("Nothing was changed.")
    return str(error.value)


def test_another_name_is_refused(table, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda question: "test")
    with pytest.raises(CommandError, match="not test. Nothing was changed."):
        call_command("reset_database", "--without-debug")


def test_without_a_terminal_the_name_is_an_option(table, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(CommandError, match="without a terminal, pass --database NAME"):
        call_command("reset_database", "--without-debug")


def test_it_is_for_development(table):
    with pytest.raises(CommandError, match="Set ATLAS_DEBUG=on, or pass --without-debug"):
        call_command("reset_database", database=connection.settings_dict["NAME"])


@pytest.mark.parametrize(
    ("statement", "obstacle", "undo"),
    [
        ("ALTER TABLE t ALTER _import_id DROP NOT NULL; INSERT INTO t (a) VALUES (7)",
         "Table “t” has 1 row that no import added.", "SELECT 1"),
        ("CREATE VIEW seen AS SELECT a FROM t", "The view seen uses table “t”.", "DROP VIEW seen"),
        ("CREATE VIEW seen AS SELECT status FROM import_history", "view seen depends on", "DROP VIEW seen"),
        ("CREATE TABLE mine (a bigint REFERENCES t)", "Table “mine” has a foreign key to “t”", "DROP TABLE mine"),
    ],
)  # fmt: skip
def test_what_others_would_lose_prevents_it(table, settings, quiet, statement, obstacle, undo):
    query(statement)
    try:
        assert obstacle in refused(settings)
    finally:
        query(undo)


def test_a_table_with_the_columns_of_the_guide_prevents_it(settings, quiet, table):
    guided_table("id serial, a int", "(1, 1)")

    assert "Table “mig1” has a foreign key to “import_history”" in refused(settings)


@pytest.fixture
def quiet():
    """No other session of ours, such as that of a thread."""
    stop_watch()


def test_it_is_refused_while_the_service_runs(table, settings):
    with psycopg.connect(**{**connection.get_connection_params(), "application_name": "Content Atlas"}):
        assert "Stop ./run and all workers first." in refused(settings)
