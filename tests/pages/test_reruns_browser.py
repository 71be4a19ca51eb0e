"""An import is run again with another date order in a real browser: the difference first."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import expect

from imports.models import ImportHistory
from tests.importing import import_text, query, rows_of
from tests.pages.browsing import WIDTHS, faults, sign_in

PEOPLE = "name,born\nAda,10/12/1815\nGrace,09/12/1906\nAlan,23/06/1912\n"
MONTH_FIRST = {"db_schema": {"born": "DATE"}, "source_options": {"date_order": "MDY"}}


@pytest.fixture
def people_import(atlas_db, tmp_path):
    return import_text(tmp_path, "people.csv", PEOPLE, **MONTH_FIRST)


def born():
    return sorted(str(row["born"]) for row in rows_of("people"))


def pictured(page, name):
    """Take pictures of the page, light and dark, wide and narrow, where a folder for them is named."""
    folder = os.environ.get("ATLAS_SHOTS")
    for scheme in ("light", "dark") if folder else ():
        for width in (1280, 390):
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=Path(folder) / f"{name}-{scheme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})


def test_another_date_order_by_the_page(open_page, people_import):
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{people_import.pk}")
    page.get_by_role("link", name="Run again with another mapping").click()
    expect(page.get_by_role("heading", name="Run again with another mapping")).to_be_visible()
    expect(page.get_by_label("Date order")).to_have_value("MDY")
    pictured(page, "form")

    page.get_by_label("Date order").select_option("DMY")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("3 rows will have other values")).to_be_visible()
    expect(page.get_by_role("cell", name="1815-12-10")).to_be_visible()
    assert born() == ["1815-10-12", "1906-09-12", "None"]
    assert faults(page, all_of_them=True) == []
    pictured(page, "difference")

    page.get_by_label("Reason").fill("European dates")
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_role("link", name="an earlier import")).to_be_visible()
    assert born() == ["1815-12-10", "1906-12-09", "1912-06-23"]
    pictured(page, "new")
    page.get_by_role("link", name="an earlier import").click()
    expect(page.get_by_text("European dates").first).to_be_visible()
    expect(page.get_by_role("link", name="as a new import")).to_be_visible()
    pictured(page, "old")
    people_import.refresh_from_db()
    assert ImportHistory.objects.get(pk=people_import.metadata["replaced_by"]).user_email


def test_pages_say_why_it_is_not_possible_and_ask_for_a_choice(signed_in, people_import):
    client = signed_in("imogen")
    address = f"/ui/imports/{people_import.pk}/rerun"
    form = client.get(address, follow=True)
    assert form.status_code == 200
    path = form.redirect_chain[-1][0]
    sent = {
        "table_name": "people", "strategy": "auto", "on_error": "null", "on_match": "skip", "run": "yes",
        "take_0": "on", "name_0": "name", "type_0": "TEXT", "take_1": "on", "name_1": "born", "type_1": "DATE",
        "read-date_order": "DMY",
    }  # fmt: skip
    query("UPDATE people SET name = 'Lovelace' WHERE name = 'Ada'")
    shown = client.post(path, sent)  # the difference first, whatever button was pressed
    assert shown.status_code == 200 and born()[2] == "None"
    sent["seen"] = shown.context["seen"]
    asked = client.post(path, sent)
    assert asked.status_code == 409 and b"changed_rows" in asked.content
    changed = client.post(path, {**sent, "changed_rows": "keep", "name_0": "who"})
    assert changed.status_code == 200 and changed.context["seen"] != sent["seen"]
    done = client.post(path, {**sent, "changed_rows": "keep"})
    assert done.status_code == 302
    assert born() == ["1815-10-12", "1906-12-09", "1912-06-23"]
    again = client.get(address)
    assert again.status_code == 409 and b"has its place now" in again.content
    assert signed_in("audrey").get(address).status_code == 403
