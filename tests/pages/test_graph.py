"""The lineage pages: labels and links of the graph, and its use in a browser."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.api.test_graph import imported
from tests.importing import TESTER, import_text
from tests.pages.browsing import faults_of, on_every_screen, sign_in
from tests.pages.conftest import PEOPLE
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")


@pytest.fixture
def history(people_table, ragged, failed, tmp_path):
    """people.csv into people and crew, more people.csv, one partly imported, one failed, one undone."""
    undone = import_text(tmp_path, "undone.csv", "name,age,city\nX,1,Y\n", table_name="people")
    undo_import(undone.pk, TESTER)
    crew = import_text(tmp_path, "people.csv", PEOPLE, table_name="crew")
    return {"first": people_table[0], "second": people_table[1], "ragged": ragged, "undone": undone, "crew": crew}


def lines(answer):
    """File, outcome, rows and table of every line of the table under the drawing."""
    return [
        (file.removesuffix(" Filter"), outcome, rows, table.removesuffix(" Filter"))
        for file, _, outcome, rows, _, table in table_rows(answer)
    ]


def said(answer):
    """What screen readers say of each node, without the times."""
    labels = re.findall(r'<a class="node[^>]*? aria-label="([^"]*)"', answer.content.decode())
    return [re.sub(r", \w+ \d+, \d{4}, \d\d:\d\d UTC", "", label) for label in labels]


def test_an_import_that_only_updates_rows_is_not_called_nothing_new(imogen, tmp_path):
    import_text(tmp_path, "prices.csv", "id,price\n1,5\n2,7\n")
    import_text(tmp_path, "prices 2.csv", "id,price\n1,6\n2,8\n", table_name="prices", unique_columns=["id"],
                duplicate_check={"on_match": "update"})  # fmt: skip

    answer = imogen.get("/ui/lineage?table=prices")

    assert said(answer) == [
        "File prices 2.csv: 1 import",
        "Import prices 2.csv: Imported · 2 rows updated",
        "Table prices: 2 rows, 2 updated · 2 imports",
        "File prices.csv: 1 import",
        "Import prices.csv: Imported · 2 rows",
    ]
    assert [row[3:5] for row in table_rows(answer)] == [["0", "2"], ["2", "0"]]


def test_the_graph_and_the_table_view_match(imogen, history):
    answer = imogen.get("/ui/lineage?include_undone=true")

    assert said(answer) == [
        "File people.csv: 2 imports",
        "Import people.csv: Imported · 3 rows",
        "Table crew: 3 rows · 1 import",
        "File undone.csv: 1 import",
        "Import undone.csv: Undone · 1 row",
        "Table people: 5 rows · 3 imports",
        "File more people.csv: 1 import",
        "Import more people.csv: Imported · 2 rows",
        "Import people.csv: Imported · 3 rows",
        "Import broken.xlsx: Not imported · into broken",
        "File ragged.csv: 1 import",
        "Import ragged.csv: Partially imported · 3 rows",
        "Table ragged: 3 rows · 1 import",
    ]
    assert lines(answer) == [
        ("people.csv", "Imported", "3", "crew"),
        ("undone.csv", "Undone", "1", "people"),
        ("more people.csv", "Imported", "2", "people"),
        ("people.csv", "Imported", "3", "people"),
        ("no file", "Not imported", "0", "broken"),
        ("ragged.csv", "Partially imported", "3", "ragged"),
    ]
    assert answer.content.decode().count('class="edge edge-undone"') == 3  # two ways, and the legend


def test_every_node_links_to_a_page(imogen, history):
    answer = imogen.get("/ui/lineage?include_undone=true")
    found = [link for link in links(answer) if link.startswith(("/ui/files/", "/ui/imports/", "/ui/tables/"))]

    assert {f"/ui/imports/{one.pk}" for one in history.values()} < set(found)
    assert {"/ui/tables/people", f"/ui/files/{history['ragged'].file_hash}"} < set(found)
    assert {imogen.get(link).status_code for link in set(found)} == {200}


def test_only_one_table_file_or_person(imogen, history):
    assert lines(imogen.get("/ui/lineage?table=ragged")) == [("ragged.csv", "Partially imported", "3", "ragged")]
    assert [line[3] for line in lines(imogen.get(f"/ui/lineage?file={history['first'].file_hash}"))] == [
        "crew", "people",
    ]  # fmt: skip
    assert len(lines(imogen.get("/ui/lineage?user=7"))) == 4
    assert "No matching imports" in words(imogen.get("/ui/lineage?user=unknown"))


def test_as_it_was_at_a_time(imogen, people_table):
    between = timezone.now().isoformat()
    undo_import(people_table[0].pk, TESTER)

    assert len(lines(imogen.get("/ui/lineage"))) == 1
    then = imogen.get("/ui/lineage", {"as_of": between})
    assert len(lines(then)) == 2
    assert f'value="{between[:19]}"' in then.content.decode()
    assert "No imports at that time" in words(imogen.get("/ui/lineage?as_of=2020-01-01"))


def test_a_table_leads_to_its_part_of_the_graph(imogen, people_table):
    assert "/ui/lineage?table=people" in links(imogen.get("/ui/tables/people"))


def test_a_dropped_table_leads_to_its_history(imogen, people_table):
    for one in people_table:
        undo_import(one.pk, TESTER)
    found = links(imogen.get("/ui/lineage?include_undone=true"))

    assert "/ui/tables/people" not in found
    (history,) = {link for link in found if link.startswith("/ui/imports?table=people&")}
    assert len(table_rows(imogen.get(history))) == 2


def test_many_imports_are_grouped_and_groups_lead_to_the_history(imogen, atlas_db):
    ImportHistory.objects.bulk_create([imported(number) for number in range(600)])
    answer = imogen.get("/ui/lineage")

    assert said(answer) == [
        "Files sales-*.csv: 600 imports",
        "Imports 600 imports: Imported · 6,000 rows",
        "Table sales: 6,000 rows · 600 imports",
    ]
    assert "Similar file names are grouped." in words(answer)
    (group,) = {link for link in links(answer) if "status=success" in link}
    assert "1–50 of 600" in words(imogen.get(group))


def test_an_empty_page_explains_the_graph(imogen, atlas_db):
    answer = imogen.get("/ui/lineage")

    assert "No lineage yet" in words(answer)
    assert "/ui/upload" in links(answer)


@pytest.mark.parametrize(
    ("address", "status", "says"),
    [
        ("/ui/lineage?limit=7", 400, "Ensure this value is greater than or equal to 10."),
        ("/ui/lineage?as_of=yesterday", 400, "Enter a date or time in ISO 8601 format"),
        ("/ui/lineage?table=nowhere", 404, "Table “nowhere” not found."),
        (f"/ui/files/{'0' * 64}", 404, "No file with this SHA-256 was ever imported."),
        ("/ui/files/nothing", 404, "No file with this SHA-256 was ever imported."),
    ],
)
def test_invalid_filters_are_reported(imogen, address, status, says):
    answer = imogen.get(address)
    assert answer.status_code == status
    assert says in answer.content.decode()


def test_a_file_with_every_table_it_touched(imogen, history):
    undo_import(history["first"].pk, TESTER)
    answer = imogen.get(f"/ui/files/{history['first'].file_hash}")

    assert "people.csv 2 imports into 2 tables." in words(answer)
    tables, imports = table_rows(answer)[:2], table_rows(answer)[2:]
    assert [row[:4] for row in tables] == [["crew", "1", "1", "3"], ["people", "1", "0", "0"]]
    assert [row[:4] for row in imports] == [
        ["people.csv", "Imported", "crew", "3"], ["people.csv", "Undone", "people", "3"],
    ]  # fmt: skip
    assert said(answer)[0] == "File people.csv: 2 imports"
    (download,) = [link for link in links(answer) if link.endswith("/source-file")]
    assert b"".join(imogen.get(download).streaming_content) == PEOPLE.encode()


@pytest.mark.parametrize("address", ["/ui/lineage", f"/ui/files/{'0' * 64}"])
def test_who_may_see_it(signed_in, address):
    assert Client().get(address)["Location"] == f"/ui/sign-in?next={address}"
    assert signed_in("norman").get(address).status_code == 403
    assert signed_in("audrey").get(address).status_code in (200, 404)


def test_number_of_queries_is_constant(imogen, history):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            for address in ("/ui/lineage", f"/ui/files/{history['first'].file_hash}"):
                assert imogen.get(address).status_code == 200
        return len(captured)

    few = queries()
    ImportHistory.objects.bulk_create(
        imported(number, file_hash=history["first"].file_hash, table_name=f"t{number % 9}") for number in range(45)
    )
    assert queries() == few


# --- in a browser ---


@on_every_screen
def test_axe_finds_nothing_serious(open_page, history, width):
    page = open_page(width=width)
    sign_in(page)
    file = f"/ui/files/{history['crew'].file_hash}"
    assert faults_of(page, ["/ui/lineage?include_undone=true", "/ui/lineage?limit=10", file]) == []


def test_without_scripts_the_drawing_is_there(open_page, history):
    page = open_page(javascript=False)
    sign_in(page)
    page.goto("/ui/lineage")
    expect(page.get_by_role("button", name="Zoom in")).to_be_hidden()
    page.get_by_role("link", name="Table ragged: 3 rows · 1 import").click()
    expect(page).to_have_url("/ui/tables/ragged")


def test_by_keyboard_from_node_to_node(open_page, history):
    page = open_page()
    sign_in(page)
    page.goto("/ui/lineage?table=people")
    file = page.get_by_role("link", name="File more people.csv: 1 import")
    file.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name=re.compile("^Import more people.csv"))).to_be_focused()
    expect(page.locator(".on")).to_have_count(5)  # three nodes and the two ways between them
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="Table people: 5 rows · 2 imports")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url("/ui/tables/people")


def test_sizes_dragging_and_search(open_page, history):
    page = open_page(width=700)
    sign_in(page)
    page.goto("/ui/lineage")
    drawing, box = page.locator("svg.graph"), page.locator("[data-box]")
    page.get_by_role("button", name="Zoom in").click()
    expect(drawing).to_have_attribute("width", "1420")
    box.focus()
    page.keyboard.press("0")
    expect(drawing).to_have_attribute("width", "1136")
    page.get_by_role("button", name="Fit").click()
    assert drawing.evaluate("one => one.clientWidth") <= 700
    page.get_by_role("button", name="Full size").click()
    box.evaluate("one => one.scrollTo(0, 0)")
    place = page.get_by_role("link", name="File people.csv: 2 imports").bounding_box()
    x, y = place["x"] + 60, place["y"] + 20
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 40, y, steps=3)
    page.mouse.up()
    assert (box.evaluate("one => one.scrollLeft"), page.url.endswith("/ui/lineage")) == (40, True)
    page.get_by_label("Search graph").fill("ragg")
    expect(page.get_by_role("link", name="Table ragged: 3 rows · 1 import")).to_have_class(re.compile(r"\bon\b"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="File ragged.csv: 1 import")).to_be_focused()
    page.get_by_role("link", name="File people.csv: 2 imports").click()
    expect(page).to_have_url(f"/ui/files/{history['first'].file_hash}")


def test_an_import_that_added_no_row_is_not_shown_as_imported(imogen, people_table, tmp_path):
    import_text(tmp_path, "again.csv", "name,age,city\nGrace,85,New York\nAda,36,London\n", table_name="people")

    rows = table_rows(imogen.get("/ui/lineage"))

    assert [row[2] for row in rows if "again.csv" in row[0]] == ["Nothing new"]
