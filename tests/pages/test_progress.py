"""Imports that a worker runs: progress and cancellation on the pages."""

import pytest
from playwright.sync_api import expect

from imports.jobs.worker import run_queued
from imports.models import ImportHistory, ImportTask
from tests.importing import columns_of, query
from tests.pages.browsing import faults_of, on_every_screen, sign_in
from tests.pages.conftest import MORE_PEOPLE, PEOPLE
from tests.pages.reading import links, table_rows, words
from tests.pages.test_upload import form_of
from tests.working import workers

ROWS = 100_000


@pytest.fixture
def task(settings, imogen, upload_of):
    """Queue an import by imogen: every file is large enough for a worker."""
    settings.ATLAS_BACKGROUND_BYTES = 1
    address = upload_of("imogen", "people.csv", PEOPLE)
    response = imogen.post(address, form_of(imogen, address))
    found = ImportTask.objects.get()
    assert response["Location"] == f"/ui/imports/{found.import_record_id}"
    return found


def page_of(task, part=""):
    return f"/ui/imports/{task.import_record_id}{part}"


def test_a_large_file_is_imported_by_a_worker(imogen, task):
    response = imogen.get(page_of(task))

    assert "Progress Cancel import 0 % 0 % Waiting: no worker is running." in words(response)
    assert page_of(task, "/cancel") in links(response)
    run_queued(task.pk, lambda: False)
    assert "Result: 3 rows" in words(imogen.get(page_of(task)))


def test_a_small_file_is_imported_at_once(settings, imogen, upload_of):
    settings.ATLAS_BACKGROUND_BYTES = len(PEOPLE) + 1
    address = upload_of("imogen", "people.csv", PEOPLE)
    imogen.post(address, form_of(imogen, address))

    assert ImportHistory.objects.get().status == "success"
    assert not ImportTask.objects.exists()


def test_a_small_file_is_queued_where_its_table_has_queued_imports(settings, imogen, upload_of, task):
    settings.ATLAS_BACKGROUND_BYTES = 1_000_000
    address = upload_of("imogen", "more people.csv", MORE_PEOPLE)
    imogen.post(address, form_of(imogen, address, table_name="people"))

    assert list(ImportHistory.objects.values_list("status", flat=True)) == ["in_progress"] * 2
    assert ImportTask.objects.count() == 2


def test_the_progress_reports_the_end_of_the_import(imogen, task):
    before = imogen.get(page_of(task, "/progress"))
    run_queued(task.pk, lambda: False)
    after = imogen.get(page_of(task, "/progress"))

    assert ("data-done" in before.content.decode(), "data-done" in after.content.decode()) == (False, True)
    assert "100 % 3 of 3 rows imported into people: 0 duplicates" in words(after)


def test_cancelling_asks_first_and_keeps_no_rows(imogen, task):
    asked = imogen.get(page_of(task, "/cancel"))
    assert "Cancel this import?" in words(asked)
    assert ImportHistory.objects.get().status == "in_progress"

    response = imogen.post(page_of(task, "/cancel"))

    assert response["Location"] == page_of(task)
    shown = words(imogen.get(page_of(task)))
    assert "Cancelled by imogen. Nothing was imported. You can import the file again" in shown
    assert "0 records" not in shown and "Failed" not in shown
    for status, number in {"cancelled": 1, "failed": 0, "success": 0}.items():
        assert len(table_rows(imogen.get("/ui/imports", {"status": status}))) == number
    assert "This import was already cancelled. Nothing was imported." in words(imogen.get(page_of(task, "/cancel")))
    assert columns_of("people") == {}


def test_a_finished_import_is_not_cancelled(imogen, task):
    run_queued(task.pk, lambda: False)

    assert "This import has already finished." in words(imogen.get(page_of(task, "/cancel")))
    response = imogen.post(page_of(task, "/cancel"))
    assert (response.status_code, ImportHistory.objects.get().status) == (409, "success")


def test_read_only_users_see_progress_and_cannot_cancel(signed_in, task):
    audrey = signed_in("audrey")

    response = audrey.get(page_of(task))

    assert "Progress 0 %" in words(response)
    assert audrey.get(page_of(task, "/progress")).status_code == 200
    assert (audrey.get(page_of(task, "/cancel")).status_code, audrey.post(page_of(task, "/cancel")).status_code) == (
        403, 403,
    )  # fmt: skip
    assert signed_in("norman").get(page_of(task, "/progress")).status_code == 403


def test_an_import_without_a_task_has_no_progress(imogen, people_table):
    assert imogen.get(f"/ui/imports/{people_table[0].pk}/progress").status_code == 404


@on_every_screen
@pytest.mark.parametrize("part", ["", "/cancel"], ids=["progress", "cancel"])
def test_axe_finds_nothing_serious(open_page, task, width, part):
    page = open_page(width=width)
    sign_in(page)
    assert faults_of(page, [page_of(task, part)]) == []


def test_progress_survives_a_reload_and_ends_with_the_result(open_page, tmp_path, database_url, settings):
    settings.ATLAS_BACKGROUND_BYTES = 1
    path = tmp_path / "many.csv"
    path.write_text("n,name,price\n" + "".join(f"{n},name {n},{n % 1000}.50\n" for n in range(ROWS)))
    page = open_page()
    sign_in(page)
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click(no_wait_after=True)
    page.wait_for_url("**/ui/upload/*", timeout=60_000)
    page.get_by_role("button", name=f"Import {ROWS:,} rows").click(no_wait_after=True)
    page.wait_for_url("**/ui/imports/*", timeout=60_000)
    expect(page.get_by_text("Waiting: no worker is running.")).to_be_visible()
    page.reload()
    expect(page.get_by_text("Waiting: no worker is running.")).to_be_visible()
    with workers(database_url, 1):
        expect(page.get_by_text(f"Result: {ROWS:,} rows")).to_be_visible(timeout=60_000)
    assert query("SELECT count(*) FROM many") == [(ROWS,)]
