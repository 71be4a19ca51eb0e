"""Tables, columns, a row and statistics in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.importing import rows_of
from tests.pages.browsing import faults_of, on_every_screen, sign_in

pytestmark = pytest.mark.usefixtures("in_this_process")

#: Whether something is drawn on every canvas.
DRAWN = """() => [...document.querySelectorAll("canvas")].map((canvas) => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return pixels.some((part) => part > 0);
})"""


@on_every_screen
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, people_table, ragged, width):
    page = open_page(width=width)
    sign_in(page)
    alan = rows_of("people", "id", "name = 'Alan'")[0]["id"]
    addresses = (
        "/ui/tables/people?age__isnull=false&search=o&sort=-age&metadata=1",
        "/ui/tables/people?name=Unknown",
        "/ui/tables/people/columns",
        f"/ui/tables/people/rows/{alan}",
        "/ui/statistics",
    )
    assert faults_of(page, addresses, all_of_them=True) == []
    assert page.evaluate(DRAWN) == [True] * 7


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_a_row_and_its_source_are_found_by_keyboard(open_page, people_table, javascript):
    page = open_page(javascript=javascript)
    sign_in(page)
    page.goto("/ui/tables/people")
    page.get_by_label("Column").select_option("age")
    page.get_by_label("Condition").select_option("is empty")
    page.get_by_label("Condition").press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/ui/tables/people?age__isnull=true")
    expect(page.get_by_text("1 row found in 3 columns")).to_be_visible()
    page.get_by_role("cell").first.get_by_role("link").press("Enter")
    expect(page.get_by_role("row", name="age Whole number").get_by_text("is not a valid integer")).to_be_visible()
    page.get_by_role("link", name="more people.csv").first.click()
    expect(page.get_by_role("heading", name="more people.csv")).to_be_visible()


def test_statistics_are_tables_where_there_are_no_scripts(open_page, people_table):
    page = open_page(javascript=False)
    sign_in(page)
    page.goto("/ui/statistics")
    expect(page.locator(".charts").first).to_be_hidden()
    expect(page.get_by_role("region", name="By table: data table").get_by_role("row", name="people")).to_be_visible()
