"""Bytes arrive whole, are hashed on the way, and leave nothing behind."""

import hashlib
import io
import json
import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import RequestFactory
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from core.errors import BadRequest, FileTooLarge
from imports.api.request_records import from_body
from imports.errors import SourceUnavailable
from imports.inference.spool import Spool
from imports.sources import SourceType, kept_files
from imports.sources.receive import plain_name
from imports.sources.spool_files import new_spool_file, sweep_spool
from imports.sources.upload import from_disk, received
from tests.importing import from_records
from tests.imports.reading import FILES

BYTES = b"a,b\n1,2\n" * 1000
SHA256 = hashlib.sha256(BYTES).hexdigest()


@pytest.fixture
def spool_dir(settings, tmp_path):
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    return settings.ATLAS_SPOOL_DIR


@pytest.fixture
def sources_storage(settings, tmp_path, atlas_db):
    backend = {"BACKEND": "imports.sources.folder_storage.FolderStorage", "OPTIONS": {"location": tmp_path / "kept"}}
    settings.STORAGES = {**settings.STORAGES, "sources": backend}
    return tmp_path / "kept"


def stream():
    return io.BytesIO(BYTES)


@pytest.mark.parametrize("make", [stream, lambda: SimpleUploadedFile("x.csv", BYTES)])
def test_an_upload_is_copied_and_hashed(spool_dir, make):
    with received(make(), "data/may.csv") as source:
        assert source.path.read_bytes() == BYTES
        assert source.path.parent == spool_dir
        assert (source.name, source.size, source.sha256) == ("may.csv", len(BYTES), SHA256)
        assert (source.source_type, source.source_path) == (SourceType.LOCAL_UPLOAD, None)


def test_an_upload_has_the_name_that_it_came_with(spool_dir):
    with received(SimpleUploadedFile("may.csv", BYTES)) as source:
        assert source.name == "may.csv"


def test_nothing_is_left_behind(spool_dir):
    with received(stream(), "x.csv"):
        assert len(list(spool_dir.iterdir())) == 1
    assert list(spool_dir.iterdir()) == []


def test_nothing_is_left_behind_by_a_failure(spool_dir):
    with pytest.raises(ZeroDivisionError), received(stream(), "x.csv"):
        1 / 0  # noqa: B018
    assert list(spool_dir.iterdir()) == []


def aged(folder):
    """The names of the files in the folder, each made to look two minutes old."""
    long_ago = time.time() - 120
    for path in folder.iterdir():
        os.utime(path, (long_ago, long_ago))
    return sorted(path.name for path in folder.iterdir())


USES_THE_SPOOL = """
import io, sys, time
from pathlib import Path
from django.conf import settings

settings.configure(ATLAS_SPOOL_DIR=Path(sys.argv[1]))
from imports.sources.receive import spooled
from imports.inference.spool import Spool

with spooled([b"a,b"], "x.csv"), Spool(settings.ATLAS_SPOOL_DIR):
    print("ready", flush=True)
    time.sleep(600)
"""


def test_an_uploaded_file_is_received_into_the_spool_folder_once(spool_dir):
    """Larger files are not copied a second time, and gone when the request is over."""
    content = BYTES * 1000
    upload = multipart(content)
    with received(upload, limit=len(content)) as source:
        (path,) = spool_dir.iterdir()
        assert (source.path, source.size, source.sha256) == (path, len(content), hashlib.sha256(content).hexdigest())
        assert path.read_bytes() == content
    upload.close()
    assert list(spool_dir.iterdir()) == []


def multipart(content):
    request = RequestFactory().post("/", {"file": SimpleUploadedFile("may.csv", content)})
    return request.FILES["file"]


def test_temporary_files_of_libraries_are_swept_when_they_are_old(spool_dir):
    with new_spool_file(), new_spool_file("openpyxl."):
        (spool_dir / "openpyxl.x").touch()
        aged(spool_dir)
        assert sweep_spool() == 0
        for path in spool_dir.iterdir():
            os.utime(path, (0, 0))
        assert sweep_spool() == 1
        assert len(list(spool_dir.iterdir())) == 2


def test_files_of_a_killed_process_are_swept(spool_dir):
    process = subprocess.Popen(
        [sys.executable, "-c", USES_THE_SPOOL, spool_dir], cwd=FILES.parents[1], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        names = aged(spool_dir)
        assert [name.rpartition("-")[0] for name in names] == ["atlas-spool", "source"]
        assert sweep_spool() == 0
        assert aged(spool_dir) == names
    finally:
        process.kill()
        process.communicate()

    assert sweep_spool() == 2
    assert list(spool_dir.iterdir()) == []


def test_files_in_use_and_young_and_foreign_files_are_not_swept(spool_dir):
    with received(stream(), "x.csv") as source, Spool(spool_dir):
        (spool_dir / "notes.txt").write_text("mine")
        (spool_dir / "source-folder").mkdir()
        (spool_dir / "source-link").symlink_to(source.path)
        aged(spool_dir)
        (spool_dir / "source-young").write_text("not locked yet")

        assert sweep_spool() == 0
        assert source.path.read_bytes() == BYTES

    assert sorted(path.name for path in spool_dir.iterdir()) == [
        "notes.txt", "source-folder", "source-link", "source-young",
    ]  # fmt: skip


def test_no_spool_is_nothing_to_sweep(spool_dir):
    assert sweep_spool() == 0


class Endless(io.RawIOBase):
    """A stream that does not know its size; counts what was taken of it."""

    taken = 0

    def read(self, size=-1):
        self.taken += size
        return b"x" * size


def test_a_stream_over_the_limit_is_refused_at_the_limit(spool_dir):
    endless = Endless()

    with pytest.raises(FileTooLarge, match="The limit is 3 MB"), received(endless, "x.csv", limit=3_000_000):
        pass

    assert endless.taken < 5_000_000
    assert list(spool_dir.iterdir()) == []


def test_an_upload_over_the_limit_is_refused_unread(spool_dir):
    upload = SimpleUploadedFile("x.csv", BYTES)
    upload.size = 10**12

    with pytest.raises(FileTooLarge) as refused, received(upload, limit=10**9):
        pass

    assert refused.value.details == {"limit_bytes": 10**9, "reason": "file_too_large", "params": {"limit_mb": 1000}}
    assert not spool_dir.exists()


def test_an_upload_of_just_the_limit_is_taken(spool_dir):
    with received(stream(), "x.csv", limit=len(BYTES)) as source:
        assert source.size == len(BYTES)


def test_a_file_of_this_machine_is_copied(spool_dir):
    path = FILES / "csv" / "plain.csv"

    with from_disk(path) as source:
        assert source.path != path
        assert source.path.read_bytes() == path.read_bytes()
        assert (source.name, source.source_path) == ("plain.csv", str(path))


@pytest.mark.parametrize(
    ("given_name", "name"),
    [
        ("a/b/c.csv", "c.csv"),
        ("C:\\data\\c.csv", "c.csv"),
        ("a\nb\x00.csv", "a_b_.csv"),
        ("../..", ".."),
        ("", "unnamed"),
    ],
)
def test_names_lose_folders_and_control_characters(given_name, name):
    assert plain_name(given_name) == name


def test_a_file_is_kept_under_the_address_of_its_content(spool_dir, sources_storage):
    with received(stream(), "x.csv") as source:
        address = kept_files.keep(source)
        assert kept_files.keep(source) == address

    assert address == f"{SHA256[:2]}/{SHA256}"
    assert [path.relative_to(sources_storage) for path in sources_storage.rglob("*/*")] == [Path(address)]


def test_a_kept_file_comes_back(spool_dir, sources_storage):
    with received(stream(), "x.csv") as source:
        kept_files.keep(source)

    with kept_files.fetched(SHA256, "x.csv", source_path="bucket/x.csv") as again:
        assert again.path.read_bytes() == BYTES
        assert (again.name, again.sha256, again.source_path) == ("x.csv", SHA256, "bucket/x.csv")
    assert list(spool_dir.iterdir()) == []


def test_half_a_kept_file_is_replaced(spool_dir, sources_storage):
    half = sources_storage / kept_files.address_of(SHA256)
    half.parent.mkdir(parents=True)
    half.write_bytes(BYTES[:10])

    with received(stream(), "x.csv") as source:
        kept_files.keep(source)

    assert half.read_bytes() == BYTES


def test_a_kept_file_of_the_same_size_with_other_content_is_replaced(spool_dir, sources_storage):
    with received(stream(), "x.csv") as source:
        path = sources_storage / kept_files.keep(source)
        path.write_bytes(BYTES[::-1])
        kept_files.keep(source)

    assert path.read_bytes() == BYTES


def test_a_kept_file_is_on_the_disk_before_it_has_its_name(spool_dir, sources_storage, monkeypatch):
    """The bytes first, then the name, then the folder that holds the name, and the folder above that is new."""
    steps = []

    def step(name, function, describe):
        monkeypatch.setattr(
            os, name, lambda *arguments: (steps.append((name, describe(*arguments))), function(*arguments))[1]
        )

    step("fsync", os.fsync, lambda file: os.readlink(f"/proc/self/fd/{file}").partition(".unfinished-")[0])
    step("replace", os.replace, lambda old, new: str(new))
    with received(stream(), "x.csv") as source:
        path = sources_storage / kept_files.keep(source)

    folder = path.parent
    assert steps[-4:] == [
        ("fsync", str(folder.parent)), ("fsync", f"{folder}/"), ("replace", str(path)), ("fsync", str(folder)),
    ]  # fmt: skip


def test_the_same_content_kept_by_many_at_once_is_kept_whole(tmp_path, sources_storage, settings):
    """Each of them finds nothing, or what another is only half through writing."""
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    content = random.Random(1).randbytes(4 << 20)

    def keep_it(number):
        try:
            with received(io.BytesIO(content), f"{number}.csv") as source:
                return kept_files.keep(source)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        (address,) = set(pool.map(keep_it, range(8)))

    stored = [path for path in sources_storage.rglob("*/*") if path.is_file()]
    assert stored == [sources_storage / address]
    assert stored[0].read_bytes() == content


def test_a_kept_file_that_was_changed_is_not_given_out(spool_dir, sources_storage):
    with received(stream(), "x.csv") as source:
        kept_files.keep(source)
    (sources_storage / kept_files.address_of(SHA256)).write_bytes(b"something else")

    with pytest.raises(SourceUnavailable, match="damaged"), kept_files.fetched(SHA256, "x.csv"):
        pass


def test_what_is_not_kept_is_unavailable(spool_dir, sources_storage):
    assert not kept_files.is_kept(SHA256)
    with pytest.raises(SourceUnavailable, match="no longer stored"), kept_files.fetched(SHA256, "x.csv"):
        pass


def test_a_forgotten_file_is_gone(spool_dir, sources_storage):
    with received(stream(), "x.csv") as source:
        kept_files.keep(source)
    kept_files.delete_kept_file(SHA256)
    kept_files.delete_kept_file(SHA256)

    assert not kept_files.is_kept(SHA256)
    assert not storages["sources"].exists(kept_files.address_of(SHA256))


def lines_of(source):
    return source.path.read_text(encoding="utf-8").splitlines()


def test_records_of_a_body_are_kept_as_written(spool_dir):
    body = (
        b'{"mapping": {"table_name": "t"}, "records": [{"a": 1.50, "b": 12345678901234567890123},\n {"a":\r\n1e3}, 5]}'
    )

    with from_body(body) as (source, asked):
        assert lines_of(source) == ['{"a": 1.50, "b": 12345678901234567890123}', '{"a":  1e3}', "5"]
        assert asked == {"mapping": {"table_name": "t"}}
        assert (source.name, source.source_type) == ("records.ndjson", SourceType.API_DIRECT)


def test_a_body_needs_no_mapping(spool_dir):
    with from_body('\ufeff {"records": [{"é": "\\n"}] }'.encode()) as (source, asked):
        assert (lines_of(source), asked) == (['{"é": "\\n"}'], {})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "line 1: expected"),
        (b"[1]", "expected"),
        (b'{"mapping": {}}', 'no "records"'),
        (b'{"records": []}', "empty"),
        (b'{"records": {}}', "expected"),
        (b'{"records": [{"a":1}], "mapping": 5}', "must be a JSON object"),
        (b'{"records": [{"a":1}', "expected"),
        (b'{"records": [{"a":}]}', "line 1: expected a value"),
        (b'{"records": [{"a":1}]} x', "unexpected content"),
        (b'{"records": [{"a":1},]}', "expected a value"),
        (b'{"records": [{"a":1}],}', "expected a key"),
        (b'{"a":1 "b":2}', "expected"),
        (b"{5: 1}", "expected a key"),
        (b'{"records": [{"a":1}], "records": [{"a":2}]}', 'line 1: duplicate key "records"'),
        (b'{"mapping": {}, "records": [{"a":1}],\n"mapping": {}}', 'line 2: duplicate key "mapping"'),
        (b'{"mapping": {"on_error": "abort", "on_error": "null"}, "records": [1]}', 'duplicate key in "mapping"'),
        (b'{"mapping": {"rules": {"a": 1, "a": 2}}, "records": [1]}', 'duplicate key in "mapping"'),
        (b'{"records": [{"a":"\xff"}]}', "not valid UTF-8"),
        (b'{"records": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"records": [1], "mapping": {"a": ' + b"9" * 10_000 + b"}}", "too many digits"),
    ],
)
def test_a_malformed_body_is_a_bad_request(spool_dir, body, words):
    with pytest.raises(BadRequest, match=words), from_body(body):
        pass


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"mapping": {}}', {"code": "no_records_key", "params": {}}),
        (b'{"records": []}', {"code": "no_records_sent", "params": {}}),
        (b'{"records": [1], "mapping": 5}', {"code": "mapping_not_an_object", "params": {}}),
        (b'{"records": ["\xff"]}', {"code": "body_not_utf_8", "params": {"byte": 14}}),
        (b'{"a": 1,\n"a": 2}', {"code": "body_key_twice", "params": {"line": 2, "key": "a"}}),
        (b'{"\\ud800": 1, "\\ud800": 2}', {"code": "body_key_twice", "params": {"line": 1, "key": "\\ud800"}}),
        (b'{"a": {"b": 1, "b": 2}}', {"code": "key_twice_in_value", "params": {"line": 1, "key": "a"}}),
        (b'{"records": [1]}\n\nx', {"code": "body_goes_on", "params": {"line": 3}}),
        (b'{"records": [1], "mapping": ' + b"9" * 10_000 + b"}", {"code": "body_number_too_long", "params": {}}),
    ],
)
def test_what_is_wrong_with_a_body_has_a_code(spool_dir, body, message):
    with pytest.raises(BadRequest) as refused, from_body(body):
        pass

    assert refused.value.message.as_json() == message
    assert refused.value.details == {"reason": message["code"], "params": message["params"]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"é": 1, "é": 2}', 'line 1: duplicate key "\\u00e9".'),
        ('{"a\\"b": {"k": 1, "k": 2}}', 'line 1: duplicate key in "a\\"b".'),
        ('{"records": []} 1', "line 1: unexpected content after the object."),
    ],
)
def test_the_line_and_the_key_of_a_body_are_reported_as_json_writes_them(spool_dir, body, said):
    with pytest.raises(BadRequest) as refused, from_body(body.encode()):
        pass

    assert str(refused.value) == f"Invalid JSON in the request body, {said}"


def test_the_fault_of_a_body_is_a_message_with_a_code(spool_dir):
    with pytest.raises(BadRequest) as refused, from_body(b'{"records": [1,]}'):
        pass

    params = refused.value.details["params"]
    assert refused.value.details["reason"] == "body_not_json"
    assert (params["line"], params["fault"]["code"]) == (1, "json_fault_and_next")
    assert params["fault"]["params"]["fault"]["code"] == "json_value_expected"


def test_a_body_over_the_limit_is_refused(spool_dir):
    with pytest.raises(FileTooLarge), from_body(b'{"records": [{"a": 1}, {"a": 2}]}', limit=10):
        pass


def test_python_records_are_exact(spool_dir):
    records = [
        {"d": Decimal("1.50"), "day": date(2024, 1, 5), "at": datetime(2024, 1, 5, 10), "n": None},
        {"t": "é\n\ud800", "l": [1, Decimal("2.0")], "o": {"k": True}, "inf": Decimal("Infinity"), "f": 0.1},
    ]

    with from_records(records) as source:
        assert lines_of(source) == [
            '{"d":1.50,"day":"2024-01-05","at":"2024-01-05T10:00:00","n":null}',
            '{"t":"\\u00e9\\n\\ud800","l":[1,2.0],"o":{"k":true},"inf":"Infinity","f":0.1}',
        ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@hypothesis_settings(max_examples=100, deadline=None)
@given(records=st.lists(JSON, min_size=1, max_size=5), indent=st.sampled_from([None, 1]), ascii=st.booleans())
def test_any_records_come_through(records, indent, ascii):
    body = json.dumps({"records": records, "mapping": {}}, indent=indent, ensure_ascii=ascii)

    with from_body(body.encode("utf-8", "surrogatepass") if ascii else body.encode("utf-8", "replace")) as (source, _):
        lines = source.path.read_bytes().decode().split("\n")

    assert [json.loads(line) for line in lines[:-1]] == records
