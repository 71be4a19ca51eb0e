"""Objects of Backblaze B2, by the real b2sdk out of a stand-in in another process."""

import hashlib
import logging
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from itertools import chain

import pytest

from core.errors import FileTooLarge
from imports.errors import (
    ImportCancelled,
    NotConfigured,
    SourceChanged,
    SourceRefused,
    SourceUnavailable,
    SourceUnreachable,
)
from imports.jobs.progress import cancelled_by
from imports.sources import SourceType, b2_client
from imports.sources.b2 import B2Object, Entry, downloaded, find, is_configured, listed
from tests import b2_standin
from tests.imports.reading import FILES

PROJECT = FILES.parents[1]
BUCKET = b2_standin.BUCKET
CONTENT = random.Random(6).randbytes(3_000_000)
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def spool_dir(settings, tmp_path):
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    settings.ATLAS_SPOOL_DIR.mkdir()
    return settings.ATLAS_SPOOL_DIR


@pytest.fixture
def object_found(b2, spool_dir):
    b2.put("2025/May & June.csv", CONTENT)
    return find("2025/May & June.csv")


def taken(found, **more):
    """The SHA-256 of what arrives."""
    with downloaded(found, **more) as source:
        assert hashlib.sha256(source.path.read_bytes()).hexdigest() == source.sha256
        return source.sha256


def left_behind(spool_dir):
    return list(spool_dir.iterdir())


def test_an_object_is_found_by_its_whole_name(b2):
    put = b2.put("2025/May & June.csv", b"a\n1\n")
    b2.put("2025/May & June.csv.old", b"")

    assert find("2025/May & June.csv") == B2Object(BUCKET, "2025/May & June.csv", put["file_id"], 4)


def test_the_newest_version_is_found(b2):
    b2.put("x.csv", b"a\n1\n")
    newest = b2.put("x.csv", b"a\n12\n")

    assert find("x.csv") == B2Object(BUCKET, "x.csv", newest["file_id"], 5)


@pytest.mark.parametrize("name", ["nothing.csv", "folder", "folder/", "FOLDER/x.csv", "folder/x.csv/../x.csv"])
def test_a_missing_file_is_named(b2, name):
    b2.put("folder/x.csv", b"a\n1\n")

    with pytest.raises(SourceUnavailable, match="^File “.*” not found") as missing:
        find(name)
    assert f"“{name}”" in str(missing.value)
    assert BUCKET in str(missing.value)
    assert missing.value.details == {"reason": "no_such_object", "params": {"name": name, "bucket": BUCKET}}


def test_a_download_is_a_source_that_knows_where_it_came_from(object_found, spool_dir):
    with downloaded(object_found) as source:
        assert source.path.read_bytes() == CONTENT
        assert (source.name, source.size, source.sha256) == ("May & June.csv", 3_000_000, SHA256)
        assert (source.source_type, source.source_path) == (SourceType.B2_STORAGE, f"{BUCKET}/2025/May & June.csv")
        assert source.origin == {
            "bucket": BUCKET, "file_name": "2025/May & June.csv", "file_id": object_found.file_id,
        }  # fmt: skip
    assert left_behind(spool_dir) == []


def test_an_empty_object_arrives_empty(b2, spool_dir):
    b2.put("empty.csv", b"")

    assert taken(find("empty.csv")) == hashlib.sha256(b"").hexdigest()


def test_a_large_object_that_has_no_sha1_is_taken(b2, spool_dir):
    b2.put("large.csv", CONTENT, sha1="none")

    assert taken(find("large.csv")) == SHA256


def test_an_object_over_the_limit_is_refused_before_a_byte_travels(b2, object_found):
    with pytest.raises(FileTooLarge) as refused:
        taken(object_found, limit=2_999_999)

    assert refused.value.details == {
        "limit_bytes": 2_999_999, "reason": "file_too_large", "params": {"limit_mb": 2.999999}
    }  # fmt: skip
    assert b2.ranges == []


def test_progress_is_reported_in_bytes(object_found):
    told = []
    taken(object_found, limit=3_000_000, received=told.append)

    assert told == [1 << 20, 2 << 20, 3_000_000]


def test_a_download_is_stopped_by_who_follows_it(b2, object_found, spool_dir):
    def stop(taken):
        raise cancelled_by("ada")

    with pytest.raises(ImportCancelled):
        taken(object_found, received=stop)

    assert len(b2.ranges) == 1
    assert left_behind(spool_dir) == []


def test_a_download_that_is_cut_goes_on_where_it_broke(b2, object_found):
    b2.problem(at=1_500_000, cuts=1)

    assert taken(object_found) == SHA256
    assert b2.ranges == ["bytes=0-2999999", "bytes=1500000-2999999"]


def test_a_download_that_is_cut_four_times_at_one_place_comes_through(b2, object_found):
    b2.problem(at=1 << 20, cuts=4)

    assert taken(object_found) == SHA256
    assert b2.ranges == ["bytes=0-2999999", *["bytes=1048576-2999999"] * 4]


def test_a_download_that_is_always_cut_at_one_place_is_given_up(b2, object_found, spool_dir):
    b2.problem(at=1 << 20, cuts=-1)

    with pytest.raises(SourceUnreachable) as broken:
        taken(object_found)

    assert str(broken.value).startswith(
        f"The download of “2025/May & June.csv” from bucket “{BUCKET}” stopped at 1,048,576 of 3,000,000 bytes, "
        "and 4 more attempts failed. Nothing was imported."
    )
    assert broken.value.details == {
        "reason": "download_broke_off",
        "params": {
            "name": "2025/May & June.csv", "bucket": BUCKET, "received_bytes": 1_048_576, "size_bytes": 3_000_000,
            "attempts": 4,
        },
    }  # fmt: skip
    assert len(b2.ranges) == 5
    assert left_behind(spool_dir) == []


def test_bytes_that_are_not_those_of_the_sha1_are_refused(b2, spool_dir):
    b2.put("x.csv", CONTENT, sha1="0" * 40)

    with pytest.raises(SourceChanged, match="does not match the size or SHA-1"):
        taken(find("x.csv"))
    assert left_behind(spool_dir) == []


@pytest.mark.parametrize("happens", ["delete", "replace"])
@pytest.mark.parametrize("cuts", [0, 1])
def test_an_object_that_goes_while_it_is_downloaded_is_refused(b2, object_found, spool_dir, happens, cuts):
    b2.problem(at=1 << 20, cuts=cuts, then=happens)

    with pytest.raises(SourceChanged, match="^File “2025/May & June.csv” .* was replaced or deleted"):
        taken(object_found)
    assert left_behind(spool_dir) == []


def test_an_object_that_gets_a_new_version_while_it_is_downloaded_is_refused(b2, object_found):
    b2.problem(at=1 << 20, then="new version")

    with pytest.raises(SourceChanged, match="was replaced or deleted"):
        taken(object_found)


def test_an_object_that_is_gone_before_the_download_is_refused(b2, object_found):
    b2.delete(object_found.name)

    with pytest.raises(SourceChanged, match="was replaced or deleted"):
        taken(object_found)


def test_a_slow_download_comes_through(b2, object_found):
    b2.problem(pause=0.005)

    assert taken(object_found) == SHA256


def secrets_in(text):
    return [secret for secret in (b2_standin.KEY, "wrong-key", "token-of-tests") if secret in text]


def test_a_wrong_key_is_reported_without_it(b2, settings, caplog):
    caplog.set_level(logging.DEBUG)
    settings.B2_KEY = "wrong-key"

    with pytest.raises(SourceRefused, match="rejected the application key. Check B2_KEY_ID and B2_KEY") as no:
        find("x.csv")
    assert secrets_in(f"{no.value} {no.value.details} {caplog.text}") == []


def test_the_key_is_in_no_log_however_much_is_logged(b2, spool_dir, caplog):
    caplog.set_level(logging.DEBUG)
    b2.put("x.csv", CONTENT)

    assert taken(find("x.csv")) == SHA256
    assert "b2sdk" in caplog.text
    assert secrets_in(caplog.text) == []


@pytest.mark.parametrize("right", ["listFiles", "listBuckets"])
def test_a_key_that_may_not_list_is_reported_with_what_it_needs(b2, right):
    b2.problem(rights=[one for one in b2_standin.RIGHTS if one != right])

    with pytest.raises(SourceRefused, match="no permission for this in bucket “bucket-of-tests”. It needs listBuckets"):
        find("x.csv")


def test_a_key_that_may_not_read_is_reported_with_what_it_needs(b2, object_found):
    b2.problem(rights=["listBuckets", "listFiles"])

    with pytest.raises(SourceRefused, match="It needs listBuckets, listFiles and readFiles"):
        taken(object_found)


def test_a_key_of_this_bucket_alone_is_enough(b2, spool_dir):
    b2.put("x.csv", CONTENT)
    b2.problem(bucket_of_key=BUCKET, rights=["listFiles", "readFiles"])

    assert taken(find("x.csv")) == SHA256


def test_a_key_of_another_bucket_is_refused(b2):
    b2.problem(bucket_of_key="another")

    with pytest.raises(SourceRefused, match="no permission"):
        find("x.csv")


def test_a_bucket_that_is_not_there_is_named(b2, settings):
    settings.B2_BUCKET = "nothing-here"

    with pytest.raises(
        SourceUnavailable, match="Bucket “nothing-here” not found in the account of the key. Check B2_BUCKET"
    ):
        find("x.csv")


def test_a_bucket_that_was_created_again_is_found_after_one_error(b2):
    put = b2.put("x.csv", b"a\n1\n")
    find("x.csv")
    b2.problem(bucket_id="b1b1b1")

    with pytest.raises(SourceUnavailable, match="not found in the account"):
        find("x.csv")
    assert find("x.csv").file_id == put["file_id"]


def test_a_network_that_is_down_is_reported(b2, settings, monkeypatch):
    monkeypatch.setattr(b2_client.Http, "ATTEMPTS", 1)
    settings.B2_REALM = "http://127.0.0.1:1"  # where no server listens

    with pytest.raises(SourceUnreachable, match="cannot be reached or does not respond. Try again"):
        find("x.csv")


def test_a_server_that_is_busy_is_asked_again(b2):
    put = b2.put("x.csv", b"a\n1\n")
    b2.problem(unavailable=1)

    assert find("x.csv").file_id == put["file_id"]


def test_an_address_that_is_no_b2_is_reported(b2, settings):
    settings.B2_REALM = f"{b2.url}/standin/calls?"  # answers with JSON of another kind

    with pytest.raises(SourceUnreachable, match="an invalid response"):
        find("x.csv")


def test_without_settings_nothing_is_asked(settings):
    settings.B2_BUCKET = ""

    assert not is_configured()
    for ask in (lambda: find("x.csv"), listed, lambda: downloaded(B2Object("b", "x", "4_z", 1))):
        with pytest.raises(NotConfigured, match="Set B2_KEY_ID, B2_KEY and B2_BUCKET"):
            ask()


# --- browsing ---


def names(listing):
    return [entry.name for entry in listing.entries]


@pytest.fixture
def full_bucket(b2):
    for name in ("2024/a.csv", "2024/b.csv", "2024/deep/c.csv", "2025/a.csv", "2025-notes.txt", "z.csv", "żółw.csv"):
        b2.put(name, b"a\n1\n")
    b2.put("2025/", b"")  # as some programs mark a folder
    return b2


def test_a_listing_has_folders_and_objects_by_name(full_bucket):
    listing = listed()

    assert names(listing) == ["2024/", "2025-notes.txt", "2025/", "z.csv", "żółw.csv"]
    assert listing.entries[0] == Entry("2024/")
    assert listing.entries[3] == Entry("z.csv", 4, datetime(2023, 11, 14, 22, 19, 20, tzinfo=UTC))
    assert [entry.is_folder for entry in listing.entries] == [True, False, True, False, False]
    assert listing.after is None


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("2024/", ["2024/a.csv", "2024/b.csv", "2024/deep/"]),
        ("2024", ["2024/"]),
        ("2025", ["2025-notes.txt", "2025/"]),
        ("2025/", ["2025/a.csv"]),
        ("2024/deep/c", ["2024/deep/c.csv"]),
        ("ż", ["żółw.csv"]),
        ("nothing", []),
    ],
)
def test_a_listing_begins_with_the_prefix(full_bucket, prefix, found):
    assert names(listed(prefix)) == found


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 6])
def test_pages_of_a_listing_have_every_name_once(full_bucket, limit):
    pages, after = [], ""
    while after is not None:
        listing = listed("", after, limit)
        pages.append(names(listing))
        after = listing.after

    assert sum(pages, []) == ["2024/", "2025-notes.txt", "2025/", "z.csv", "żółw.csv"]
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)


def test_a_large_folder_is_passed_over_and_not_read_through(b2):
    b2.put_many([*(f"large/{number}.csv" for number in range(2_500)), "z.csv"])

    assert names(listed()) == ["large/", "z.csv"]
    assert b2.calls.count("b2_list_file_names") == 2


# --- memory ---

#: In KB, of this program alone: getrusage would count what the process that started it had.
PEAK = """
def peak():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))

"""

DOWNLOADS = (
    PEAK
    + """
import sys
import django
django.setup()
import atlas.urls
assert "b2sdk" not in sys.modules, "the start of every process waits for it"
from imports.sources.b2 import downloaded, find
from imports.sources.kept_files import keep

with downloaded(find("small.csv")) as source:
    keep(source)
    before = peak()
with downloaded(find("large.csv")) as source:
    keep(source)
    print(source.size, source.sha256, before, peak())
"""
)


IMPORTS = (
    PEAK
    + """
import django
django.setup()
from audit.log import Actor
from imports.mapping import parse_mapping
from imports.jobs.worker_memory import release_memory_soon
from imports.loading.pipeline import run_import
from imports.sources.b2 import downloaded, find

release_memory_soon()
with downloaded(find("large.csv")) as source:
    done = run_import(source, parse_mapping({}), Actor("tester"))
    print(done.rows_inserted, source.sha256, peak())
"""
)


@pytest.fixture
def in_a_process(b2, database_url, tmp_path):
    """What a program prints that has the settings of a service of its own, cut at white space."""
    environment = {
        **os.environ, "DATABASE_URL": database_url, "ATLAS_DATA_DIR": str(tmp_path / "data"),
        "DJANGO_SETTINGS_MODULE": "atlas.settings", "B2_REALM": b2.url, "B2_BUCKET": BUCKET,
        "B2_KEY_ID": b2_standin.KEY_ID, "B2_KEY": b2_standin.KEY,
    }  # fmt: skip

    def run(code):
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=PROJECT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
        return done.stdout.split()

    return run


def large_file(path, blocks):
    """Writes the blocks; their SHA-256."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for block in blocks:
            digest.update(block)
            file.write(block)
    return digest.hexdigest()


def test_200_megabytes_go_through_little_memory(b2, in_a_process, tmp_path):
    large = tmp_path / "large.csv"
    expected = large_file(large, (b"%8d" % number + CONTENT[:999_992] for number in range(200)))
    b2.put("small.csv", CONTENT)
    b2.put("large.csv", large)

    size, sha256, before, peak = in_a_process(DOWNLOADS)

    assert (int(size), sha256) == (200_000_000, expected)
    assert int(peak) < 300_000  # KB
    assert int(peak) - int(before) < 20_000
    assert (tmp_path / "data" / "sources" / sha256[:2] / sha256).stat().st_size == 200_000_000


@pytest.mark.long
def test_200_megabytes_are_imported_in_bounded_memory(b2, in_a_process, tmp_path):
    large = tmp_path / "large.csv"
    row = "%d,Ada Lovelace,36.5,2024-01-05,London,a note of some length on this customer,%d,true,x,NW1\n"
    rows = (row % (number, number % 977) for number in range(2_400_000))
    expected = large_file(
        large, chain([b"id,name,age,day,city,note,code,good,mark,zip\n"], (one.encode() for one in rows))
    )
    assert large.stat().st_size > 200_000_000
    b2.put("large.csv", large)

    rows_inserted, sha256, peak = in_a_process(IMPORTS)

    assert (int(rows_inserted), sha256) == (2_400_000, expected)
    assert int(peak) < 300_000  # KB; 190 of them are the libraries
