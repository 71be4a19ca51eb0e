"""./run as its user sees it: a process, a port, a data directory."""

import os
import pwd
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from atlas.server import embedded_postgres
from tests.working import wait_for

PAGE = "/tables"  # needs a sign-in and the database
PROJECT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def silent_environment():
    """The environment without what it says about an instance."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("ATLAS_", "DATABASE_URL"))}


def run(data, port, *arguments, **environment):
    """Start ./run; what it prints is read from the process."""
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
    """A running instance, and what it says until it serves."""
    process = run(data, port, **environment)
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Content Atlas is at" in line:
                break
        yield process, "".join(said)
    finally:
        process.terminate()
        try:
            process.wait(120)
        finally:
            process.kill()
            process.stdout.close()


def refused(data, port, **environment):
    """What ./run says when it does not start; it is one line."""
    process = run(data, port, **environment)
    said, _ = process.communicate(timeout=1200)
    assert process.returncode != 0
    assert len(said.splitlines()) == 1, said
    return said


def get(port, path, token):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Authorization": f"Token {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status


def first_login(data):
    return dict(line.split(": ", 1) for line in (data / "first-login.txt").read_text().splitlines())


def living(pid):
    """A process that is there and not merely waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def everyone(process, data):
    """The processes of an instance: ./run, PostgreSQL, gunicorn, the worker of imports, and the children of these."""
    servers = [int((data / "postgres/data/postmaster.pid").read_text().split()[0]), *children(process.pid)]
    return [process.pid, *servers, *(child for server in servers for child in children(server))]


def processor_seconds(pids):
    """What living processes, and those of their children that have ended, have used of a processor."""
    ticks = 0
    for pid in pids:
        facts = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += sum(map(int, facts[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_until_gone(pids):
    deadline = time.monotonic() + 180
    while any(map(living, pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(living, pids))


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    directory = tmp_path_factory.mktemp("an instance") / "data dir"
    yield directory
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("DATABASE_URL", raising=False)
        embedded_postgres.remove(directory)


class Instance:
    """What runs on the data directory while a test wants it to."""

    def __init__(self, data):
        self.data = data
        self.first: tuple[int, str] = (0, "")  # the port of the first start, and what it said
        self.ending = ExitStack()
        self.running = None

    def start(self):
        """Its process and its port."""
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
    """An instance that runs: its process and its port. It goes on for the next test, as most want one."""
    return the_instance.start()


@pytest.fixture
def stopped(the_instance):
    """The data of an instance that was started once, and runs no longer."""
    if not the_instance.first[0]:
        the_instance.start()
    the_instance.stop()


def test_the_first_start_says_how_to_sign_in(started, the_instance, data):
    port, said = the_instance.first
    login = first_login(data)
    assert list(login) == ["username", "password", "token", "url"]
    assert login["username"] == "admin"
    assert login["url"] == f"http://127.0.0.1:{port}"
    assert all(f"{name}: {value}\n" in said for name, value in login.items())


def test_nobody_else_can_read_what_is_secret(started, data):
    for path in (data, data / "first-login.txt", data / "secret-key", data / "postgres/socket", data / "postgres/data"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_the_first_token_works(started, data):
    _, port = started
    assert get(port, PAGE, first_login(data)["token"]) == 200


def test_static_files_are_served(started):
    _, port = started
    assert get(port, "/static/admin/css/base.css", "") == 200


def said_to_another_user(place):
    """What the database's server, or the system before it, says to a user who has no business there."""
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
    with os.fdopen(reading) as said:
        return said.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_of_the_machine_does_not_get_into_the_database(started, data):
    sockets = embedded_postgres.socket_dir(data).resolve()
    place = f"host='{sockets}' user=atlas dbname=atlas"
    assert "Permission denied" in said_to_another_user(place)
    opened = [sockets.parent, sockets, sockets / ".s.PGSQL.5432"]
    for path in opened:
        path.chmod(0o777)
    try:
        assert "Peer authentication failed" in said_to_another_user(place)
    finally:
        for path in opened:
            path.chmod(0o700)
    psycopg.connect(place).close()


def test_a_second_one_on_the_same_data_says_that_one_is_running(started, data):
    process, _ = started
    said = refused(data, free_port())
    assert f"Another one runs on {data}: process {process.pid} at http://127.0.0.1:" in said


def test_a_taken_port_is_said_in_one_line(started, tmp_path):
    _, port = started
    assert f"Port {port} cannot be used: Address already in use" in refused(tmp_path / "other", port)


def test_manage_py_beside_it_uses_the_same_server_and_leaves_it_running(started, data):
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
    def test_sigterm_to_it_alone_stops_everything(self, started, the_instance, data):
        process, _ = started
        pids = everyone(process, data)
        assert len(pids) > 8
        process.terminate()
        assert process.wait(120) == 0
        assert wait_until_gone(pids)
        the_instance.stop()

    def test_a_later_start_tells_no_password_takes_less_than_5_seconds_and_ends_with_ctrl_c(self, stopped, data):
        """Seconds of a processor; what passes on the clock also tells what else the machine does."""
        before = first_login(data)
        with instance(data, free_port()) as (process, said):
            assert "Content Atlas is at" in said
            assert processor_seconds(everyone(process, data)) < 5
            assert "password" not in said
            assert first_login(data) == before
            process.send_signal(signal.SIGINT)
            assert process.wait(120) == 0

    def test_it_starts_again_after_everything_was_killed(self, stopped, data):
        with instance(data, free_port()) as (process, _):
            pids = everyone(process, data)
            for pid in pids:
                with suppress(ProcessLookupError):  # it went with its parent
                    os.kill(pid, signal.SIGKILL)
            process.wait()
            assert wait_until_gone(pids)
        with instance(data, port := free_port()) as (_, said):
            assert "Content Atlas is at" in said
            assert get(port, PAGE, first_login(data)["token"]) == 200

    @pytest.mark.parametrize(("which", "words"), [(2, "web server has ended"), (1, "embedded PostgreSQL has ended")])
    def test_it_ends_when_one_of_its_servers_does(self, stopped, data, which, words):
        with instance(data, free_port()) as (process, _):
            pids = everyone(process, data)
            os.kill(pids[which], signal.SIGKILL)
            said, _ = process.communicate(timeout=120)
            assert process.returncode == 1
            assert words in said.splitlines()[-1]
            assert wait_until_gone(pids)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nonsense", "DATABASE_URL is not of the form"),
        ("mysql://u:hidden@127.0.0.1/x", "DATABASE_URL is not of the form"),
        ("postgres://u:hidden@127.0.0.1:1/x", "Connection refused"),
    ],
)
def test_a_broken_database_url_is_said_in_one_line_without_its_password(tmp_path, url, words):
    said = refused(tmp_path / "data", free_port(), DATABASE_URL=url)
    assert words in said
    assert "hidden" not in said


def test_half_a_bucket_is_said_in_one_line(tmp_path):
    assert "B2_BUCKET" in refused(tmp_path / "data", free_port(), B2_KEY_ID="x", B2_KEY="y")


def test_a_data_directory_that_cannot_be_made_is_said_in_one_line(tmp_path):
    (tmp_path / "file").touch()
    assert f"Not a directory: {tmp_path}/file/data" in refused(tmp_path / "file" / "data", free_port())


def test_with_a_database_url_it_starts_no_server_of_its_own(tmp_path, database_url):
    data, port = tmp_path / "data", free_port()
    with instance(data, port, DATABASE_URL=database_url) as (process, said):
        assert "Content Atlas is at" in said
        wait_for(lambda: len(children(process.pid)) == 2)  # gunicorn and a worker
        assert not (data / "postgres").exists()
        assert get(port, PAGE, first_login(data)["token"]) == 200


def test_settings_that_make_no_sense_are_said_in_one_line_by_every_command(tmp_path):
    assert "ATLAS_PROXIES must be a whole number" in refused(tmp_path / "data", free_port(), ATLAS_PROXIES="x")
    environment = {**os.environ, "ATLAS_DATA_DIR": str(tmp_path / "data"), "ATLAS_HTTPS": "maybe"}
    command = [sys.executable, "manage.py", "read_files", "x"]
    said = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True)
    assert (said.returncode, said.stderr) == (1, "ATLAS_HTTPS must be on or off, not 'maybe'.\n")


def test_a_number_of_workers_that_makes_no_sense_is_refused(tmp_path):
    said, _ = run(tmp_path / "data", free_port(), ATLAS_WORKERS="-1").communicate(timeout=1200)
    assert "--workers: must be a whole number, here or in ATLAS_WORKERS, not '-1'" in said
