"""A child process of imports/sandbox: what it may use, how it ends, and what is left of it."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from imports.errors import FileTooCostly, ReaderUnavailable, UnreadableFile
from imports.sandbox import frames, messages
from imports.sandbox.remote import Service
from imports.sandbox.template_process import ENVIRONMENT, Program, templates
from imports.sources.spool_files import sweep_spool
from tests.imports.sandbox.misbehaving import CLASSES, Misbehaving
from tests.imports.sandbox.serving import LIMITS, PATIENCE, PROGRAM, SERVICE, TEMPLATES, eventually, limits
from tests.processes import is_there


def test_a_child_has_no_credentials_and_no_descriptors_of_others(child, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgres://secret")
    with child() as one, child() as other:
        surroundings = one.surroundings()
        assert other.surroundings()["pid"] != surroundings["pid"]

    assert surroundings["environment"].items() >= ENVIRONMENT.items()
    assert set(surroundings["environment"]) <= {*ENVIRONMENT, "LC_CTYPE"}
    assert surroundings["folder"] == "/"
    assert surroundings["sockets"] == 1
    assert surroundings["oom"] == "1000"
    assert surroundings["date_order"] == "DMY"


def test_an_object_keeps_what_it_knows(child):
    with child(path="a") as one:
        assert one.files() == []
        assert one.echo("x") == "x"
        assert list(one.numbers(3)) == [0, 1, 2]
        assert one.files() == ["closed"]


def test_a_stream_that_is_left_ends_and_the_next_call_is_answered(child):
    with child() as one:
        items = one.numbers(10**9)
        assert [next(items), next(items)] == [0, 1]
        items.close()
        items.close()
        assert one.files() == ["closed"]

        items = one.numbers(10**9)
        assert next(items) == 0
        assert one.echo("left without a word") == "left without a word"
        assert list(items) == []


def test_a_child_that_is_left_in_its_work_ends_at_once(child):
    with child() as one:
        pid = one.surroundings()["pid"]
        items = one.numbers(10**9)
        next(items)
    assert not is_there(pid)

    with pytest.raises(ZeroDivisionError), child() as one:
        pid = one.surroundings()["pid"]
        raise ZeroDivisionError
    assert not is_there(pid)
    with pytest.raises(RuntimeError):
        one.echo(1)


def test_a_caller_may_leave_while_a_child_works(child):
    class Gone(Exception):
        pass

    def meanwhile():
        raise Gone

    with pytest.raises(Gone), child(service=replace(SERVICE, meanwhile=meanwhile)) as one:
        pid = one.surroundings()["pid"]
        one.burn()
    assert not is_there(pid)


def test_a_caller_may_leave_while_a_child_answers_at_once(child):
    class Gone(Exception):
        pass

    def meanwhile():
        raise Gone

    with child(service=replace(SERVICE, meanwhile=meanwhile)) as one:
        pid = one.surroundings()["pid"]
        items = one.numbers(10**9)
        with pytest.raises(Gone), closing(items):
            for _ in items:  # each comes within the time of a look
                pass
        assert not is_there(pid)


def test_many_children_at_once_each_answer_for_themselves(child):
    def work(number):
        with child() as one:
            if number % 4 == 0:
                with pytest.raises(UnreadableFile):
                    one.exit(number)
                return number
            return sum(one.numbers(number)) + one.echo(number) - number * (number - 1) // 2

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(work, range(36))) == list(range(36))


# --- limits


@pytest.mark.parametrize(
    ("method", "changes", "reason"),
    [
        ("eat_at_once", {}, messages.TOO_MUCH_MEMORY),
        ("eat_slowly", {}, messages.TOO_MUCH_MEMORY),
        ("eat_in_a_fork", {}, messages.TOO_MUCH_MEMORY),
        ("out_of_memory", {}, messages.TOO_MUCH_MEMORY),
        ("burn", {"processor": 1}, messages.TOO_MUCH_PROCESSOR_TIME),
        pytest.param("ignore_signals", {"processor": 1}, messages.TOO_MUCH_PROCESSOR_TIME, marks=pytest.mark.long),
        ("sleep", {"seconds": 0.3}, messages.TOO_MUCH_TIME),
        ("fill_one_file", {}, messages.TOO_MUCH_DISK),
        ("fill_many_files", {}, messages.TOO_MUCH_DISK),
    ],
)
def test_a_child_that_takes_too_much_is_ended_with_what_it_exceeded(child, method, changes, reason):
    with child(limits(**changes)) as one, pytest.raises(FileTooCostly) as refused:
        getattr(one, method)()

    assert (refused.value.code, refused.value.http_status) == ("file_too_costly", 422)
    assert refused.value.details["reason"] == reason.code
    assert refused.value.message.params["setting"] in str(refused.value)
    assert refused.value.message.params["setting"] in LIMITS.settings.values()


def test_the_time_in_which_a_child_waits_for_its_caller_does_not_count(child):
    with child(limits(seconds=1)) as one:
        items = one.numbers(10**6)
        next(items)
        time.sleep(1.1)
        assert next(items) == 1


def test_the_time_of_the_caller_counts_where_that_is_asked_for(child):
    with child(limits(seconds=PATIENCE, counts_caller=True)) as one:
        assert one.echo(1) == 1
    with child(limits(seconds=0.5, counts_caller=True)) as one, pytest.raises(FileTooCostly) as refused:
        time.sleep(0.6)
        one.echo(1)
    assert refused.value.details["reason"] == messages.TOO_MUCH_TIME.code


@pytest.mark.parametrize(
    ("method", "arguments", "how"),
    [
        ("exit", [0], "exit status 0"),
        ("exit", [3], "exit status 3"),
        ("crash", [], "SIGSEGV"),
        ("abort", [], "SIGABRT"),
    ],
)
def test_a_child_that_ends_by_itself_is_a_file_that_cannot_be_read(child, method, arguments, how):
    with child() as one:
        with pytest.raises(UnreadableFile) as refused:
            getattr(one, method)(*arguments)
        with pytest.raises(RuntimeError):
            one.echo(1)

    assert refused.value.message.code == messages.READER_ENDED.code
    assert how in str(refused.value)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_that_something_else_kills_is_no_fault_of_the_file(child, number):
    with child() as one:
        os.kill(one.surroundings()["pid"], number)
        with pytest.raises(ReaderUnavailable) as refused:
            one.echo(1)

    assert refused.value.message.code == messages.READER_KILLED.code


def test_what_a_child_has_started_ends_with_it(child):
    with child() as one:
        pids = one.leave_forks()
        assert all(map(is_there, pids))
    eventually(lambda: not any(map(is_there, pids)))


@pytest.mark.parametrize("unread", [b"", b"x"])
def test_a_caller_that_leaves_before_it_has_read_everything_has_left(unread):
    end, caller = frames.pair()
    with end:
        end.sendall(unread)
        caller.close()
        with pytest.raises(frames.Disconnected):
            frames.read(frames.fill_from(end))


# --- processes


def test_a_template_that_is_killed_is_started_again(child):
    first = TEMPLATES.start(PROGRAM)
    with child() as one:
        pid = one.surroundings()["pid"]
        os.kill(first, signal.SIGKILL)
        with pytest.raises(ReaderUnavailable) as refused:
            one.sleep()
        eventually(lambda: not is_there(pid))
    assert refused.value.http_status == 503
    assert refused.value.message.code == messages.READER_UNAVAILABLE.code

    with child() as one:
        second = one.surroundings()["template"]
    assert second != first
    os.kill(second, signal.SIGKILL)
    with child() as one:
        assert one.surroundings()["template"] not in (first, second)


def test_a_template_that_cannot_start_is_an_error_of_the_service(child):
    service = Service(Misbehaving, CLASSES, SERVICE.vocabulary, Program(("no.such.module",)))
    TEMPLATES.end()
    try:
        with pytest.raises(ReaderUnavailable), child(service=service):
            pass
    finally:
        TEMPLATES.end()
        TEMPLATES.start(PROGRAM)


PARENT = """
import sys, threading
from pathlib import Path
from django.conf import settings
settings.configure()
from tests.imports.sandbox.serving import LIMITS, SERVICE
from imports.sandbox import remote

def work():
    with remote.opened(SERVICE, LIMITS, Path(sys.argv[1]), {"ATLAS_DATE_ORDER": "MDY"}) as one:
        surroundings = one.surroundings()
        pids = [surroundings["template"], surroundings["pid"], *one.leave_forks()]
        if sys.argv[2] == "works":
            threading.Timer(0.2, print, pids, {"flush": True}).start()
            one.burn()
        else:
            print(*pids, flush=True)
            threading.Event().wait()

threading.Thread(target=work).start()
"""


@pytest.mark.parametrize("doing", ["works", "waits"])
def test_no_process_outlives_a_parent_that_is_killed(tmp_path, doing):
    spool = tmp_path / "other"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, spool, doing], cwd=ENVIRONMENT["PYTHONPATH"], stdout=subprocess.PIPE, text=True
    )
    try:
        pids = [int(pid) for pid in parent.stdout.readline().split()]
        assert len(pids) == 5
        assert all(map(is_there, pids))
        assert len(list(spool.iterdir())) == 1
    finally:
        parent.kill()
        parent.communicate()
    eventually(lambda: not any(map(is_there, pids)))


def test_the_folder_of_a_child_whose_parent_was_killed_is_swept(tmp_path, settings, child):
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    with child() as one:
        one.echo(1)
        (folder,) = settings.ATLAS_SPOOL_DIR.iterdir()
        os.utime(folder, (0, 0))
        assert sweep_spool() == 0
    left = settings.ATLAS_SPOOL_DIR / "child-left"
    left.mkdir()
    (left / "atlas-spool-1").write_text("x")
    os.utime(left, (0, 0))
    assert sweep_spool() == 1


def test_a_process_that_was_forked_leaves_the_template_to_its_parent(child):
    with child() as one:
        template = one.surroundings()["template"]
        pid = os.fork()
        if pid == 0:
            os._exit(templates._template is not None or TEMPLATES._template is not None)
        assert os.waitpid(pid, 0)[1] == 0
        assert one.surroundings()["template"] == template
