"""Invalid values are repaired in a real browser: by keyboard, with copied cells, and not lost by leaving the page."""

from datetime import date

import pytest
from playwright.sync_api import expect

from imports.models import Repair
from tests.importing import import_text, rows_of
from tests.pages.browsing import WIDTHS, faults, sign_in

PEOPLE = "name,born,age\nAda,x1,36\nGrace,x2,85\nAlan,1912-06-23,x\nLinus,x3,y\nEdsger,1930-05-11,z\n"
SCHEMA = {"born": "DATE", "age": "INTEGER"}


@pytest.fixture
def grid(open_page, atlas_db, tmp_path):
    """Open the grid of an import with six invalid values, from the page of the import."""
    record = import_text(tmp_path, "people.csv", PEOPLE, db_schema=SCHEMA, on_error="null")
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{record.pk}")
    page.get_by_role("link", name="Repair rows").click()
    expect(page.get_by_role("heading", name="Repair rows")).to_be_visible()
    return page


def paste(page, text):
    """Paste into the field that has the focus, as Ctrl+V does."""
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def faults_on_both_screens(page):
    found = faults(page, all_of_them=True)
    page.set_viewport_size({"width": WIDTHS["narrow"], "height": 900})
    found += faults(page, all_of_them=True)
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


def type_over(page, text):
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def test_five_cells_are_repaired_by_keyboard(grid):
    page, status = grid, grid.locator("[data-status]")

    def cell(column, row):
        return page.get_by_label(f"{column}, row {row}", exact=True)

    expect(status).to_have_text("No unsaved values.")
    assert faults_on_both_screens(page) == []

    cell("born", 1).focus()
    type_over(page, "1815-12-32")
    expect(status).to_have_text("1 unsaved value. 1 does not fit.")
    expect(cell("born", 1)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("row", name="1 line 2")).to_contain_text("Value '1815-12-32' is not a valid date")
    type_over(page, "1815-12-10")
    expect(status).to_have_text("1 unsaved value.")
    expect(cell("born", 1)).not_to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Enter")
    expect(cell("born", 2)).to_be_focused()
    page.keyboard.type("1906-12-09")  # moving selects what is there
    page.keyboard.press("ArrowDown")
    expect(cell("born", 4)).to_be_focused()
    page.keyboard.type("1969-12-28")
    page.keyboard.press("ArrowLeft")
    expect(cell("born", 4)).to_be_focused()  # within the text
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(cell("age", 4)).to_be_focused()
    page.keyboard.type("55")
    page.keyboard.press("ArrowUp")
    expect(cell("age", 3)).to_be_focused()
    page.keyboard.type("42")
    page.keyboard.press("Tab")
    expect(status).to_have_text("5 unsaved values.")
    assert faults_on_both_screens(page) == []

    cell("age", 5).focus()
    page.keyboard.type("none")
    page.keyboard.press("Escape")
    expect(cell("age", 5)).to_have_value("z")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("5 values were saved.")).to_be_visible()
    expect(page.locator("[data-outcome]")).to_contain_text("1 error left in this import")
    expect(cell("born", 1)).to_have_value("1815-12-10")
    expect(status).to_have_text("No unsaved values.")
    assert faults_on_both_screens(page) == []
    assert {one.record_number: one.after for one in Repair.objects.all()} == {
        1: {"born": "1815-12-10"}, 2: {"born": "1906-12-09"}, 3: {"age": "42"}, 4: {"born": "1969-12-28", "age": "55"},
    }  # fmt: skip

    page.get_by_role("link", name="View repairs").first.click()
    expect(page.get_by_role("row", name="x2 becomes 1906-12-09")).to_be_visible()
    assert faults_on_both_screens(page) == []
    page.get_by_role("link", name="Undo the repair of row 2").click()
    assert faults_on_both_screens(page) == []
    page.get_by_role("button", name="Undo repair").click()
    expect(page.get_by_text("Repair undone: 1 row is as before.")).to_be_visible()
    assert [row["born"] for row in rows_of("people", "name born") if row["name"] == "Grace"] == [None]


def test_copied_cells_fill_the_cells_below_and_leaving_asks(grid):
    page, status = grid, grid.locator("[data-status]")
    asked = []

    page.get_by_label("born, row 1", exact=True).focus()
    paste(page, "1815-12-10\r\n1906-12-09\r\n1969-12-28\t55\r\n2000-01-01\r\n")
    expect(status).to_contain_text("4 unsaved values. 1 copied value had no field here and was not used.")
    expect(page.get_by_label("age, row 4", exact=True)).to_have_value("55")

    def stay(dialog):
        asked.append(dialog.type)
        dialog.dismiss()

    page.once("dialog", stay)
    page.get_by_role("link", name="View errors").click()
    expect(page.get_by_label("born, row 1", exact=True)).to_have_value("1815-12-10")
    assert asked == ["beforeunload"]

    page.get_by_label("Column", exact=True).last.select_option("age")
    page.get_by_label("Value", exact=True).fill("7")
    page.get_by_role("button", name="Set all on this page").click()
    expect(status).to_have_text("6 unsaved values.")
    page.get_by_role("button", name="Discard changes").click()
    expect(status).to_have_text("No unsaved values.")
    page.get_by_label("born, row 1", exact=True).focus()
    paste(page, "1815-12-10\n1906-12-09\n1969-12-28")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("3 values were saved.")).to_be_visible()
    page.get_by_role("link", name="View errors").click()
    expect(page.get_by_role("heading", name="3 errors in 3 rows")).to_be_visible()
    assert asked == ["beforeunload"]
    assert sorted(row["born"] for row in rows_of("people", "born")) == [
        date(1815, 12, 10), date(1906, 12, 9), date(1912, 6, 23), date(1930, 5, 11), date(1969, 12, 28),
    ]  # fmt: skip


def test_a_wrong_value_is_corrected_from_the_page_of_its_row(grid):
    page = grid
    [ada] = [row for row in rows_of("people", "id name") if row["name"] == "Ada"]
    page.goto(f"/ui/tables/people/rows/{ada['id']}")
    assert faults_on_both_screens(page) == []
    page.get_by_role("link", name="Correct age").click()
    expect(page.get_by_label("age, row 1", exact=True)).to_be_focused()
    assert faults_on_both_screens(page) == []
    type_over(page, "37")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Say why: a value without an error is changed.")).to_be_visible()
    expect(page.get_by_label("age, row 1", exact=True)).to_have_value("37")
    page.get_by_label("Reason").fill("As in the register")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 value was saved.")).to_be_visible()
    expect(page.get_by_role("row", name="age 36 becomes 37")).to_be_visible()
    expect(page.get_by_label("age, row 1", exact=True)).to_have_value("37")
    assert faults_on_both_screens(page) == []
