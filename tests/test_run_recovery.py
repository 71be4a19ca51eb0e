"""An instance whose database restarts, or whose web server is killed, during an import."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

from atlas.server import embedded_postgres
from atlas.server.postgres_server import Server
from imports.management.commands.migrate import KEY as MIGRATIONS
from tests.examples import examples
from tests.test_run import PROJECT, children, first_login, free_port, instance, run, silent_environment
from tests.working import wait_for

ROWS = 300_000
RESTARTS = 1 if examples(1) == 1 else 10
WORKER_RUNS = "Worker is running (press Ctrl-C to stop)\n"


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Yield a PostgreSQL server that no instance starts or stops."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    directory = tmp_path / "server"
    directory.mkdir()
    with embedded_postgres.running(directory):
        server = Server(directory)
        yield server
        server.users.close()
    embedded_postgres.remove(directory)


@pytest.fixture
def url(server):
    place = embedded_postgres.connection_settings(server.directory)
    return f"postgres://{place['USER']}@{quote(place['HOST'], safe='')}:{place['PORT']}/{place['NAME']}"


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text("n,name,price\n" + "".join(f"{n},name {n},{n % 1000}.50\n" for n in range(ROWS)))
    return path


def ask(port, token, path, body=None, kind="application/json"):
    headers = {"Authorization": f"Token {token}", "Content-Type": kind}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.loads(answer.read())


def queue(port, token, path, table):
    """Upload the file for an import in the background and return the id of its task."""
    fields = {"mapping_json": json.dumps({"table_name": table})}
    parts = [f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    file = '--b\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\n\r\n'
    body = "".join([*parts, file]).encode() + path.read_bytes() + b"\r\n--b--\r\n"
    return ask(port, token, "/map-data?background=true", body, "multipart/form-data; boundary=b")["task_id"]


def read_on(process):
    """Read the output of the process, so that it can continue to write."""
    threading.Thread(target=process.stdout.read, daemon=True).start()


def of_database(url, query):
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()


@contextmanager
def one_more_worker(data, **environment):
    process = run_worker(data, **environment)
    try:
        assert process.stdout.readline() == WORKER_RUNS
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=120)


def run_worker(data, **environment):
    return subprocess.Popen(
        [PROJECT / "run", "worker", "--data-dir", data], cwd="/", env=silent_environment() | environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def assert_all_is_well(data, url):
    checked = subprocess.run(
        [sys.executable, "manage.py", "check_consistency"], cwd=PROJECT, text=True, capture_output=True,
        env=silent_environment() | {
            "ATLAS_DATA_DIR": str(data), "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "atlas.settings"},
    )  # fmt: skip
    assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout


def test_an_import_survives_restarts_of_the_database(tmp_path, server, url, large):
    data, port = tmp_path / "data", free_port()
    chosen = random.Random(20261123)
    with instance(data, port, DATABASE_URL=url) as (process, _):
        read_on(process)
        token = first_login(data)["token"]
        for place in range(RESTARTS):
            task = queue(port, token, large, f"t{place}")
            until = chosen.uniform(0, 90)
            wait_for(lambda task=task, until=until: ask(port, token, f"/tasks/{task}")["progress"] >= until)
            server.run("pg_ctl", "restart", "-w", "-m", "immediate", "-D", server.cluster)
            wait_for(lambda task=task: of_database(
                url, f"SELECT true FROM import_history WHERE task_id = '{task}' AND status <> 'in_progress'"
            ))  # fmt: skip
            assert ask(port, token, f"/tasks/{task}")["status"] == "completed"
            assert of_database(url, f"SELECT count(*), count(DISTINCT n) FROM t{place}") == [(ROWS, ROWS)]
        assert_all_is_well(data, url)


def test_an_import_survives_the_end_of_its_web_server(tmp_path, url, large):
    data, port = tmp_path / "data", free_port()
    with instance(data, port, DATABASE_URL=url) as (process, _), one_more_worker(data, DATABASE_URL=url):
        task = queue(port, first_login(data)["token"], large, "t")
        for child in children(process.pid):  # the web server, and the instance's own worker
            os.kill(child, signal.SIGKILL)
        read_on(process)
        wait_for(lambda: of_database(
            url, f"SELECT true FROM import_history WHERE task_id = '{task}' AND status = 'success'"
        ))  # fmt: skip
        assert ask(port, first_login(data)["token"], f"/tasks/{task}")["status"] == "completed"
    assert of_database(url, "SELECT count(*), count(DISTINCT n) FROM t") == [(ROWS, ROWS)]
    assert_all_is_well(data, url)


def test_a_worker_without_an_instance_is_refused_in_one_line(tmp_path):
    process = run_worker(tmp_path / "nothing")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert output.startswith("Content Atlas stopped. No instance is running on") and len(output.splitlines()) == 1


def test_a_worker_of_another_version_than_the_database_is_refused(tmp_path, url):
    process = run_worker(tmp_path / "data", DATABASE_URL=url)
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 1
    assert "The database does not match this version." in output.splitlines()[-1]


def test_two_first_starts_at_once_on_one_database_both_serve(tmp_path, url):
    """Both wait for the lock of the migrations; then both check for an administrator."""
    ports = free_port(), free_port()
    with psycopg.connect(url, autocommit=True) as gatekeeper:
        gatekeeper.execute("SELECT pg_advisory_lock(%s)", [MIGRATIONS])
        processes = [run(tmp_path / str(port), port, DATABASE_URL=url) for port in ports]
        try:
            for process in processes:
                read_until(process, "Waiting for it")
            gatekeeper.execute("SELECT pg_advisory_unlock(%s)", [MIGRATIONS])
            output = [read_until(process, "Content Atlas is running at") for process in processes]
        finally:
            for process in processes:
                process.terminate()
                process.communicate(timeout=300)
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted("password: " in words for words in output) == [False, True]


def read_until(process, words):
    """Return the output up to a line with these words."""
    output = []
    for line in process.stdout:
        output.append(line)
        if words in line:
            return "".join(output)
    raise AssertionError("".join(output))


def backends(data):
    """Return the server processes of the connections to the instance's database."""
    with suppress(FileNotFoundError, ProcessLookupError, IndexError):
        server = int((data / "postgres/data/postmaster.pid").read_text().split()[0])
        names = {child: Path(f"/proc/{child}/cmdline").read_bytes() for child in children(server)}
        return [child for child, name in names.items() if name.startswith(b"postgres: atlas atlas ")]
    return []


@pytest.mark.parametrize("round", range(examples(1)))
def test_a_first_start_whose_database_crashes_goes_on_when_it_is_back(tmp_path, round):
    """PostgreSQL 18 does not end after a fast stop during recovery."""
    data = tmp_path / "data"
    process = run(data, port := free_port())
    try:
        for backend in wait_for(lambda: backends(data)):
            os.kill(backend, signal.SIGKILL)
        output = read_until(process, "Content Atlas is running at")
        assert "The connection to the database was lost during the start." in output
        assert ask(port, first_login(data)["token"], "/tables")["success"]
    finally:
        process.terminate()
        process.communicate(timeout=300)
    embedded_postgres.remove(data)
