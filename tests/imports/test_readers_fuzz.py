"""Whatever a file holds, it is refused in words or every record of it has a number and a fate.

Never another exception, never a hang. A short round runs always; for hours of it:

    FUZZ_MINUTES=240 ./test --long tests/imports/test_readers_fuzz.py

What falls over goes into KEPT with its seed. Where the whole process does, `now.txt` in pytest's directory of the
test (/tmp/pytest-of-…/pytest-current) says at which file.
"""

import io
import os
import random
import shutil
import signal
import time
import zipfile
from contextlib import contextmanager

import pytest
from django.conf import settings as site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import AtlasError, FileTooLarge, ServiceError
from imports.errors import InvalidMapping, UnreadableFile
from imports.models import KeptRecord
from tests.conftest import empty_database
from tests.importing import import_path, query
from tests.imports.reading import FILES, read_path

MINUTES = float(os.environ.get("FUZZ_MINUTES", "4"))
LONGEST = 5  # seconds of the processor that one little file may take
HANG = 120  # seconds by the clock, after which it is not going to end
REFUSALS = (UnreadableFile, FileTooLarge, InvalidMapping)
SOURCES = sorted(
    path.relative_to(FILES).as_posix()
    for path in FILES.rglob("*")
    if path.is_file() and not path.name.endswith(".expected.json") and path.stat().st_size < 100_000
)

#: (file, seed) of what once fell over.
KEPT = [
    ("archives/nested.zip", 858565899498),
    ("archives/changed.zip", 748856881049),
    ("archives/book.zip", 382902721761),
    ("excel/errors.ods", 395),
    ("corpus/excel/wide.xlsx", 885528563140),
]

CSV = [
    ",", ";", "\t", "|", '"', '""', "'", "\\", "\n", "\r", "\r\n", " ", "\0", "a", "1", "2.5", "é", "\ufeff", "total",
]  # fmt: skip
JSON = [
    "{", "}", "[", "]", ":", ",", '"', '"a"', '"b":', "1", "-", "1e5", "null", "true", "NaN", "\n", "\\u", "\\ud800",
]  # fmt: skip
MAGIC = [
    b"",
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\x1f\x8b\x08",
    b"BZh9",
    b"\x28\xb5\x2f\xfd",
    b"\xff\xfe",
]
XML = ["<", ">", "</", "/>", "<a>", "</a>", "<b x='1'>", "</b>", "&amp;", "&x;", "<![CDATA[", "]]>", "<!--", "-->",
       "<?xml version='1.0'?>", "<!DOCTYPE a>", " ", "x", "xmlns:n='u' n:"]  # fmt: skip


def made_of(fragments, ending):
    return st.tuples(st.lists(st.one_of(st.sampled_from(fragments), st.text(max_size=3)), max_size=40), st.just(ending))


TEXTS = st.one_of(
    made_of(CSV, "csv"),
    made_of(CSV, "txt"),
    made_of(JSON, "json"),
    made_of(JSON, "ndjson"),
    made_of(XML, "xml"),
)


class TookTooLong(BaseException):
    """No Exception, which a reader may take for damage of the file."""


@contextmanager
def in_time():
    def stop(signum, frame):
        raise TookTooLong(f"more than {HANG} s by the clock")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(HANG)
    begin = processor_seconds()
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    if (taken := processor_seconds() - begin) > LONGEST:
        raise TookTooLong(f"{taken:.1f} s of the processor")


def processor_seconds():
    """Of this process and of those that it started and that have ended."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def read_or_refused(path):
    """`read_path` checks that the records' numbers are gapless and that each problem is a record's."""
    with in_time():
        try:
            read_path(path)
        except REFUSALS as refusal:
            assert str(refusal)


def imported_or_refused(path):
    with in_time():
        try:
            found = import_path(path, table_name=path.name, duplicate_check={"force_import": True})
        except ServiceError:
            raise
        except AtlasError as refusal:
            assert str(refusal)
            return
    rows = query(
        f'SELECT count(*), count(DISTINCT _source_row_number) FROM "{found.table_name}" WHERE _import_id = %s', found.pk
    )
    kept = KeptRecord.objects.filter(import_record=found).count()
    assert rows == [(found.rows_inserted, found.rows_inserted)]
    assert found.total_rows_in_file == found.rows_inserted + kept


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=TEXTS, encoding=st.sampled_from(["utf-8", "utf-8", "utf-16", "utf-16-le", "cp1252", "utf-32"]))
def test_any_text_is_read_or_refused(tmp_path, made, encoding):
    pieces, ending = made
    path = tmp_path / f"any.{ending}"
    path.write_bytes("".join(pieces).encode(encoding, "replace"))

    read_or_refused(path)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=400),
    magic=st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b", b"\xff\xfe"]),
)
def test_any_bytes_are_read_or_refused(tmp_path, data, magic):
    path = tmp_path / "any.csv"
    path.write_bytes(magic + data)

    read_or_refused(path)


def damaged(data, chance):
    """The bytes with some of them changed, cut out, doubled or cut off; in a zip archive, also those inside."""
    if zipfile.is_zipfile(io.BytesIO(data)) and chance.random() < 0.7:
        return _damaged_inside(data, chance)
    data = bytearray(data)
    for _ in range(chance.choice([1, 1, 2, 5, 20])):
        at = chance.randrange(len(data) + 1)
        size = chance.choice([1, 1, 2, 7, 64])
        change = chance.randrange(5)
        if change == 0:
            data[at : at + size] = chance.randbytes(size)
        elif change == 1:
            data[at : at + size] = b""
        elif change == 2:
            data[at:at] = data[at : at + size] * chance.choice([1, 3, 200])
        elif change == 3:
            data[at:at] = chance.choice([b'"', b",", b"\n", b"\r", b"\0", b"<", b"{", b"]", b"\\", b"\xff", b"'", b"&"])
        elif chance.random() < 0.3:
            del data[at:]
    return bytes(data)


def _damaged_inside(data, chance):
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after:
        members = before.namelist()
        victim = chance.choice(members) if members else None
        for name in members:
            content = before.read(name)
            after.writestr(name, damaged(content, chance) if name == victim else content)
    return out.getvalue()


def damaged_file(folder, name, seed):
    chance = random.Random(f"{name} {seed}")
    source = FILES / name
    path = folder / source.name
    try:
        path.write_bytes(damaged(source.read_bytes(), chance))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):  # it was damaged before
        path.write_bytes(source.read_bytes())
    return path


@pytest.mark.parametrize(("name", "seed"), KEPT)
def test_what_once_fell_over(tmp_path, name, seed):
    read_or_refused(damaged_file(tmp_path, name, seed))


@pytest.mark.parametrize("name", SOURCES)
def test_damaged_files_are_read_or_refused(tmp_path, name):
    for seed in range(2):
        read_or_refused(damaged_file(tmp_path, name, seed))


@pytest.fixture
def fuzz_db(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield
        empty_database()
    shutil.rmtree(site.DATA_DIR / "sources", ignore_errors=True)


def test_damaged_files_are_imported_or_refused(tmp_path, fuzz_db):
    for name in SOURCES[::5]:
        imported_or_refused(damaged_file(tmp_path, name, 0))


@pytest.mark.long
def test_damaged_files_for_long(tmp_path, fuzz_db):
    """Prints what fell over, and goes on: (file, seed) for KEPT."""
    fallen, end = [], time.monotonic() + 60 * MINUTES
    seed = random.SystemRandom().randrange(2**40)
    while time.monotonic() < end:
        seed += 1
        name = SOURCES[seed % len(SOURCES)]
        (tmp_path / "now.txt").write_text(f"{name} {seed}")
        path = damaged_file(tmp_path, name, seed)
        try:
            read_or_refused(path)
            if seed % 10 == 0:
                imported_or_refused(path)
        except (Exception, TookTooLong) as error:
            fallen.append(((name, seed), repr(error)[:200]))
        if seed % 2000 == 0:
            empty_database()
    assert fallen == []
