"""The page of the bucket: list its files, preview and import them."""

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


def names(response):
    return [row[0] for row in table_rows(response)]


@pytest.fixture
def no_bucket(settings):
    settings.B2_BUCKET = ""


def next_of(response):
    found = [address for address in links(response) if address.startswith("?after=")]
    return f"/ui/upload/b2{found[0]}" if found else None


def take(client, name, query=""):
    return client.post(f"/ui/upload/b2{query}", {"file_name": name})


def test_the_upload_page_links_to_the_bucket(b2, imogen):
    shown = imogen.get("/ui/upload")

    assert f"Or import from bucket {BUCKET}" in words(shown)
    assert 'action="/ui/upload/b2"' in shown.content.decode()


def test_without_a_bucket_the_upload_page_mentions_none(no_bucket, imogen):
    assert "bucket" not in imogen.get("/ui/upload").content.decode()


def test_without_a_bucket_its_page_names_the_settings(no_bucket, imogen):
    for response in (imogen.get("/ui/upload/b2"), take(imogen, "people.csv")):
        assert response.status_code == 404
        assert "Backblaze B2 is not configured. Set B2_KEY_ID, B2_KEY and B2_BUCKET" in words(response)
        assert "or upload the file" in words(response)


def test_the_bucket_lists_folders_and_files_with_size_and_date(full_bucket, imogen):
    shown = imogen.get("/ui/upload/b2")

    assert table_rows(shown) == [
        ["2024/", "folder", "", ""],
        ["people.csv", "64 bytes", "Nov 14, 2023, 22:17 UTC", "Preview"],
    ]
    assert "?prefix=2024%2F" in links(shown)


def test_a_folder_lists_its_files_and_links_to_its_parents(full_bucket, imogen):
    shown = imogen.get("/ui/upload/b2", {"prefix": "2024/deep/"})

    assert names(shown) == ["x.csv"]
    assert {"/ui/upload/b2", "?prefix=2024%2F"} <= set(links(shown))
    assert names(imogen.get("/ui/upload/b2?prefix=2024/")) == ["deep/", "june & july.csv", "may.csv"]


def test_files_are_found_by_the_start_of_their_name(full_bucket, imogen):
    assert names(imogen.get("/ui/upload/b2", {"prefix": "2024/j"})) == ["june & july.csv"]
    assert "No files start with “2024/x” (case-sensitive)." in words(imogen.get("/ui/upload/b2", {"prefix": "2024/x"}))


def test_an_empty_bucket_shows_a_message(b2, imogen):
    assert "This bucket is empty." in words(imogen.get("/ui/upload/b2"))


def test_a_long_list_of_files_has_pages(b2, imogen, monkeypatch):
    monkeypatch.setattr(bucket, "PER_PAGE", 2)
    b2.put_many(["a&b/1.csv", "c.csv", "d?.csv", "e.csv", "f.csv"])

    first = imogen.get("/ui/upload/b2")
    second = imogen.get(next_of(first))
    third = imogen.get(next_of(second))

    assert [names(shown) for shown in (first, second, third)] == [["a&b/", "c.csv"], ["d?.csv", "e.csv"], ["f.csv"]]
    assert "Sorted by name, after “c.csv”" in words(second)
    assert next_of(third) is None


def test_a_chosen_file_is_previewed_and_imported_like_an_upload(full_bucket, imogen):
    picked = take(imogen, "people.csv")

    looked = imogen.get(picked["Location"])
    assert "3 rows, 3 columns. Not imported yet." in words(looked)
    assert f"Path {BUCKET}/people.csv" in words(looked)
    assert not ImportHistory.objects.exists()
    done = imogen.post(picked["Location"], form_of(imogen, picked["Location"]))
    record = ImportHistory.objects.get()
    assert done["Location"] == f"/ui/imports/{record.pk}"
    assert (record.source_type, record.source_path) == ("b2_storage", f"{BUCKET}/people.csv")


def test_a_refreshed_preview_keeps_the_path_in_the_bucket(full_bucket, imogen):
    picked = take(imogen, "people.csv")

    again = imogen.post(f"{picked['Location']}/read-again", {"delimiter": ";"})

    assert again["Location"] != picked["Location"]
    origins = Analysis.objects.values_list("source_type", "source_path", "origin__file_name")
    assert set(origins) == {("b2_storage", f"{BUCKET}/people.csv", "people.csv")}


def test_a_deleted_file_is_reported_in_its_folder(full_bucket, imogen):
    response = take(imogen, "2024/august.csv", "?prefix=2024/")

    assert response.status_code == 404
    assert f"File “2024/august.csv” not found in bucket “{BUCKET}”" in words(response)
    assert names(response) == ["deep/", "june & july.csv", "may.csv"]


def test_an_unreadable_file_is_reported(b2, imogen):
    b2.put("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(100))

    response = take(imogen, "picture.csv")

    assert response.status_code == 422
    assert "This file can't be imported." in words(response)
    assert not Analysis.objects.exists()


def test_an_error_of_the_bucket_is_shown_as_a_page(b2, imogen, settings):
    settings.B2_KEY = "wrong-key"

    response = imogen.get("/ui/upload/b2")

    assert response.status_code == 502
    assert "Backblaze B2 rejected the application key." in words(response)
    assert "You can upload the file from your computer instead." in words(response)
    assert "wrong-key" not in response.content.decode()


def test_the_bucket_requires_the_permission_to_import(full_bucket, signed_in):
    assert signed_in("audrey").get("/ui/upload/b2").status_code == 403
    assert take(signed_in("norman"), "people.csv").status_code == 403


def test_a_large_file_can_be_imported_without_preview(full_bucket, imogen, settings):
    assert "Import without preview" not in words(imogen.get("/ui/upload/b2"))
    settings.ATLAS_BACKGROUND_BYTES = 64
    assert table_rows(imogen.get("/ui/upload/b2"))[1][3] == "Import without preview Preview"

    response = imogen.post("/ui/upload/b2", {"import_without_preview": "people.csv"})

    record = ImportHistory.objects.get()
    assert response["Location"] == f"/ui/imports/{record.pk}"
    assert (record.status, record.table_name, record.source_path) == ("in_progress", "people", f"{BUCKET}/people.csv")
    assert full_bucket.ranges == []
    run_queued(record.task_id, lambda: False)
    assert "Result: 3 rows" in words(imogen.get(response["Location"]))


def test_a_deleted_file_is_not_imported_without_preview(full_bucket, imogen):
    response = imogen.post("/ui/upload/b2", {"import_without_preview": "nothing.csv"})

    assert (response.status_code, ImportHistory.objects.count()) == (404, 0)
    assert "File “nothing.csv” not found" in words(response)
