"""The home page: recent, running and failed imports, four daily numbers, and the upload form."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from imports.models import ImportHistory, ImportTask
from tests.pages.browsing import faults_of, on_every_screen, press_until, sign_in
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, words


def imported(days_ago, **given):
    facts = {
        "source_type": "local_upload", "file_name": "a.csv", "table_name": "a", "status": "success",
        "total_rows_in_file": 0, "rows_inserted": 0, "rows_skipped": 0, "duplicates_found": 0, "rows_rejected": 0,
        "rows_filtered": 0, "import_timestamp": timezone.now() - timedelta(days=days_ago),
    }  # fmt: skip
    return ImportHistory.objects.create(**facts | given)


def queued(**given):
    record = imported(0, status="in_progress", **given)
    return ImportTask.objects.create(import_record=record, actor={"name": "ada"})


def columns(response):
    """Return the heights of the columns of each chart, and the labels of the charts."""
    drawings = re.findall(r'<svg class="sparkline".*?</svg>', response.content.decode(), flags=re.S)
    heights = [re.findall(r'class="sparkline-column".*?height="([\d.]+)"', one) for one in drawings]
    return [[float(height) for height in one] for one in heights], [
        re.search('aria-label="(.*?)"', one)[1] for one in drawings
    ]


def test_four_numbers_of_thirty_days_with_daily_values(imogen):
    imported(0, rows_inserted=30, total_rows_in_file=30, mapping_errors_count=4)
    imported(1, rows_inserted=10, total_rows_in_file=10)
    imported(1, status="failed")
    imported(29)
    imported(30, status="failed")
    imported(0, rows_inserted=100, total_rows_in_file=100, undone_at=timezone.now())
    imported(0, rows_inserted=100, total_rows_in_file=100, source_type="legacy")

    response = imogen.get("/")

    said = words(response)
    for words_of_tile in ("Imports 4", "Rows imported 40", "Errors 4", "Failed imports 1"):
        assert words_of_tile in said
    heights, told = columns(response)
    assert [len(days) for days in heights] == [30] * 4
    assert heights[0][0] == 20.0
    assert heights[0][1:28] == [0.0] * 27
    assert heights[0][28:] == [40.0, 20.0]
    assert heights[1][28:] == [13.33, 40.0]
    yesterday = timezone.now() - timedelta(days=1)
    assert told[3] == f"Failed imports, most on {yesterday:%b} {yesterday.day}: 1"


def test_imports_in_progress_show_their_progress(imogen):
    waiting, running = queued(file_name="later.csv"), queued(file_name="now.csv")
    ImportTask.objects.filter(pk=running.pk).update(
        started_at=timezone.now(), told_at=timezone.now(), phase="loading", percent=40
    )
    imported(0, status="in_progress", file_name="here.csv")

    said = words(imogen.get("/"))

    assert "later.csv" in said
    assert "0 % 0 % Queued: waiting for a worker or for another import into the table." in said
    assert "40 % 40 % Importing rows…" in said
    assert "here.csv" in said
    assert "Importing…" in said
    assert "Your first import is in progress." in said
    assert f"/ui/imports/{waiting.import_record_id}" in links(imogen.get("/"))


def test_reasons_of_failures_name_the_fields_of_the_page(imogen):
    details = {"reason": "ambiguous_date_order", "params": {"column": "day", "taken": "DMY", "others": ["MDY"]}}
    record = imported(0, status="failed", metadata={"error": {"code": "x", "details": details}}, error_message="old")
    imported(0, status="failed", error_message="what an older version wrote down")

    for page in (imogen.get("/"), imogen.get(f"/ui/imports/{record.pk}")):
        assert "read as day/month/year. Change “Date order” if that is wrong." in words(page)
    assert "what an older version wrote down" in words(imogen.get("/"))


def test_warnings_of_an_import_name_the_fields_of_the_page(imogen):
    details = {"code": "ambiguous_date_order", "params": {"column": "day", "taken": "DMY", "others": ["MDY"]}}
    gone = {"code": "no_code_any_more", "params": {}}
    record = imported(0, warnings=["new", "gone"], warning_details=[details, gone])
    older = imported(0, warnings=["what an older version warned of"], warning_details=None)

    page = words(imogen.get(f"/ui/imports/{record.pk}"))
    assert "read as day/month/year. Change “Date order” if that is wrong." in page
    assert "gone" in page
    assert "what an older version warned of" in words(imogen.get(f"/ui/imports/{older.pk}"))


def test_more_imports_in_progress_are_linked(imogen):
    for _ in range(5):
        queued()
    assert "/ui/imports?status=in_progress" not in links(imogen.get("/"))
    queued()
    assert "/ui/imports?status=in_progress" in links(imogen.get("/"))


def test_without_imports_the_page_explains_the_steps(imogen):
    said = words(imogen.get("/"))
    assert "No imports yet. How it works Upload a file" in said
    assert "Failed imports" not in said


def test_read_only_users_are_told_how_to_get_access(signed_in):
    response = signed_in("audrey").get("/")
    assert "ask an administrator to add you to the “importer” group" in words(response)
    assert "data-drop" not in response.content.decode()


@on_every_screen
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, width):
    page = open_page(width=width)
    sign_in(page)
    for make in (lambda: None, lambda: (queued(), imported(0), imported(3, status="failed", error_message="No."))):
        make()
        assert faults_of(page, ["/"], all_of_them=True) == []


# --- uploading ---


@pytest.fixture
def slow_page(open_page):
    """Open a page whose uploads are slow: 2 MB a second."""
    page = open_page()
    sign_in(page)
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 2_000_000}
    network.send("Network.emulateNetworkConditions", limits)
    return page


@pytest.fixture
def large(tmp_path):
    path = tmp_path / "large.csv"
    path.write_text("n,text\n" + "".join(f"{n},{'x' * 990}\n" for n in range(3_000)))
    return path


def test_an_upload_shows_its_progress(slow_page, large):
    slow_page.get_by_label("Drag a file here").set_input_files(large)
    bar = slow_page.get_by_role("progressbar", name="Upload progress")
    expect(bar).to_be_hidden()
    slow_page.get_by_role("button", name="Preview").click()
    slow_page.wait_for_function("() => (({ value }) => value > 0 && value < 100)(document.querySelector('progress'))")
    expect(slow_page.get_by_role("status")).to_have_text(re.compile(r"^Uploaded [\d.]+ MB of [\d.]+ MB$"))
    expect(slow_page.get_by_text("3,000 rows, 2 columns.")).to_be_visible()


def test_an_upload_is_cancelled_by_keyboard(slow_page, large):
    slow_page.get_by_label("Drag a file here").set_input_files(large)
    slow_page.get_by_role("button", name="Preview").focus()
    slow_page.keyboard.press("Enter")
    press_until(slow_page, "Tab", "Cancel upload")
    slow_page.keyboard.press("Enter")
    expect(slow_page.get_by_text("Upload cancelled.")).to_be_visible()
    expect(slow_page.get_by_role("button", name="Preview")).to_be_focused()


def test_errors_of_a_file_are_shown_in_the_upload_form(open_page, tmp_path, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 2**20
    page = open_page()
    sign_in(page)
    for name, content, said in (
        ("empty.csv", b"", "This file is empty."),
        ("picture.png", b"\x89PNG\r\n\x1a\n" + bytes(100), "This file is a PNG image, not a table."),
        ("large.csv", bytes(3 * 2**19), "File too large (1.5 MB). The limit is 1 MB."),
    ):
        (tmp_path / name).write_bytes(content)
        page.get_by_label("Drag a file here").set_input_files(tmp_path / name)
        page.get_by_role("button", name="Preview").click()
        expect(page.locator("[data-drop]")).to_contain_text(said)
    (tmp_path / "people.csv").write_text(PEOPLE)
    page.get_by_label("Drag a file here").set_input_files(tmp_path / "people.csv")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="people.csv")).to_be_visible()
