"""What travels between a child process of imports/sandbox and its caller: values, exceptions, and what is neither."""

import os
import pickle
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
from imports.errors import UnreadableFile
from imports.sandbox import frames, messages
from imports.sandbox.frames import Kind
from tests.imports.sandbox import misbehaving
from tests.imports.sandbox.misbehaving import Colour, Stopped, Table


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
        return os.system, ("touch /tmp/atlas-was-called",)


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
    "a function": frame(b'0\n{"$":"os.system","v":"touch /tmp/atlas-was-called"}'),
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
    assert not Path("/tmp/atlas-was-called").exists()


def test_a_valid_answer_of_its_own_is_taken(child):
    """So that the answers above are refused for what they say."""
    with child() as one:
        assert one.send(frame(ARRAY, stream_of(TEXTS))).equals(TEXTS.column(0))
