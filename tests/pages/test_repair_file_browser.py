"""Rows with errors are repaired by a workbook in a real browser: downloaded, changed, dropped on the upload page."""

import os
from pathlib import Path

import openpyxl
from playwright.sync_api import expect

from tests.importing import import_text, query
from tests.pages.browsing import WIDTHS, faults, sign_in

PEOPLE = "name,born,age\nAda,1815-12-10,36\nLee,x,old\nGrace,1906-12-09,y\n"
SCHEMA = {"born": "DATE", "age": "INTEGER"}
SHOTS = os.environ.get("SHOTS")


def faults_on_both_screens(page, name):
    found = []
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        found += faults(page, all_of_them=True)
        for scheme in ("light", "dark") if SHOTS else ():
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=f"{SHOTS}/{name}-{width}-{scheme}.png")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


def test_rows_are_repaired_by_a_workbook(open_page, atlas_db, tmp_path):
    record = import_text(tmp_path, "people.csv", PEOPLE, db_schema=SCHEMA)
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{record.pk}")
    page.get_by_role("link", name="Send repaired rows").click()
    expect(page.get_by_role("heading", name="Send repaired rows")).to_be_visible()
    found = faults_on_both_screens(page, "send")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download failed rows (Excel)").click()
    path = Path(tmp_path, "repaired.xlsx")
    download.value.save_as(path)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet["B2"], sheet["C2"], sheet["C3"] = "1912-06-23", 41, "z"
    book.save(path)

    page.get_by_label("Repaired rows (CSV or Excel").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="2 rows changed of 2")).to_be_visible()
    found += faults_on_both_screens(page, "review")
    page.get_by_label("Reason").fill("as on paper")
    page.get_by_role("button", name="Repair rows").click()

    expect(page.get_by_text("1 row repaired.")).to_be_visible()
    assert query("SELECT name, born::text, age FROM people ORDER BY id") == [
        ("Ada", "1815-12-10", 36), ("Lee", "1912-06-23", 41), ("Grace", "1906-12-09", None),
    ]  # fmt: skip
    page.goto("/ui/upload")
    page.locator("#id_file").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("These are repaired rows of an import into “people”.")).to_be_visible()
    found += faults_on_both_screens(page, "recognised")
    assert found == []
