import contextlib
import fcntl
import os
import shutil
import signal
import time
from pathlib import Path

import psycopg
import pytest
from django.contrib.auth.models import Group, User
from django.db import connection

from atlas.server import (
    embedded_postgres,
    postgres_connection,
    postgres_hang,
    postgres_home,
    postgres_processes,
    postgres_server,
    waiting,
)
from atlas.server.supervised_database import SupervisedDatabase
from imports.models import ImportHistory
from tests.working import wait_for


@pytest.fixture
def no_database_url(monkeypatch):
    """Use an embedded server, even if the tests themselves run on another one."""
    monkeypatch.delenv("DATABASE_URL", raising=False)


def test_a_database_url_with_a_socket_has_the_syntax_of_postgresql(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://someone@%2Frun%2Fa%20place:5433/things")
    settings = embedded_postgres.connection_settings(Path("/unused"))
    assert {name: settings[name] for name in ("HOST", "PORT", "USER", "NAME")} == {
        "HOST": "/run/a place",
        "PORT": 5433,
        "USER": "someone",
        "NAME": "things",
    }


def test_a_socket_is_in_tmp_if_its_path_would_be_too_long():
    assert postgres_connection.socket_dir(Path("/srv/atlas")) == Path("/srv/atlas/postgres/socket")
    long = Path("/srv") / ("x" * 100)
    assert str(postgres_connection.socket_dir(long)).startswith("/tmp/content-atlas-")
    assert postgres_connection.socket_dir(long) != postgres_connection.socket_dir(long / "y")


def test_a_directory_in_tmp_of_another_user_is_refused(tmp_path, monkeypatch, no_database_url):
    place = tmp_path / "socket"
    place.mkdir(mode=0o755)
    monkeypatch.setattr(postgres_connection, "socket_dir", lambda _: place)
    with (
        pytest.raises(postgres_home.EmbeddedPostgresError, match="has another owner"),
        embedded_postgres.running(tmp_path / "data", durable=False),
    ):
        pass
    embedded_postgres.remove(tmp_path / "data")


def test_a_missing_database_is_not_silently_replaced_by_an_empty_one(tmp_path):
    (tmp_path / "postgres").symlink_to(tmp_path / "lost")
    with pytest.raises(postgres_home.EmbeddedPostgresError, match=f"The database in {tmp_path}/lost no longer exists"):
        postgres_home.find_or_create_home(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="about root only")
def test_without_a_postgres_user_it_runs_as_nobody(tmp_path_factory, monkeypatch, no_database_url):
    """With copied programs and a strict umask, as on a machine with the project in /root."""
    homes, data = Path("/var/lib/content-atlas-test"), tmp_path_factory.mktemp("data")
    users = {name: postgres_home.pwd.getpwnam(name) for name in ("root", "nobody")}
    monkeypatch.setattr(postgres_home.pwd, "getpwnam", users.__getitem__)
    monkeypatch.setattr(postgres_home, "ROOT_HOMES", homes)
    monkeypatch.setattr(postgres_home, "may_run", lambda *_: False)
    before = os.umask(0o077)
    try:
        with embedded_postgres.running(data, durable=False):
            assert postgres_connection.is_listening(data)
            assert (data / "postgres/data/PG_VERSION").owner() == "nobody"
        assert not postgres_connection.is_listening(data)
    finally:
        os.umask(before)
        shutil.rmtree(homes)


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("hangs") / "data"
    yield directory
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        embedded_postgres.remove(directory)


class TestAServerThatHangs:
    """A hanging server is stopped, and the next start works, in limited time and with a message for every wait."""

    @pytest.fixture(autouse=True)
    def impatient(self, monkeypatch, no_database_url):
        monkeypatch.setattr(postgres_server, "STOPS", {"fast": 1, "immediate": 2})
        monkeypatch.setattr(postgres_server, "RESPONSE_SECONDS", 2)
        monkeypatch.setattr(postgres_connection, "CONNECT_SECONDS", 2)
        monkeypatch.setattr(waiting, "QUIET_SECONDS", 0.5)

    @pytest.fixture
    def data(self, directory):
        """Yield the data directory of a server that is running without users."""
        server = postgres_server.Server(directory, durable=False)
        server.join()
        with postgres_connection.connect(directory, seconds=60) as connection:
            connection.execute("SET synchronous_commit = on")  # or a kill right after it takes it along
            connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 1 AS n")
        server.users.close()
        yield directory
        if server.is_running():
            server.kill()

    @pytest.fixture
    def server(self, data):
        """Yield that server as another process sees it."""
        server = postgres_server.Server(data)
        yield server
        server.users.close()

    def test_is_killed_with_all_its_processes_if_it_does_not_stop(self, data, server, capsys):
        assert len(postgres_processes.processes_in(server.cluster)) > 3
        os.kill(int(server.pid_lines()[0]), signal.SIGSTOP)

        server.leave()

        assert postgres_processes.processes_in(server.cluster) == []
        lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("The database")]
        assert lines == [
            "The database is still stopping. Waiting up to 1 seconds.",
            "The database did not stop within 1 seconds. Stopping it immediately: committed data is kept, and the"
            " next start recovers it.",
            "The database is still stopping. Waiting up to 2 seconds.",
            "The database did not stop within 2 seconds. Killing its processes: committed data is kept, and the"
            " next start recovers it.",
        ]  # fmt: skip
        assert_works(data)

    def test_is_restarted_by_the_next_process_that_needs_it(self, data, server, capsys):
        os.kill(int(server.pid_lines()[0]), signal.SIGSTOP)

        assert_works(data)

        assert "is running but does not accept connections. Restarting it." in capsys.readouterr().err

    def test_is_restarted_by_the_supervision_if_it_shows_no_sign_of_life(self, data, server, monkeypatch, capsys):
        """One that has no connection left answers that; so does one that stops for a while only."""
        monkeypatch.setattr(postgres_hang, "HANG_SECONDS", 1.5)
        monkeypatch.setattr(postgres_hang, "PROBE_SECONDS", 0.1)
        database, pid = SupervisedDatabase(server), int(server.pid_lines()[0])
        said = ""

        def supervise(seconds=180, until="\0"):
            nonlocal said
            deadline, said = time.monotonic() + seconds, ""
            while until not in said and time.monotonic() < deadline:
                database.keep_running()
                said += capsys.readouterr().err
                time.sleep(0.05)

        with contextlib.ExitStack() as stack:
            with contextlib.suppress(psycopg.OperationalError):
                while True:
                    stack.enter_context(postgres_connection.connect(data, seconds=60))
            supervise(2)
        os.kill(pid, signal.SIGSTOP)
        supervise(0.7)
        os.kill(pid, signal.SIGCONT)
        supervise(2)
        assert (said, int(server.pid_lines()[0])) == ("", pid)

        os.kill(pid, signal.SIGSTOP)
        supervise(until="The database is running again.")

        assert said.startswith("The database has not answered for 60 s. Restarting the database in 1 s.\n")
        assert int(server.pid_lines()[0]) != pid
        assert_works(data)

    def test_is_restarted_after_a_stop_that_does_not_end_during_recovery(self, data, server):
        """The state after ./run was killed during the stop: PostgreSQL 18 then waits without limit."""
        with postgres_connection.connect(data, seconds=60) as connection:
            os.kill(connection.info.backend_pid, signal.SIGKILL)
            server.call("pg_ctl", "stop", "-W", "-m", "fast", "-D", server.cluster)
            wait_for(lambda: server.is_stopping() or not server.is_running())  # a stop before the recovery ends

        assert_works(data)

    def test_is_not_stopped_while_other_processes_use_it(self, data, server):
        with embedded_postgres.running(data):
            pid = int(server.pid_lines()[0])
            os.kill(pid, signal.SIGSTOP)
            try:
                with pytest.raises(
                    postgres_home.EmbeddedPostgresError,
                    match="does not accept connections. Stop the processes that use it",
                ):
                    assert_works(data)
            finally:
                os.kill(pid, signal.SIGCONT)
        assert_works(data)

    def test_is_started_again_if_it_is_killed_while_it_starts(self, data, server):
        server.stop()
        status = 0
        while status == 0:  # until the kill is earlier than the end of the start
            with server.begin_start() as start:
                pid = wait_for(lambda: server.is_running() and server.pid_lines()[0])  # not that of the last kill
                os.kill(int(pid), signal.SIGKILL)
                status = start._process.wait(60)
                if status:
                    with pytest.raises(postgres_server.ServerKilled):  # which `join` takes for a reason to try again
                        start.raise_for_failure()

        assert_works(data)

    def test_recovery_is_waited_for(self, data, server):
        """A killed backend makes the server restart by itself: it must not be stopped while others use it."""
        with embedded_postgres.running(data):
            before = server.pid_lines()[0]
            with postgres_connection.connect(data, seconds=60) as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)
                assert_works(data)
            assert server.pid_lines()[0] == before

    def test_the_wait_for_another_process_that_starts_or_stops_it_is_limited(self, data, server, monkeypatch, capsys):
        monkeypatch.setattr(postgres_server, "LOCK_SECONDS", 2)
        holder = os.open(server.home, os.O_RDONLY)
        fcntl.flock(holder, fcntl.LOCK_EX)
        try:
            with pytest.raises(
                postgres_home.EmbeddedPostgresError, match="Another process has been starting or stopping"
            ):
                assert_works(data)
        finally:
            os.close(holder)
        assert "Waiting for another process to start or stop the database in" in capsys.readouterr().err
        assert_works(data)


def assert_works(data):
    """Assert that the server of the data directory works and has the committed data."""
    with embedded_postgres.running(data), postgres_connection.connect(data, seconds=60) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]


class TestTheTestDatabase:
    """A test does not find the data of another test."""

    @pytest.mark.parametrize("_", ["first", "second"])
    def test_contains_only_what_the_migrations_created(self, atlas_db, _):
        assert not User.objects.exists()
        assert not ImportHistory.objects.exists()
        assert set(Group.objects.values_list("name", flat=True)) == {"importer", "auditor"}
        assert "data_of_a_test" not in connection.introspection.table_names()
        User.objects.create_user("someone").groups.add(Group.objects.get(name="importer"))
        ImportHistory.objects.create(table_name="data_of_a_test", source_type="local_upload", status="in_progress")
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE data_of_a_test (_import_id uuid REFERENCES import_history)")
