"""A mapping in a real browser: saved in a preview, proposed for the next file, used, compared, tested and archived."""

from playwright.sync_api import expect

from imports.models import ImportHistory
from tests.pages.browsing import WIDTHS, faults, sign_in

FIRST = "Day;Amount;Customer\n31/12/2025;1.234,50;Ada\n30/11/2025;99,00;Grace\n"
SECOND = "Day;Amount;Customer\n28/01/2026;7,25;Ada\n27/01/2026;5;Alan\n"
WRONG = "Day;Amount;Customer\n28/01/2026;much;Ada\n"


def preview(page, path, text):
    path.write_text(text)
    page.goto("/ui/upload")
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Not imported yet.")).to_be_visible()


def faults_on_a_narrow_screen(page):
    """What axe finds, light and dark, and whether the page scrolls sideways."""
    page.set_viewport_size({"width": WIDTHS["narrow"], "height": 900})
    found = faults(page, all_of_them=True)
    page.set_viewport_size({"width": WIDTHS["wide"], "height": 900})
    return found


def test_a_mapping_is_saved_proposed_used_compared_tested_and_archived(open_page, tmp_path):
    page = open_page()
    sign_in(page)
    preview(page, tmp_path / "sales.csv", FIRST)
    page.get_by_label("Import Customer").uncheck()
    page.get_by_text("Save this mapping").click()
    page.get_by_label("Name", exact=True).fill("Sales")
    page.keyboard.press("Enter")  # saves, and imports nothing
    expect(page.get_by_text("Saved: “Sales”, version 1.")).to_be_visible()
    expect(page.get_by_label("Import Customer")).not_to_be_checked()
    expect(page.get_by_text("Mapping: Sales, version 1. You can change anything.")).to_be_visible()
    assert not ImportHistory.objects.exists()

    preview(page, tmp_path / "january.csv", SECOND)
    expect(page.get_by_text("It was saved for a file with the same columns.")).to_be_visible()
    assert faults_on_a_narrow_screen(page) == []
    page.get_by_role("button", name="Use the mapping Sales, version 1").click()
    expect(page.get_by_label("Import Customer")).not_to_be_checked()
    page.get_by_label("Use Day as unique key").check()
    page.get_by_text("Save this mapping").click()
    expect(page.get_by_label("If the name exists, save a new version")).to_be_checked()
    page.get_by_label("Note").fill("With a key")
    page.get_by_role("button", name="Save mapping").click()
    expect(page.get_by_text("Saved: “Sales”, version 2.")).to_be_visible()
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("heading", name="Result: 2 rows")).to_be_visible()
    record = ImportHistory.objects.get()
    used = record.metadata["saved_mapping"]
    assert (record.table_name, used["name"], used["version"], used["changed"]) == ("sales", "Sales", 2, [])

    page.get_by_role("region", name="Destination").get_by_role("link", name="Sales", exact=True).click()
    expect(page.get_by_text("“Unique key” is set to “day”.")).to_be_visible()
    assert faults_on_a_narrow_screen(page) == []
    page.get_by_role("link", name="Test on a file").click()
    page.get_by_label("File").set_input_files({"name": "w.csv", "mimeType": "text/csv", "buffer": WRONG.encode()})
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_role("region", name="First errors")).to_contain_text("much")
    assert faults_on_a_narrow_screen(page) == []
    page.get_by_role("link", name="← Sales, version 2").click()
    page.get_by_role("button", name="Archive").click()
    expect(page.get_by_text("“Sales” is archived")).to_be_visible()
    page.get_by_role("link", name="← Mappings").click()
    expect(page.get_by_role("heading", name="No mappings yet")).to_be_visible()
    assert faults_on_a_narrow_screen(page) == []
    assert ImportHistory.objects.count() == 1
