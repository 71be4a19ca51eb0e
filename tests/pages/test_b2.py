"""The bucket in the pages: looking through it, and taking an object of it."""

import pytest

from imports.jobs.worker import run_queued
from imports.models import Analysis, ImportHistory
from imports.pages import bucket
from tests import b2_standin
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, table_rows, words
from tests.pages.test_upload import form_of

BUCKET = b2_standin.BUCKET


@pytest.fixture
def full_bucket(b2):
    for name in ("2024/may.csv", "2024/june & july.csv", "2024/deep/x.csv", "people.csv"):
        b2.put(name, PEOPLE.encode())
    return b2


def names(answer):
    return [row[0] for row in table_rows(answer)]


@pytest.fixture
def no_bucket(settings):
    settings.B2_BUCKET = ""


def next_of(answer):
    found = [address for address in links(answer) if address.startswith("?after=")]
    return f"/ui/upload/b2{found[0]}" if found else None


def take(client, name, query=""):
    return client.post(f"/ui/upload/b2{query}", {"file_name": name})


def test_the_upload_page_leads_to_the_bucket(b2, imogen):
    shown = imogen.get("/ui/upload")

    assert f"Or take an object of the bucket {BUCKET}" in words(shown)
    assert 'action="/ui/upload/b2"' in shown.content.decode()


def test_without_a_bucket_the_upload_page_tells_of_none(no_bucket, imogen):
    assert "bucket" not in imogen.get("/ui/upload").content.decode()


def test_without_a_bucket_its_page_says_what_to_set(no_bucket, imogen):
    for answer in (imogen.get("/ui/upload/b2"), take(imogen, "people.csv")):
        assert answer.status_code == 404
        assert "Backblaze B2 is not configured. Set B2_KEY_ID, B2_KEY and B2_BUCKET" in words(answer)
        assert "or upload the file" in words(answer)


def test_the_bucket_shows_folders_and_objects_with_size_and_time(full_bucket, imogen):
    shown = imogen.get("/ui/upload/b2")

    assert table_rows(shown) == [
        ["2024/", "folder", "", ""],
        ["people.csv", "64 bytes", "Nov 14, 2023, 22:17 UTC", "Look inside"],
    ]
    assert "?prefix=2024%2F" in links(shown)


def test_a_folder_shows_what_is_in_it_and_the_way_back(full_bucket, imogen):
    shown = imogen.get("/ui/upload/b2", {"prefix": "2024/deep/"})

    assert names(shown) == ["x.csv"]
    assert {"/ui/upload/b2", "?prefix=2024%2F"} <= set(links(shown))
    assert names(imogen.get("/ui/upload/b2?prefix=2024/")) == ["deep/", "june & july.csv", "may.csv"]


def test_the_beginning_of_a_name_finds_it(full_bucket, imogen):
    assert names(imogen.get("/ui/upload/b2", {"prefix": "2024/j"})) == ["june & july.csv"]
    assert "No object has a name that begins with “2024/x”" in words(imogen.get("/ui/upload/b2", {"prefix": "2024/x"}))


def test_an_empty_bucket_says_so(b2, imogen):
    assert "The bucket has no objects." in words(imogen.get("/ui/upload/b2"))


def test_a_long_listing_is_cut_into_pages(b2, imogen, monkeypatch):
    monkeypatch.setattr(bucket, "PER_PAGE", 2)
    b2.put_many(["a&b/1.csv", "c.csv", "d?.csv", "e.csv", "f.csv"])

    first = imogen.get("/ui/upload/b2")
    second = imogen.get(next_of(first))
    third = imogen.get(next_of(second))

    assert [names(shown) for shown in (first, second, third)] == [["a&b/", "c.csv"], ["d?.csv", "e.csv"], ["f.csv"]]
    assert "By name, after “c.csv”" in words(second)
    assert next_of(third) is None


def test_a_picked_object_is_looked_into_and_imported_as_an_upload(full_bucket, imogen):
    picked = take(imogen, "people.csv")

    looked = imogen.get(picked["Location"])
    assert "3 records in 3 columns. Nothing is imported yet." in words(looked)
    assert f"From {BUCKET}/people.csv" in words(looked)
    assert not ImportHistory.objects.exists()
    done = imogen.post(picked["Location"], form_of(imogen, picked["Location"]))
    record = ImportHistory.objects.get()
    assert done["Location"] == f"/ui/imports/{record.pk}"
    assert (record.source_type, record.source_path) == ("b2_storage", f"{BUCKET}/people.csv")


def test_a_second_look_keeps_where_the_object_came_from(full_bucket, imogen):
    picked = take(imogen, "people.csv")

    again = imogen.post(f"{picked['Location']}/read-again", {"delimiter": ";"})

    assert again["Location"] != picked["Location"]
    origins = Analysis.objects.values_list("source_type", "source_path", "origin__file_name")
    assert set(origins) == {("b2_storage", f"{BUCKET}/people.csv", "people.csv")}


def test_an_object_that_is_gone_is_said_where_it_was_picked(full_bucket, imogen):
    answer = take(imogen, "2024/august.csv", "?prefix=2024/")

    assert answer.status_code == 404
    assert f"File “2024/august.csv” not found in bucket “{BUCKET}”" in words(answer)
    assert names(answer) == ["deep/", "june & july.csv", "may.csv"]


def test_an_object_that_cannot_be_read_is_said(b2, imogen):
    b2.put("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100))

    answer = take(imogen, "picture.csv")

    assert answer.status_code == 422
    assert "This object cannot be taken." in words(answer)
    assert not Analysis.objects.exists()


def test_trouble_with_the_bucket_is_a_page_that_says_it(b2, imogen, settings):
    settings.B2_KEY = "wrong-key"

    answer = imogen.get("/ui/upload/b2")

    assert answer.status_code == 502
    assert "Backblaze B2 rejected the application key." in words(answer)
    assert "A file that you have yourself can be uploaded meanwhile." in words(answer)
    assert "wrong-key" not in answer.content.decode()


def test_who_may_not_import_does_not_see_the_bucket(full_bucket, signed_in):
    assert signed_in("audrey").get("/ui/upload/b2").status_code == 403
    assert take(signed_in("norman"), "people.csv").status_code == 403


def test_a_large_object_can_be_left_to_a_worker_unseen(full_bucket, imogen, settings):
    assert "Import unseen" not in words(imogen.get("/ui/upload/b2"))
    settings.ATLAS_BACKGROUND_BYTES = 64
    assert table_rows(imogen.get("/ui/upload/b2"))[1][3] == "Import unseen Look inside"

    answer = imogen.post("/ui/upload/b2", {"unseen": "people.csv"})

    record = ImportHistory.objects.get()
    assert answer["Location"] == f"/ui/imports/{record.pk}"
    assert (record.status, record.table_name, record.source_path) == ("in_progress", "people", f"{BUCKET}/people.csv")
    assert full_bucket.ranges == []
    run_queued(record.task_id, lambda: False)
    assert "Where the 3 records went" in words(imogen.get(answer["Location"]))


def test_an_unseen_object_that_is_gone_is_said(full_bucket, imogen):
    answer = imogen.post("/ui/upload/b2", {"unseen": "nothing.csv"})

    assert (answer.status_code, ImportHistory.objects.count()) == (404, 0)
    assert "File “nothing.csv” not found" in words(answer)
