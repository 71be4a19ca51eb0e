"""Invalid values are repaired in a real browser: by keyboard, with copied cells, and not lost by leaving the page."""

from playwright.sync_api import expect

from tests.importing import import_text
from tests.pages.browsing import WIDTHS, faults, sign_in

PEOPLE = (
    "name,born,age\nAda,10.12.1815,36\nGrace,9.12.1906,85\nAlan,1912-06-23,x\nLinus,28.12.1969,y\nEdsger,1930-05-11,z\n"
)
SCHEMA = {"born": "DATE", "age": "INTEGER"}


def paste(page, text):
    """Paste into the field that has the focus, as Ctrl+V does."""
    page.evaluate(
        """text => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text/plain", text);
            const paste = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(paste);
        }""",
        text,
    )


def faults_on_a_narrow_screen(page):
    page.set_viewport_size({"width": WIDTHS["narrow"], "height": 900})
    found = faults(page, all_of_them=True)
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


def test_values_are_repaired_by_keyboard_and_by_pasting(open_page, tmp_path):
    mapping = {"on_error": "reject_row", "columns": [
        {"source": "born", "type": "DATE", "format": "%Y-%m-%d"}, {"source": "age", "type": "INTEGER"},
    ]}  # fmt: skip
    record = import_text(tmp_path, "people.csv", PEOPLE, table_name="people", **{**mapping, "db_schema": SCHEMA})
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{record.pk}")
    page.get_by_role("link", name="Repair rows").click()
    expect(page.get_by_role("heading", name="Repair rows")).to_be_visible()
    status = page.locator("[data-status]")
    expect(status).to_have_text("No unsaved values.")
    assert faults(page, all_of_them=True) + faults_on_a_narrow_screen(page) == []

    # Enter and the arrows move down a column and along a row; what is typed is checked.
    page.get_by_label("born, row 1", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("1815-12-32")
    expect(status).to_have_text("1 unsaved value. 1 does not fit.")
    expect(page.get_by_label("born, row 1", exact=True)).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Backspace")
    page.keyboard.type("0")
    page.keyboard.press("Backspace")
    page.keyboard.press("Backspace")
    page.keyboard.type("10")
    page.keyboard.press("Enter")
    page.keyboard.type("1906-12-09")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("1969-12-28")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("age, row 4", exact=True)).not_to_be_focused()  # the arrow moves inside the text first
    page.keyboard.press("ArrowRight")
