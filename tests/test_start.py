"""What a start finds: a port and a folder that the last instance is leaving, and files that an earlier start left half
done."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import manage
from atlas.server import instance_lock, listener, preparation, venv
from atlas.server.start_error import StartError
from tests.working import wait_for

PROJECT = Path(__file__).resolve().parent.parent


@pytest.fixture
def busy():
    """A port that another socket has."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder, holder.getsockname()[1]


def test_a_port_that_the_last_instance_is_leaving_is_waited_for(busy, capsys):
    holder, port = busy
    threading.Timer(0.5, holder.close).start()
    with listener.listening("127.0.0.1", port, last_instance=f"process 1 at http://127.0.0.1:{port}") as ours:
        assert ours.getsockname()[1] == port
    assert f"Port {port} is still used by process {os.getpid()} (" in capsys.readouterr().err


def test_a_port_of_another_program_is_refused_at_once_with_its_process(busy, capsys):
    _, port = busy
    with (
        pytest.raises(StartError, match=rf"Port {port} is not available: Address already in use by process \d+ \("),
        listener.listening("127.0.0.1", port, last_instance="process 1 at http://127.0.0.1:1"),
    ):
        pass
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("host", "message"),
    [("no such host", "The address no such host is not known. "),
     ("203.0.113.1", "This machine does not have the address 203.0.113.1.")],
)  # fmt: skip
def test_an_address_that_cannot_be_served_is_named(host, message):
    with pytest.raises(StartError) as refused, listener.listening(host, 9):
        pass
    assert str(refused.value).startswith(message)
    assert str(refused.value).endswith("Choose another one with --host or ATLAS_HOST.")


def test_addresses_of_ipv6_are_served():
    with listener.listening("::1", 0) as ours:
        assert ours.getsockname()[0] == "::1"


def test_an_instance_that_stops_is_waited_for_and_one_that_runs_is_not(tmp_path, capsys):
    with instance_lock.locked_instance(tmp_path, "http://a:1") as first:
        with (
            pytest.raises(StartError, match=r"Another instance is running on .*: process \d+ at http://a:1\."),
            instance_lock.locked_instance(tmp_path, "http://a:2"),
        ):
            pass
        first.announce_stop()
        second = threading.Thread(target=lambda: instance_lock.locked_instance(tmp_path, "http://a:2").__enter__())
        second.start()
        said = []
        wait_for(lambda: said.append(capsys.readouterr().err) or "is stopping: process" in "".join(said))
    second.join(60)
    assert not second.is_alive()
    assert (tmp_path / "run.lock").read_text() == f"process {os.getpid()} at http://a:2"


def test_static_files_that_an_interrupted_start_left_are_collected_again(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path / "static"
    preparation.collect_static()
    path = next(settings.STATIC_ROOT.rglob("*.css"))
    whole = path.read_bytes()
    path.write_bytes(whole[:10])  # newer than its source, which Django takes for unchanged
    (settings.STATIC_ROOT / "collected").unlink()

    preparation.collect_static()

    assert path.read_bytes() == whole


@pytest.fixture
def project(tmp_path):
    """A project with a Python whose pip waits for the end of its standard input."""
    python = tmp_path / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\n[ $1 = -c ] || cat\n")
    python.chmod(0o755)
    (tmp_path / "requirements.txt").write_text("tqdm\n")
    return tmp_path


ENTER = """
import sys
from pathlib import Path
from atlas.server import venv
venv.PROJECT, venv.VENV = Path(sys.argv[1]), Path(sys.argv[1]) / ".venv"
venv.PYTHON = venv.VENV / "bin/python"
venv.create = lambda: print("created", flush=True)  # the real one needs seconds
venv.os.execv = lambda *_: None
venv.enter("requirements.txt")
"""


def entering(project):
    return subprocess.Popen(
        [sys.executable, "-c", ENTER, project], cwd=PROJECT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def test_an_interrupted_installation_is_made_anew_by_the_next_start(project):
    stamp, unfinished = project / ".venv/requirements.installed", project / ".venv" / venv.UNFINISHED
    first = entering(project)
    assert first.stdout.readline().startswith("Installing requirements.txt")
    wait_for(unfinished.exists)
    waiting = entering(project)  # until the first one has ended
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert not stamp.exists()

    said, _ = waiting.communicate(timeout=60)

    assert said.splitlines()[:2] == ["The last installation into .venv was interrupted. Creating it again.", "created"]
    assert stamp.exists() and not unfinished.exists()
    assert entering(project).communicate(timeout=60) == ("", None)


def test_a_command_tells_in_one_line_of_a_file_that_it_cannot_use(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError) as refused:
        (tmp_path / "file").mkdir()

    assert manage.in_one_line(refused.value) == f"File exists: {tmp_path}/file"
    assert manage.in_one_line(ValueError()) is None
