"""The pages in a real browser: the way of a file by mouse and by keyboard, and what axe says of every page."""

import re
from pathlib import Path

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
def test_a_file_goes_in_and_comes_back_by_mouse(open_page, people_table, tmp_path, javascript):
    path = tmp_path / "ages.csv"
    path.write_text("name,age,city\nEdsger,old,Rotterdam\nKatherine,101,Hampton\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.get_by_role("link", name="Upload").click()
    page.get_by_label("Drop a file here").set_input_files(path)
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_text("2 records in 3 columns. Nothing is imported yet.")).to_be_visible()
    expect(page.get_by_text("Files like this came in before.")).to_be_visible()
    expect(page.get_by_label("Type of age")).to_have_value("INTEGER")
    expect(page.get_by_text("Error: type mismatch")).to_be_visible()
    expect(page.get_by_label("Import into the table")).to_have_value("people")
    page.get_by_role("button", name="Import 2 records").click()
    expect(page.get_by_role("heading", name="ages.csv")).to_be_visible()
    page.get_by_role("link", name="1 error", exact=True).click()
    expect(page.get_by_role("row", name="line 2").get_by_text("old", exact=True)).to_be_visible()
    page.get_by_role("link", name="ages.csv into people").click()
    page.get_by_role("link", name="See the table").click()
    expect(page.get_by_role("cell", name="Katherine")).to_be_visible()
    page.get_by_role("link", name="ages.csv", exact=True).click()
    page.get_by_role("link", name="Undo…").click()
    expect(page.get_by_text("2 rows will leave the table people.")).to_be_visible()
    page.get_by_label("Why?").fill("A test")
    page.get_by_role("button", name="Undo: take 2 rows out of people").click()
    expect(page.get_by_text("Taken back: 2 rows left people.")).to_be_visible()
    page.get_by_role("navigation", name="Sections").get_by_role("link", name="History").click()
    expect(page.get_by_role("row", name="ages.csv").get_by_text("Undone")).to_be_visible()
    assert len(rows_of("people")) == 5


def look_into(page, path):
    page.goto("/ui/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    page.get_by_role("button", name="Look inside").click()
    expect(page.get_by_text("Nothing is imported yet.")).to_be_visible()


def test_the_first_records_change_as_the_encoding_is_changed(open_page, tmp_path):
    path = tmp_path / "cities.csv"
    path.write_bytes("name;city\nJosé;Málaga\nToo;many;fields\n".encode("cp1252"))
    page = open_page()
    sign_in(page)
    look_into(page, path)
    page.get_by_text("Read it differently").click()
    preview = page.get_by_role("region", name="The first records, read like this")
    expect(preview.get_by_role("cell", name="José")).to_be_visible()
    expect(preview.get_by_role("cell", name="fields")).to_be_visible()
    page.get_by_label("Encoding").fill("cp1251")
    page.get_by_label("Encoding").press("Tab")
    expect(preview.get_by_role("cell", name="Josй")).to_be_visible()
    page.get_by_label("Delimiter").select_option("|")
    expect(preview.get_by_role("columnheader", name="name;city")).to_be_visible()


def test_the_first_records_change_as_the_sheet_and_the_header_row_are_changed(open_page, tmp_path):
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
    look_into(page, path)
    page.get_by_text("Read it differently").click()
    preview = page.get_by_role("region", name="The first records, read like this")
    expect(preview.get_by_role("columnheader", name="region")).to_be_visible()
    page.get_by_label("Header in row").press_sequentially("3")
    expect(preview.get_by_role("columnheader", name="North")).to_be_visible()
    page.get_by_label("Header in row").clear()
    page.get_by_label("Sheet").select_option("Costs")
    expect(preview.get_by_role("cell", name="pen")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "text", "path", "shown"),
    [
        ("a.json", '{"a":[{"x":1},{"x":2}],"b":[{"y":"other"}]}', "/b", "other"),
        ("a.xml", "<r><p><x>1</x></p><p><x>2</x></p><q><y>other</y></q></r>", "/r/q", "other"),
    ],
)
def test_the_first_records_change_as_the_path_is_changed(open_page, tmp_path, name, text, path, shown):
    (tmp_path / name).write_text(text)
    page = open_page()
    sign_in(page)
    look_into(page, tmp_path / name)
    page.get_by_text("Read it differently").click()
    preview = page.get_by_role("region", name="The first records, read like this")
    expect(preview.get_by_role("columnheader", name="x")).to_be_visible()
    page.get_by_label("Records at").select_option(path)
    expect(preview.get_by_role("cell", name=shown)).to_be_visible()
    page.get_by_role("button", name="Look again", exact=True).click()
    expect(page.get_by_label("Import y", exact=True)).to_be_checked()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_the_reading_that_is_chosen_is_the_one_that_is_imported(open_page, tmp_path, javascript):
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
    look_into(page, path)
    page.get_by_label("Import into the table").fill("expenses")
    page.get_by_text("Read it differently").click()
    page.get_by_label("Sheet").select_option("Costs")
    page.get_by_label("Header in row").fill("2")
    if javascript:
        expect(page.get_by_role("region", name="The first records, read like this")).to_contain_text("pen")
        expect(page.get_by_text("Import reads the file like this first")).to_be_visible()
    page.get_by_role("button", name="Import 2 records").click()
    expect(page.get_by_text("Nothing was imported yet: the file was read again as you chose.")).to_be_visible()
    expect(page.get_by_label("Import item", exact=True)).to_be_checked()
    expect(page.get_by_label("Import into the table")).to_have_value("expenses")
    page.get_by_role("button", name="Import 1 record").click()
    expect(page.get_by_text("Where the 1 record went")).to_be_visible()
    assert rows_of("expenses", "item cost") == [{"item": "pen", "cost": 3}]


def test_enter_in_a_choice_of_reading_looks_again_and_imports_nothing(open_page, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("title\na;b\n1;2\n")
    page = open_page()
    sign_in(page)
    look_into(page, path)
    page.get_by_text("Read it differently").click()
    before = page.url
    page.get_by_label("Header in row").press("Enter")
    page.wait_for_url(lambda address: address != before)
    expect(page.get_by_text("Nothing is imported yet.")).to_be_visible()
    assert not ImportHistory.objects.exists()


def test_a_reading_that_the_browser_refuses_is_put_in_sight(open_page, tmp_path):
    path = tmp_path / "odd.csv"
    path.write_text("a,b\n1,2\n")
    page = open_page()
    sign_in(page)
    look_into(page, path)
    page.get_by_text("Read it differently").click()
    page.get_by_label("Header in row").fill("-1")
    page.get_by_text("Read it differently").click()
    expect(page.get_by_label("Header in row")).to_be_hidden()
    page.get_by_role("button", name="Import 1 record").click()
    expect(page.get_by_label("Header in row")).to_be_focused()


def test_every_choice_stands_after_an_import_that_failed(open_page, tmp_path):
    path = tmp_path / "ages.csv"
    path.write_text("name,age\nAda,36\n")
    page = open_page()
    sign_in(page)
    look_into(page, path)
    page.get_by_label("Name of name").fill("who")
    page.get_by_label("Type of age").select_option("TEXT")
    page.get_by_text("More choices").click()
    page.get_by_label("If the table exists").select_option("extend_table")
    with page.expect_response(lambda answer: answer.status == 422):
        page.get_by_role("button", name="Import 1 record").click()
    expect(page.get_by_role("alert")).to_contain_text("This was not imported.")
    expect(page.get_by_label("Name of name")).to_have_value("who")
    expect(page.get_by_label("Type of age")).to_have_value("TEXT")
    page.get_by_label("If the table exists").select_option("auto")
    page.get_by_role("button", name="Import 1 record").click()
    expect(page.get_by_text("Where the 1 record went")).to_be_visible()
    assert rows_of("ages", "who age") == [{"who": "Ada", "age": "36"}]


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_another_look_shows_what_the_choices_would_do(open_page, people_table, tmp_path, javascript):
    path = tmp_path / "ages.csv"
    path.write_text("name,age,town\nEdsger,72,Rotterdam\nEdsger,73,Austin\nAlan,41,London\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    look_into(page, path)
    expect(page.locator(".forecast")).to_have_text(re.compile(r"Into the table\s*3\s*$"))
    page.get_by_label("name tells rows apart").check()
    page.get_by_label("Type of town").select_option("INTEGER")
    page.get_by_role("button", name="Look again with these choices").click()
    expect(page.locator(".forecast")).to_have_text(
        re.compile(r"Into the table\s*2\s*In the table already\s*1\s*Error: type mismatch\s*3")
    )
    expect(page.get_by_label("name tells rows apart")).to_be_checked()
    expect(page.get_by_label("Type of town")).to_have_value("INTEGER")
    page.get_by_role("button", name="Import 3 records").click()
    expect(page.get_by_text("Where the 3 records went")).to_be_visible()
    assert [row["name"] for row in rows_of("ages")] == ["Edsger", "Alan"]


def test_a_file_goes_in_by_keyboard_alone(open_page, more_people):
    page = open_page()
    page.on("filechooser", lambda _: None)  # from now on, not only from a moment that the key below may overtake
    sign_in(page)
    press_until(page, "Tab", "Skip to the content")
    page.keyboard.press("Enter")
    press_until(page, "Tab", "id_file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(more_people)
    press_until(page, "Tab", "Look inside")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="more people.csv")).to_be_visible()
    press_until(page, "Tab", "id_table_name")
    page.keyboard.press("Control+A")
    page.keyboard.type("crew")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="more people.csv")).to_be_visible()
    expect(page.get_by_text("Where the 3 records went")).to_be_visible()
    press_until(page, "Tab", "See the table")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="Margaret")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_the_order_of_dates_is_answered_by_keyboard(open_page, tmp_path, javascript):
    path = tmp_path / "days.csv"
    path.write_text("day\n01/02/2024\n")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/ui/upload")
    page.get_by_label("Drop a file here").set_input_files(path)
    page.get_by_role("button", name="Look inside").click()
    question = page.get_by_role("group", name="In which order are day and month in “day”?")
    page.get_by_role("button", name="Import 1 record").click()
    expect(question).to_be_visible()  # the browser itself asks for an answer
    press_until(page, "Tab", "id_table_name")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(question.get_by_label("Day first: 01/02/2024 is 1 February 2024")).to_be_checked()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Where the 1 record went")).to_be_visible()
    assert [str(row["day"]) for row in rows_of("days", "day")] == ["2024-02-01"]


def test_dropping_a_file_is_choosing_it(open_page):
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
def test_an_import_is_taken_back_and_brought_back(open_page, people_table, javascript):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/ui/imports")
    page.get_by_role("link", name="Undo… people.csv", exact=True).click()
    choices = page.get_by_role("group", name="What becomes of the rows that were changed by hand?")
    expect(choices.get_by_role("radio", checked=True)).to_have_count(0)
    page.get_by_label("Why?").fill("A test")
    page.get_by_role("button", name="Undo this import").click()
    expect(choices.get_by_text("Choose what becomes of the rows that were changed by hand.")).to_be_visible()
    expect(page.get_by_label("Why?")).to_have_value("A test")
    choices.get_by_label("Keep them as they are").check()
    page.get_by_role("button", name="Undo this import").click()
    expect(page.get_by_text("1 row changed by hand stayed.")).to_be_visible()
    page.get_by_role("link", name="Redo…").click()
    expect(page.get_by_text("3 records will be read again from the kept file")).to_be_visible()
    page.get_by_role("button", name="Redo: bring it back into people").click()
    expect(page.get_by_text("Brought back: 3 rows in people")).to_be_visible()
    assert sorted(row["age"] or 0 for row in rows_of("people", "age")) == [0, 36, 55, 86, 88]


def test_an_import_is_taken_back_by_keyboard(open_page, people_table):
    query("UPDATE people SET age = 86 WHERE name = 'Grace'")
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{people_table[0].pk}/undo")
    page.get_by_role("link", name=re.compile(r"^row \d")).focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Keep them as they are")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Remove them like the others")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.type("A test")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Taken back: 3 rows left people.")).to_be_visible()


def test_times_are_in_the_readers_zone(open_page, failed):
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
    """The address of every page that no other test looks at with axe, with something on it."""
    undone = import_text(tmp_path, "undone.csv", "a\n1\n")
    undo_import(undone.pk, TESTER)
    query("UPDATE people SET age = 86 WHERE name IN ('Grace', 'Linus')")
    first, second = (f"/ui/imports/{found.pk}" for found in people_table)
    return [
        "/ui/sign-in",
        "/ui/upload",
        upload_of("ada", "people.csv", MORE_PEOPLE),
        upload_of("ada", "days.csv", "day\n01/02/2024\n"),
        "/ui/imports",
        "/ui/imports?table=nowhere",
        second,
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
