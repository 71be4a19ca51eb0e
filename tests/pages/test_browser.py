"""The pages in a real browser: by mouse, by keyboard, and checked for accessibility."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest
from openpyxl import Workbook
from playwright.sync_api import expect

from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query, rows_of
from tests.pages.browsing import faults_of, on_every_screen, press_until, sign_in
from tests.pages.conftest import MORE_PEOPLE


@pytest.fixture
def more_people(tmp_path):
    path = Path(tmp_path) / "more people.csv"
    path.write_text(MORE_PEOPLE)
    return path


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_file_is_imported_and_undone_by_mouse(open_page, people_table, tmp_path, javascript):
    path = tmp_path / "ages.csv"
    path.write_text("name,age,city\nEdsger,old,Rotterdam\nKatherine,101,Hampton\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("2 rows, 3 columns. Not imported yet.")).to_be_visible()
    expect(page.get_by_text("Settings reused")).to_be_visible()
    expect(page.get_by_label("Type of age")).to_have_value("INTEGER")
    expect(page.get_by_text("Errors: invalid value")).to_be_visible()
    expect(page.get_by_label("Table", exact=True)).to_have_value("people")
    page.get_by_role("button", name="Import 2 rows").click()
    expect(page.get_by_role("heading", name="ages.csv")).to_be_visible()
    page.get_by_role("link", name="1 error", exact=True).click()
    expect(page.get_by_role("row", name="line 2").get_by_text("old", exact=True)).to_be_visible()
    page.get_by_role("link", name="ages.csv into people").click()
    page.get_by_role("link", name="View table", exact=True).click()
    expect(page.get_by_role("cell", name="Katherine")).to_be_visible()
    page.get_by_role("link", name="ages.csv", exact=True).click()
    page.get_by_role("link", name="Undo", exact=True).click()
    expect(page.get_by_text("2 rows will be removed from people.")).to_be_visible()
    page.get_by_label("Reason").fill("A test")
    page.get_by_role("button", name="Undo import (remove 2 rows)").click()
    expect(page.get_by_text("Undone: 2 rows removed from people.")).to_be_visible()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name="ages.csv").get_by_text("Undone")).to_be_visible()
    assert len(rows_of("people")) == 5


def preview_file(page, path):
    page.goto("/ui/upload")
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_text("Not imported yet.")).to_be_visible()


def press_import(page):
    """Press the button that imports, whose label is the number of rows, unless a script knows that it changed."""
    page.get_by_role("button", name=re.compile(r"^Import (file|\d)")).click()


def test_the_first_rows_follow_the_chosen_encoding(open_page, tmp_path):
    path = tmp_path / "cities.csv"
    path.write_bytes("name;city\nJosé;Málaga\nToo;many;fields\n".encode("cp1252"))
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_text("Change file settings").click()
    preview = page.get_by_role("region", name="First rows with these settings")
    expect(preview.get_by_role("cell", name="José")).to_be_visible()
    expect(preview.get_by_role("cell", name="fields")).to_be_visible()
    page.get_by_label("Encoding").fill("cp1251")
    page.get_by_label("Encoding").press("Tab")
    expect(preview.get_by_role("cell", name="Josй")).to_be_visible()
    page.get_by_label("Delimiter").select_option("|")
    expect(preview.get_by_role("columnheader", name="name;city")).to_be_visible()


def test_the_first_rows_follow_the_chosen_sheet_and_header_row(open_page, tmp_path):
    path = tmp_path / "books.xlsx"
    workbook = Workbook()
    for row in (["Sales"], ["region", "sum"], ["North", 1], ["South", 2]):
        workbook.active.append(row)
    costs = workbook.create_sheet("Costs")
    for row in (["item", "cost"], ["pen", 3]):
        costs.append(row)
    workbook.save(path)
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_text("Change file settings").click()
    preview = page.get_by_role("region", name="First rows with these settings")
    expect(preview.get_by_role("columnheader", name="region")).to_be_visible()
    page.get_by_label("Header row (0 = no header)").press_sequentially("3")
    expect(preview.get_by_role("columnheader", name="North")).to_be_visible()
    page.get_by_label("Header row (0 = no header)").clear()
    page.get_by_label("Sheet").select_option("Costs")
    expect(preview.get_by_role("cell", name="pen")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "text", "path", "shown"),
    [
        ("a.json", '{"a":[{"x":1},{"x":2}],"b":[{"y":"other"}]}', "/b", "other"),
        ("a.xml", "<r><p><x>1</x></p><p><x>2</x></p><q><y>other</y></q></r>", "/r/q", "other"),
    ],
)
def test_the_first_rows_follow_the_chosen_path(open_page, tmp_path, name, text, path, shown):
    (tmp_path / name).write_text(text)
    page = open_page()
    sign_in(page)
    preview_file(page, tmp_path / name)
    page.get_by_text("Change file settings").click()
    preview = page.get_by_role("region", name="First rows with these settings")
    expect(preview.get_by_role("columnheader", name="x")).to_be_visible()
    page.get_by_label("Path to rows").select_option(path)
    expect(preview.get_by_role("cell", name=shown)).to_be_visible()
    page.get_by_role("button", name="Apply", exact=True).click()
    expect(page.get_by_label("Import y", exact=True)).to_be_checked()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_chosen_file_settings_are_those_of_the_import(open_page, tmp_path, javascript):
    path = tmp_path / "books.xlsx"
    workbook = Workbook()
    for row in (["region", "sum"], ["North", 1], ["South", 2]):
        workbook.active.append(row)
    costs = workbook.create_sheet("Costs")
    for row in (["as of May"], ["item", "cost"], ["pen", 3]):
        costs.append(row)
    workbook.save(path)
    page = open_page(javascript=javascript)
    sign_in(page)
    preview_file(page, path)
    page.get_by_label("Table", exact=True).fill("expenses")
    page.get_by_text("Change file settings").click()
    page.get_by_label("Sheet").select_option("Costs")
    page.get_by_label("Header row (0 = no header)").fill("2")
    if javascript:
        expect(page.get_by_role("region", name="First rows with these settings")).to_contain_text("pen")
        expect(page.get_by_text("Click Apply to use these settings.")).to_be_visible()
    press_import(page)
    expect(page.get_by_text("Not imported yet: the file was read again with your settings.")).to_be_visible()
    expect(page.get_by_label("Import item", exact=True)).to_be_checked()
    expect(page.get_by_label("Table", exact=True)).to_have_value("expenses")
    press_import(page)
    expect(page.get_by_text("Result: 1 row")).to_be_visible()
    assert rows_of("expenses", "item cost") == [{"item": "pen", "cost": 3}]


def test_enter_in_file_settings_applies_them_and_imports_nothing(open_page, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("title\na;b\n1;2\n")
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_text("Change file settings").click()
    before = page.url
    page.get_by_label("Header row (0 = no header)").press("Enter")
    page.wait_for_url(lambda address: address != before)
    expect(page.get_by_text("Not imported yet.")).to_be_visible()
    assert not ImportHistory.objects.exists()


def test_an_invalid_file_setting_is_made_visible(open_page, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n")
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_text("Change file settings").click()
    page.get_by_label("Header row (0 = no header)").fill("-1")
    page.get_by_text("Change file settings").click()
    expect(page.get_by_label("Header row (0 = no header)")).to_be_hidden()
    press_import(page)
    expect(page.get_by_label("Header row (0 = no header)")).to_be_focused()


def test_settings_are_kept_after_a_failed_import(open_page, tmp_path):
    path = tmp_path / "ages.csv"
    path.write_text("name,age\nAda,36\n")
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_label("Table column for name").fill("who")
    page.get_by_label("Type of age").select_option("TEXT")
    page.get_by_text("Advanced options").click()
    page.get_by_label("If the table exists").select_option("extend_table")
    with page.expect_response(lambda response: response.status == 422):
        press_import(page)
    expect(page.get_by_role("alert")).to_contain_text("Import failed.")
    expect(page.get_by_label("Table column for name")).to_have_value("who")
    expect(page.get_by_label("Type of age")).to_have_value("TEXT")
    page.get_by_label("If the table exists").select_option("auto")
    press_import(page)
    expect(page.get_by_text("Result: 1 row")).to_be_visible()
    assert rows_of("ages", "who age") == [{"who": "Ada", "age": "36"}]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_refreshed_preview_shows_the_effect_of_the_settings(open_page, people_table, tmp_path, javascript):
    path = tmp_path / "ages.csv"
    path.write_text("name,age,town\nEdsger,72,Rotterdam\nEdsger,73,Austin\nAlan,41,London\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    preview_file(page, path)
    expect(page.locator(".dry-run")).to_have_text(re.compile(r"New rows\s*3\s*$"))
    page.get_by_label("Use name as unique key").check()
    page.get_by_label("Type of town").select_option("INTEGER")
    page.get_by_role("button", name="Refresh preview").click()
    expect(page.locator(".dry-run")).to_have_text(
        re.compile(r"New rows\s*2\s*Duplicates \(skipped\)\s*1\s*Errors: invalid value\s*3")
    )
    expect(page.get_by_label("Use name as unique key")).to_be_checked()
    expect(page.get_by_label("Type of town")).to_have_value("INTEGER")
    press_import(page)
    expect(page.get_by_text("Result: 3 rows")).to_be_visible()
    assert [row["name"] for row in rows_of("ages")] == ["Edsger", "Alan"]


def test_a_file_is_imported_by_keyboard_alone(open_page, more_people):
    page = open_page()
    page.on("filechooser", lambda _: None)  # from now on, not only from a moment that the key below may overtake
    sign_in(page)
    press_until(page, "Tab", "Skip to main content")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "id_file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(more_people)
    press_until(page, "Tab", "Preview")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="more people.csv")).to_be_visible()
    press_until(page, "Tab", "id_table_name")
    page.keyboard.press("Control+A")
    page.keyboard.type("crew")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="more people.csv")).to_be_visible()
    expect(page.get_by_text("Result: 3 rows")).to_be_visible()
    press_until(page, "Tab", "View table")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="Margaret")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_the_date_format_is_chosen_by_keyboard(open_page, tmp_path, javascript):
    path = tmp_path / "days.csv"
    path.write_text("day\n01/02/2024\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/ui/upload")
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    question = page.get_by_role("group", name="Which date format is used in “day”?")
    press_import(page)
    expect(question).to_be_visible()  # the browser itself asks for an answer
    press_until(page, "Tab", "id_table_name")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(question.get_by_label("Day first: 01/02/2024 = 1 February 2024")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Result: 1 row")).to_be_visible()
    assert [str(row["day"]) for row in rows_of("days", "day")] == ["2024-02-01"]


def test_a_dropped_file_is_previewed(open_page):
    page = open_page()
    sign_in(page)
    page.goto("/ui/upload")
    page.evaluate(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["a,b\\n1,2\\n"], "dropped.csv"));
            const drop = new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true});
            document.querySelector("[data-drop]").dispatchEvent(drop);
        }"""
    )
    expect(page.get_by_role("heading", name="dropped.csv")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_an_import_is_undone_and_redone(open_page, people_table, javascript):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/ui/imports")
    page.get_by_role("link", name="Undo people.csv", exact=True).click()
    choices = page.get_by_role("group", name="Manually changed rows")
    expect(choices.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_label("Reason").fill("A test")
    page.get_by_role("button", name="Undo import").click()
    expect(choices.get_by_text("Choose whether to keep or remove the manually changed rows.")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("A test")
    choices.get_by_role("radio", name="Keep").check()
    page.get_by_role("button", name="Undo import").click()
    expect(page.get_by_text("1 manually changed row kept.")).to_be_visible()
    page.get_by_role("link", name="Redo", exact=True).click()
    expect(page.get_by_text("3 rows will be imported again from the original file")).to_be_visible()
    page.get_by_role("button", name="Redo import").click()
    expect(page.get_by_text("Redone: 3 rows restored in people")).to_be_visible()
    assert sorted(row["age"] or 0 for row in rows_of("people", "age")) == [0, 36, 55, 86, 88]


def test_an_import_is_undone_by_keyboard(open_page, people_table):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{people_table[0].pk}/undo")
    page.get_by_role("link", name=re.compile(r"^row \d")).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="Keep")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name=re.compile("^Remove"))).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("A test")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Undone: 3 rows removed from people.")).to_be_visible()


def test_times_are_in_the_time_zone_of_the_browser(open_page, failed):
    failed.import_timestamp = "2026-01-15T23:30:00Z"
    failed.save()
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{failed.pk}")
    time = page.locator("main time").first
    expect(time).to_have_attribute("title", "Jan 15, 2026, 23:30 UTC")
    expect(time).to_contain_text("Jan 16, 2026")


@pytest.fixture
def every_page(people_table, failed, upload_of, tmp_path):
    """Return the addresses of all pages that no other test checks with axe, with content on them."""
    undone = import_text(tmp_path, "undone.csv", "a\n1\n")
    undo_import(undone.pk, TESTER)
    query("UPDATE people SET age = 86 WHERE name IN ('Grace', 'Linus')")
    first, second = (f"/ui/imports/{found.pk}" for found in people_table)
    group = {"group": '{"target_field": "age"}', "proposal": '{"kind": "value", "params": {"value": "41"}}'}
    return [
        "/ui/sign-in",
        "/ui/upload",
        upload_of("ada", "people.csv", MORE_PEOPLE),
        upload_of("ada", "days.csv", "day\n01/02/2024\n"),
        "/ui/imports",
        "/ui/imports?table=nowhere",
        second,
        f"{second}/errors",
        f"{second}/errors/repair?{urlencode(group)}",
        f"/ui/imports/{failed.pk}",
        f"/ui/imports/{undone.pk}",
        f"{first}/undo",
        f"{second}/undo",
        f"/ui/imports/{undone.pk}/redo",
        "/ui/tables",
        "/admin/imports/importhistory/",
        f"/admin/imports/importhistory/{people_table[1].pk}/change/",
    ]


@on_every_screen
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(open_page, every_page, width):
    page = open_page(width=width)
    sign_in(page)
    assert faults_of(page, every_page) == []


def choose(page, setting, value):
    """Change a file setting: one of a list, or a text."""
    field = page.get_by_label(setting)
    if field.evaluate("field => field.tagName") == "SELECT":
        field.select_option(value)
    else:
        field.fill(value)


@pytest.mark.parametrize(
    ("name", "content", "setting", "value", "shown"),
    [
        ("a.csv", b"a;b,c\nu;v,w\nx;y,z\n", "Delimiter", ";", [["a", "b,c"], ["u", "v,w"], ["x", "y,z"]]),
        ("a.csv", b"t,u\na,b\nx,y\n", "Header row (0 = no header)", "2", [["a", "b"], ["x", "y"]]),
        ("a.csv", "n,m\nJosé,x\n".encode("cp1252"), "Encoding", "Windows-1251", [["n", "m"], ["Josй", "x"]]),
        ("a.xlsx", {"Sales": [["a"], ["x"]], "Costs": [["item"], ["pen"]]}, "Sheet", "Costs", [["item"], ["pen"]]),
    ],
)
def test_what_the_live_preview_shows_is_what_is_imported(open_page, tmp_path, name, content, setting, value, shown):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        save_workbook(path, content)
    page = open_page()
    sign_in(page)
    preview_file(page, path)
    page.get_by_text("Change file settings").click()
    choose(page, setting, value)
    lines = page.get_by_role("region", name="First rows with these settings").get_by_role("row")
    for line, texts in enumerate(shown):
        expect(lines.nth(line).locator("th, td")).to_have_text(texts)

    press_import(page)
    expect(page.get_by_text("Not imported yet: the file was read again with your settings.")).to_be_visible()
    press_import(page)

    expect(page.get_by_text("Result:")).to_be_visible()
    table = rows_of("a")
    assert [[row[column] for column in data_columns(table[0])] for row in table] == shown[1:]


def save_workbook(path, sheets):
    workbook = Workbook()
    workbook.remove(workbook.active)
    for title, rows in sheets.items():
        sheet = workbook.create_sheet(title)
        for row in rows:
            sheet.append(row)
    workbook.save(path)


def data_columns(row):
    return [name for name in row if name != "id" and not name.startswith("_")]
