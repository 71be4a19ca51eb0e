"""./run as a user sees it: a process, a port, a data directory."""

import os
import pwd
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from atlas.server import embedded_postgres, postgres_connection
from tests.working import wait_for

PAGE = "/tables"  # needs a sign-in and the database
PROJECT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def silent_environment():
    """Return the environment without the variables of an instance."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ATLAS_", "DATABASE_URL"))}


def run(data, port, *arguments, **environment):
    """Start ./run and return the process, whose stdout is its output."""
    return subprocess.Popen(
        [PROJECT / "run", "--data-dir", data, "--port", str(port), *arguments],
        cwd="/",
        env=silent_environment() | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@contextmanager
def instance(data, port, **environment):
    """Yield a running instance and its output until it serves."""
    process = run(data, port, **environment)
    output = []
    try:
        for line in process.stdout:
            output.append(line)
            if "Content Atlas is running at" in line:
                break
        yield process, "".join(output)
    finally:
        process.terminate()
        try:
            process.wait(120)
        finally:
            process.kill()
            process.stdout.close()


def refused(data, port, **environment):
    """Return the one line that ./run prints when it does not start."""
    process = run(data, port, **environment)
    output, _ = process.communicate(timeout=1200)
    assert process.returncode != 0
    assert len(output.splitlines()) == 1, output
    return output


def get(port, path, token, host="127.0.0.1"):
    request = urllib.request.Request(f"http://{host}:{port}{path}", headers={"Authorization": f"Token {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def first_login(data):
    return dict(line.split(": ", 1) for line in (data / "first-login.txt").read_text().splitlines())


def living(pid):
    """Tell whether a process is running; a zombie is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def everyone(process, data):
    """Return the processes of an instance: ./run, PostgreSQL, gunicorn, the worker, and their children."""
    servers = [int((data / "postgres/data/postmaster.pid").read_text().split()[0]), *children(process.pid)]
    return [process.pid, *servers, *(child for server in servers for child in children(server))]


def processor_seconds(pids):
    """Return the processor seconds of running processes and of their children that have ended."""
    ticks = 0
    for pid in pids:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended: its parent has its seconds
            facts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += sum(map(int, facts[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_gone(pids):
    deadline = time.monotonic() + 180
    while any(map(living, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(living, pids))


def status(port, path, token):
    """Return the status of a response; 0 if there is none."""
    try:
        return get(port, path, token)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Lines:
    """What a process prints from now on."""

    def __init__(self, process):
        self.printed = []
        self.reader = threading.Thread(target=self.read, args=[process.stdout], daemon=True)
        self.reader.start()

    def read(self, output):
        with suppress(ValueError):  # closed
            self.printed.extend(output)  # one after another

    def wait_for(self, words):
        try:
            return wait_for(lambda: [line for line in self.printed if words in line])
        except AssertionError:
            raise AssertionError(f"{words!r} is not in\n{''.join(self.printed)}") from None


def database(process, data):
    with suppress(FileNotFoundError, ValueError):
        pid = int((data / "postgres/data/postmaster.pid").read_text().split()[0])
        return pid if living(pid) else None


def web_server(process, data):
    return child(process, b"gunicorn")


def job_worker(process, data):
    return child(process, b"run_worker")


def child(process, word):
    """Return the child of ./run with this word in its command; None if there is none."""
    for pid in children(process.pid):
        with suppress(FileNotFoundError, ProcessLookupError):
            if living(pid) and word in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    directory = tmp_path_factory.mktemp("an instance") / "data dir"
    yield directory
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        embedded_postgres.remove(directory)


class Instance:
    """The instance on the data directory, started and stopped as tests need it."""

    def __init__(self, data):
        self.data = data
        self.first: tuple[int, str] = (0, "")  # the port of the first start, and its output
        self.ending = ExitStack()
        self.running = None

    def start(self):
        """Return its process and its port."""
        if not self.running:
            port = free_port()
            process, said = self.ending.enter_context(instance(self.data, port))
            self.first = self.first if self.first[0] else (port, said)
            self.running = process, port
        return self.running

    def stop(self):
        self.running = None
        self.ending.close()


@pytest.fixture(scope="module")
def the_instance(data):
    made = Instance(data)
    yield made
    made.stop()


@pytest.fixture
def started(the_instance):
    """Return the process and the port of a running instance, which runs on for the next test."""
    return the_instance.start()


@pytest.fixture
def stopped(the_instance):
    """Stop the instance, which was started at least once."""
    if not the_instance.first[0]:
        the_instance.start()
    the_instance.stop()


def test_the_first_start_prints_the_login(started, the_instance, data):
    port, output = the_instance.first
    login = first_login(data)
    assert list(login) == ["username", "password", "token", "url"]
    assert login["username"] == "admin"
    assert login["url"] == f"http://127.0.0.1:{port}"
    assert all(f"{name}: {value}\n" in output for name, value in login.items())


def test_secrets_are_readable_only_by_their_owner(started, data):
    for path in (data, data / "first-login.txt", data / "secret-key", data / "postgres/socket", data / "postgres/data"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_first_token_works(started, data):
    _, port = started
    assert get(port, PAGE, first_login(data)["token"]) == 200


def test_static_files_are_served(started):
    _, port = started
    assert get(port, "/static/admin/css/base.css", "") == 200


def response_to_another_user(place):
    """Return the error that another system user gets from the system or the database server."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.setgroups([])
        os.setuid(pwd.getpwnam("daemon").pw_uid)
        try:
            psycopg.connect(place)
        except psycopg.OperationalError as refusal:
            os.write(writing, str(refusal).encode())
        os._exit(0)
    os.close(writing)
    os.wait()
    with os.fdopen(reading) as output:
        return output.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_other_system_users_have_no_access_to_the_database(started, data):
    sockets = postgres_connection.socket_dir(data).resolve()
    place = f"host='{sockets}' user=atlas dbname=atlas"
    assert "Permission denied" in response_to_another_user(place)
    opened = [sockets.parent, sockets, sockets / ".s.PGSQL.5432"]
    for path in opened:
        path.chmod(0o777)
    try:
        assert "Peer authentication failed" in response_to_another_user(place)
    finally:
        for path in opened:
            path.chmod(0o700)
    psycopg.connect(place).close()


def test_a_second_instance_on_a_data_directory_is_refused(started, data):
    process, _ = started
    output = refused(data, free_port())
    assert f"Another instance is running on {data}: process {process.pid} at http://127.0.0.1:" in output


def test_a_port_in_use_is_reported_in_one_line(started, tmp_path):
    _, port = started
    assert f"Port {port} is not available: Address already in use" in refused(tmp_path / "other", port)


def test_manage_py_uses_the_running_server_and_leaves_it_running(started, data):
    _, port = started
    subprocess.run(
        [
            sys.executable,
            PROJECT / "manage.py",
            "shell",
            "-v0",
            "-c",
            "from knox.models import AuthToken as t; assert t.objects.count()",
        ],
        env=silent_environment() | {"ATLAS_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "atlas.settings"},
        check=True,
    )
    assert get(port, PAGE, first_login(data)["token"]) == 200


class TestLaterStarts:
    """What happens after a stop or a kill."""

    def test_sigterm_stops_all_processes(self, started, the_instance, data):
        process, _ = started
        pids = everyone(process, data)
        assert len(pids) > 8
        process.terminate()
        assert process.wait(120) == 0
        assert wait_until_gone(pids)
        the_instance.stop()

    def test_a_later_start_prints_no_password_takes_less_than_5_seconds_and_ends_with_ctrl_c(self, stopped, data):
        """Processor time: wall time would depend on the load of the machine."""
        before = first_login(data)
        with instance(data, free_port()) as (process, output):
            assert "Content Atlas is running at" in output
            assert processor_seconds(everyone(process, data)) < 5
            assert "password" not in output
            assert first_login(data) == before
            process.send_signal(signal.SIGINT)
            assert process.wait(120) == 0

    def test_it_starts_again_after_all_processes_were_killed(self, stopped, data):
        with instance(data, free_port()) as (process, _):
            pids = everyone(process, data)
            for pid in pids:
                with suppress(ProcessLookupError):  # it went with its parent
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            assert wait_until_gone(pids)
        with instance(data, port := free_port()) as (_, output):
            assert "Content Atlas is running at" in output
            assert get(port, PAGE, first_login(data)["token"]) == 200

    def test_its_parts_are_started_again_when_they_are_killed(self, stopped, data):
        with instance(data, port := free_port()) as (process, _):
            token, said = first_login(data)["token"], Lines(process)
            for victim, line in [
                (database, "The database ended: it was killed. Starting it again in "),
                (web_server, "The web server was killed by SIGKILL. Starting it again in "),
                (job_worker, "A worker was killed by SIGKILL. Starting it again in "),
            ]:
                before = wait_for(lambda victim=victim: victim(process, data))
                os.kill(before, signal.SIGKILL)
                said.wait_for(line)
                wait_for(lambda victim=victim, before=before: (victim(process, data) or before) != before)
                wait_for(lambda: status(port, PAGE, token) == 200)
            shutil.rmtree(data / "postgres/socket")
            said.wait_for("The socket of the database in ")
            wait_for(lambda: status(port, PAGE, token) == 200)
            pids = everyone(process, data)
            process.terminate()
            assert process.wait(120) == 0
            assert wait_until_gone(pids)

    def test_the_next_start_takes_over_what_a_killed_one_left(self, stopped, data):
        with instance(data, port := free_port()) as (process, _):
            pids = everyone(process, data)
            process.kill()
            process.wait()
        with instance(data, port) as (process, output):
            assert "Content Atlas is running at" in output
            assert get(port, PAGE, first_login(data)["token"]) == 200
            assert wait_until_gone(set(pids) - set(everyone(process, data)))

    def test_data_of_another_postgresql_is_refused_with_what_to_do(self, stopped, data):
        version = data / "postgres/data/PG_VERSION"
        ours = version.read_text()
        version.write_text("17\n")
        try:
            output = refused(data, free_port())
        finally:
            version.write_text(ours)
        assert f"is of PostgreSQL 17, but this version of Content Atlas has PostgreSQL {ours.strip()}." in output
        assert "manage.py backup DIR" in output and "manage.py restore DIR" in output


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "DATABASE_URL must have the form"),
        ("mysql://u:hidden@127.0.0.1/x", "DATABASE_URL must have the form"),
        ("postgres://u:hidden@127.0.0.1:1/x", "Connection refused"),
    ],
)
def test_an_invalid_database_url_is_reported_in_one_line_without_its_password(tmp_path, url, words):
    output = refused(tmp_path / "data", free_port(), DATABASE_URL=url)
    assert words in output
    assert "hidden" not in output


def test_an_incomplete_bucket_is_reported_in_one_line(tmp_path):
    assert "B2_BUCKET" in refused(tmp_path / "data", free_port(), B2_KEY_ID="x", B2_KEY="y")


def test_a_data_directory_that_cannot_be_created_is_reported_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    assert f"Not a directory: {tmp_path}/file/data" in refused(tmp_path / "file" / "data", free_port())


def test_with_a_database_url_no_embedded_server_is_started(tmp_path, database_url):
    """And it serves at the address of the settings, at which it also asks whether it answers."""
    data, port = tmp_path / "data", free_port()
    with instance(data, port, DATABASE_URL=database_url, ATLAS_HOST="127.0.0.2") as (process, output):
        assert f"Content Atlas is running at http://127.0.0.2:{port}" in output
        wait_for(lambda: len(children(process.pid)) == 2)  # gunicorn and a worker
        assert not (data / "postgres").exists()
        assert get(port, PAGE, first_login(data)["token"], host="127.0.0.2") == 200


def test_every_command_reports_invalid_settings_in_one_line(tmp_path):
    assert "ATLAS_PROXIES must be a whole number" in refused(tmp_path / "data", free_port(), ATLAS_PROXIES="x")
    environment = {**os.environ, "ATLAS_DATA_DIR": str(tmp_path / "data"), "ATLAS_HTTPS": "maybe"}
    command = [sys.executable, "manage.py", "read_files", "x"]
    output = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert (output.returncode, output.stderr) == (1, "ATLAS_HTTPS must be on or off, not 'maybe'.\n")


@pytest.mark.parametrize(
    ("option", "value", "most"),
    [("workers", "-1", "0 to 1000"), ("workers", "1001", "0 to 1000"), ("port", "x", "1 to 65535")],
)
def test_an_invalid_number_of_workers_or_port_is_refused(tmp_path, option, value, most):
    name = f"ATLAS_{option.upper()}"
    # The unknown option: where the number is not refused, nothing is started either.
    command = [PROJECT / "run", "--data-dir", tmp_path / "data", "--unknown"]
    output = subprocess.run(command, env=silent_environment() | {name: value}, capture_output=True, text=True).stderr
    assert f"--{option}: must be a whole number from {most}, not '{value}' (set by --{option} or {name})" in output
