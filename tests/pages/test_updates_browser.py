"""The second export of the same customers in a real browser: the key, the diff, the update, and undo."""

from playwright.sync_api import expect

from tests.importing import rows_of
from tests.pages.browsing import WIDTHS, faults, sign_in

FIRST = "customer_id,name,city\n1,Ada,London\n2,Grace,New York\n3,Linus,Helsinki\n"
SECOND = "customer_id,name,city\n1,Ada,Paris\n2,Grace,\n3,Linus,Helsinki\n4,Alan,London\n"


def preview(page, path, text):
    path.write_text(text)
    page.goto("/ui/upload")
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Not imported yet.")).to_be_visible()


def cells():
    return sorted(tuple(row.values()) for row in rows_of("customers", "customer_id name city"))


def faults_on_a_narrow_screen(page):
    """What axe finds, light and dark, and whether the page scrolls sideways."""
    page.set_viewport_size({"width": WIDTHS["narrow"], "height": 900})
    found = faults(page, all_of_them=True)
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


def test_the_second_export_updates_the_table_and_is_undone(open_page, tmp_path):
    page = open_page()
    sign_in(page)
    preview(page, tmp_path / "customers.csv", FIRST)
    expect(page.get_by_text("Proposed key: customer_id.")).to_be_visible()
    page.get_by_role("button", name="Use this key").click()
    expect(page.get_by_label("Use customer_id as unique key")).to_be_checked()
    page.get_by_role("button", name="Import 3 rows").click()
    expect(page.get_by_role("heading", name="Result: 3 rows")).to_be_visible()

    preview(page, tmp_path / "customers.csv", SECOND)
    expect(page.get_by_text("2 of 3 rows have other values than the table. Update them?")).to_be_visible()
    expect(page.get_by_label("Skip it")).to_be_checked()
    assert faults_on_a_narrow_screen(page) == []
    page.get_by_role("button", name="Update them").click()
    expect(page.get_by_label("Update the row")).to_be_checked()
    expect(page.get_by_role("row", name="line 2")).to_contain_text("city London → becomes Paris")
    expect(page.get_by_role("row", name="line 3")).to_contain_text("city New York → becomes empty")
    page.get_by_role("button", name="Import 1 new row, update 2 rows").click()

    expect(page.get_by_role("heading", name="Result: 4 rows")).to_be_visible()
    expect(page.get_by_text("Imported, updated")).to_be_visible()
    assert cells() == [(1, "Ada", "Paris"), (2, "Grace", None), (3, "Linus", "Helsinki"), (4, "Alan", "London")]
    page.get_by_role("link", name="Updated", exact=True).click()
    expect(page.get_by_role("row", name="Row 1")).to_contain_text("city London → becomes Paris")
    assert faults_on_a_narrow_screen(page) == []
    updated = page.url
    page.get_by_role("link", name="Row 1", exact=True).click()
    history = page.get_by_role("region", name="History")
    expect(history).to_contain_text("London")
    expect(history).to_contain_text("Paris")

    page.goto(updated)
    page.get_by_role("link", name="customers.csv into customers").click()
    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_text("2 rows of other imports get back the values that they have")).to_be_visible()
    page.get_by_label("Reason").fill("A test")
    page.get_by_role("button", name="Undo import (remove 1 row, change 2 back)").click()
    expect(page.get_by_text("Undone: 1 row removed from customers. 2 rows have the values that")).to_be_visible()
    assert cells() == [(1, "Ada", "London"), (2, "Grace", "New York"), (3, "Linus", "Helsinki")]
