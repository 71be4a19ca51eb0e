"""A child process of imports/sandbox: what it may use, how it ends, and what is left of it."""

import gc
import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pyarrow.ipc as ipc
import pytest

from core.errors import BadRequest
from core.messages import STORED_TEXT
from imports.errors import FileTooCostly, ReaderUnavailable, UnreadableFile
from imports.sandbox import frames, messages, remote
from imports.sandbox.frames import Kind
from imports.sandbox.job import descendants
from imports.sandbox.limits import Limits
from imports.sandbox.remote import Service
from imports.sandbox.template_process import ENVIRONMENT, Program, Templates, templates
from imports.sources.spool_files import sweep_spool
from tests.imports import misbehaving
from tests.imports.misbehaving import CLASSES, MB, Colour, Misbehaving, Stopped, Table
from tests.processes import is_there

PATIENCE = 60  # seconds until a test gives up
PROGRAM = Program((misbehaving.__name__,))
SERVICE = Service(Misbehaving, CLASSES, f"{misbehaving.__name__}:CLASSES", PROGRAM)
LIMITS = Limits(
    memory=300 * MB,
    processor=30,
    seconds=PATIENCE,
    disk=20 * MB,
    settings={name: f"ATLAS_{name.upper()}" for name in ("memory", "processor", "seconds", "disk")},
)


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path, monkeypatch):
    """No file, descriptor or process is left, whatever a child did."""
    monkeypatch.setattr(remote, "templates", TEMPLATES)
    template = TEMPLATES.start(PROGRAM)
    before = descriptors()
    yield
    assert list(tmp_path.glob("spool/*")) == []
    gc.collect()  # closes what earlier tests have left open
    assert descriptors() <= before
    if is_there(template):
        eventually(lambda: descendants(template) == [])


TEMPLATES = Templates()  # their own: one that has loaded no reader starts sooner


@pytest.fixture(scope="module", autouse=True)
def template():
    yield
    TEMPLATES.end()


@pytest.fixture
def child(tmp_path):
    @contextmanager
    def opened(limits=LIMITS, *, service=SERVICE, **named):
        with remote.opened(service, limits, tmp_path / "spool", {"ATLAS_DATE_ORDER": "DMY"}, **named) as one:
            yield one

    return opened


def descriptors():
    return len(os.listdir("/proc/self/fd"))


def eventually(holds):
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "took too long"
        time.sleep(0.01)


def limits(**changes):
    return Limits(**{**vars(LIMITS), **changes})


# --- well


def test_values_travel_as_they_are(child):
    values = [
        None, True, 1, -(10**30), 0.1, float("inf"), "é\ud800\0", b"\0\xff", Decimal("1.50"), Decimal("NaN"),
        date(2024, 2, 29), datetime(2024, 2, 29, 12, 30, 0, 7, UTC), clock(1, 2, 3), timedelta(days=-1, microseconds=1),
        UUID(int=7), [1, [2]], (1, (2,)), {1}, frozenset("a"), {}, {"a": {1: "x", (2, 3): None}}, {"$": "tuple"},
        Colour.RED, STORED_TEXT(text="a", more=[1]),
    ]  # fmt: skip
    with child() as one:
        for value in values:
            answer = one.echo(value)
            assert repr(answer) == repr(value)
            assert type(answer) is type(value)


def test_arrays_and_batches_travel_in_dataclasses(child):
    with child() as one:
        table = one.table(1000)

    assert type(table) is Table
    assert [len(column) for column in table.columns] == [1000, 1000, 998]
    assert table.columns[2][0].as_py() == 2
    assert table.rows.column("text")[998].as_py() == "text 999"
    assert one_type(table.columns) == [pa.int64(), pa.string(), pa.int64()]


def one_type(arrays):
    return [array.type for array in arrays]


def test_arrays_of_any_type_and_length_travel(child):
    arrays = [
        pa.array([], pa.string()), pa.nulls(3), pa.array([Decimal("1.5"), None]), pa.array([True, None, False]),
        pa.array([[1], [], None]), pa.array([{"a": "x"}]), pa.array([b"\xff"]), pa.array([1, 2], pa.int32()),
    ]  # fmt: skip
    with child() as one:
        answer = one.echo(arrays)

    assert [array.equals(other) for array, other in zip(answer, arrays, strict=True)] == [True] * len(arrays)
    assert one_type(answer) == one_type(arrays)


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


# --- exceptions


def test_errors_for_the_user_travel_with_their_details_and_the_kind_of_their_cause(child):
    with child() as one:
        with pytest.raises(UnreadableFile) as refused:
            one.refuse()
        assert one.echo("still there") == "still there"

    assert str(refused.value) == "no table"
    assert refused.value.details == {"not_read": {"lines": 3}, "reason": "stored_text", "params": {"text": "no table"}}
    assert type(refused.value.__cause__) is KeyError
    assert refused.value.__cause__.args == ()
    assert "in refuse" in refused.value.__cause__.__notes__[0]


def test_a_cause_that_cannot_be_made_without_arguments_leaves_the_error_as_it_is(child):
    with child() as one:
        with pytest.raises(UnreadableFile, match="^no text$") as refused:
            one.refuse_text()
        assert one.echo("still there") == "still there"

    assert type(refused.value.__cause__) is UnicodeError
    assert "in refuse_text" in refused.value.__cause__.__notes__[0]


def test_an_error_behind_the_first_item_is_raised_there(child):
    with child() as one:
        items = one.numbers_then_error()
        assert next(items) == 1
        with pytest.raises(BadRequest, match="after one"):
            next(items)
        with pytest.raises(Stopped, match="early"):
            one.stop()


@pytest.mark.parametrize(
    ("method", "kind"), [("fail", ValueError), ("unknown_class", TypeError), ("fail_at_text", UnicodeError)]
)
def test_other_exceptions_are_raised_and_logged_without_their_text(child, caplog, method, kind):
    with child() as one, pytest.raises(kind) as failed:
        getattr(one, method)()

    assert "secret" not in str(failed.value)
    assert "Error in a process that reads a file" in caplog.text
    code = ('raise ValueError("secret of the row")', 'return b"secret of the row \\xff".decode()')
    assert "secret of" not in caplog.messages[0].replace(code[0], "").replace(code[1], "")


def test_an_unknown_method_is_none(child):
    with child() as one, pytest.raises(AttributeError):
        one.nothing()


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


# --- answers that are none


def frame(plain, arrow=b"", kind=Kind.RESULT):
    return b"".join(map(bytes, frames.parts_of(kind, plain, arrow)))


def stream_of(batch, **options):
    sink = pa.BufferOutputStream()
    with ipc.new_stream(sink, batch.schema, options=ipc.IpcWriteOptions(**options)) as stream:
        stream.write_batch(batch)
    return sink.getvalue().to_pybytes()


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/w-was-called",)


TEXTS = pa.RecordBatch.from_arrays([pa.array(["abc", "défgh"] * 100)], names=["0"])
WORDS = pa.RecordBatch.from_arrays([TEXTS.column(0).dictionary_encode()], names=["0"])
ARRAY = b'0\n{"$":"array","v":[200,0]}'
TABLE = f"{Table.__module__}.Table"


def damaged(batch, found, put):
    content = stream_of(batch)
    assert content.count(found) >= 1
    return content.replace(found, put, 1)


def number(value):
    return value.to_bytes(4, "little")


INVALID = {
    "no frame": b"x" * 100,
    "no kind": b"\x63" + bytes(16),
    "half a frame": frame(b"0\nnull")[:-1],
    "a huge frame": frame(b"")[:1] + (2**60).to_bytes(8) * 2,
    "no JSON": frame(b"0\n{"),
    "no number of batches": frame(b"null"),
    "a batch too few": frame(b"1\nnull"),
    "a pickle": frame(pickle.dumps(Command())),
    "a pickle in bytes of a text": frame(b"0\n" + pickle.dumps(Command(), 0)),
    "a function": frame(b'0\n{"$":"os.system","v":"touch /tmp/w-was-called"}'),
    "a class that is not listed": frame(b'0\n{"$":"subprocess.Popen","v":{"args":["true"]}}'),
    "a dataclass with another field": frame(f'0\n{{"$":"{TABLE}","v":{{"name":"a"}}}}'.encode()),
    "an error without a message": frame(b'0\n{"$":"core.errors.BadRequest","v":["a",{}]}'),
    "an unknown value of an enumeration": frame(f'0\n{{"$":"{misbehaving.__name__}.Colour","v":"blue"}}'.encode()),
    "no date": frame(b'0\n{"$":"date","v":"2024-02-30"}'),
    "nested without end": frame(b"0\n" + b"[" * 10**6),
    "an array that is not there": frame(ARRAY),
    "bytes that are no Arrow data": frame(ARRAY, b"x" * 1000),
    "half of an array": frame(ARRAY, stream_of(TEXTS)[:-200]),
    "texts behind their data": frame(ARRAY, damaged(TEXTS, number(3) + number(9), number(2**30) + number(9))),
    "texts that are not UTF-8": frame(ARRAY, damaged(TEXTS, b"abcd", b"ab\xff\xff")),
    "a compressed array": frame(ARRAY, stream_of(TEXTS, compression="lz4")),
    "an array with a dictionary": frame(ARRAY, stream_of(WORDS)),
    "an error that is none": frame(b'0\n{"error":1,"cause":null,"trace":""}', kind=Kind.ERROR),
    "an error without content": frame(b"0\nnull", kind=Kind.FAULT),
    "an item of nothing": frame(b"0\nnull", kind=Kind.ITEM),
    "a call": frame(pickle.dumps(("exit", (), {})), kind=Kind.CALL),
}


@pytest.mark.parametrize("content", INVALID.values(), ids=INVALID)
def test_an_invalid_answer_ends_the_child_and_runs_nothing(child, content):
    with child() as one, pytest.raises(UnreadableFile) as refused:
        one.send(content)

    assert refused.value.message.code == messages.READER_ENDED.code
    assert not Path("/tmp/w-was-called").exists()


def test_a_valid_answer_of_its_own_is_taken(child):
    """So that the answers above are refused for what they say."""
    with child() as one:
        assert one.send(frame(ARRAY, stream_of(TEXTS))).equals(TEXTS.column(0))


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
from tests.imports.test_sandbox import LIMITS, SERVICE
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
