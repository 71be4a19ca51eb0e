"""The errors of an import: by type, column and message, each with its full row."""

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from core import pagination
from imports.models import ImportHistory, MappingError
from imports.pages import import_details, record_details
from tests.importing import import_text
from tests.pages.browsing import press_until, sign_in
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

TEXT = "name,age,day\n" + "Ada,old,2025-01-02\nGrace,young,2025-01-03\nAlan,41,soon\nToo,1,2025-01-04,many\n"


@pytest.fixture
def ages(atlas_db, tmp_path):
    """Import two invalid ages, an invalid day, and a line with too many values."""
    schema = {"name": "TEXT", "age": "INTEGER", "day": "DATE"}
    return import_text(tmp_path, "ages.csv", TEXT, table_name="ages", db_schema=schema)


@pytest.fixture
def address(ages):
    return f"/ui/imports/{ages.pk}/errors"


def errors(response):
    """Return the row numbers of the listed errors."""
    return [row[0] for row in table_rows(response) if len(row) == 7]


@pytest.mark.parametrize(
    ("asked", "records"),
    [
        ("", ["1", "2", "3", "4"]),
        ("error_type=type_mismatch", ["1", "2"]),
        ("source_field=day", ["3"]),
        ("source_field=*", ["4"]),
        ("record=2", ["2"]),
        ("error_type=type_mismatch&source_field=day", []),
        ("error_type=nonsense", []),
        ("record=nonsense", ["1", "2", "3", "4"]),
    ],
)
def test_errors_are_filtered(imogen, address, asked, records):
    assert errors(imogen.get(f"{address}?{asked}")) == records


def test_a_group_of_errors_links_to_its_errors(imogen, address):
    response = imogen.get(address)
    kinds = [row for row in table_rows(response) if len(row) == 5]
    assert kinds == [
        ["age", "Value … is not a valid integer Expected: A whole number of at most 2,147,483,647, such as 1234", "2",
         "old young", "Leave the cells with “old”, “young” empty"
         " Repair 2 values in age: Leave the cells with “old”, “young” empty Other repair of 2 values in age"],
        ["day", "Value … is not a valid date Expected: A date as year-month-day, such as 2025-12-31", "1", "soon",
         "Leave the cells with “soon” empty Repair 1 value in day: Leave the cells with “soon” empty"
         " Other repair of 1 value in day"],
        ["Entire row", "… has 4 values, expected 3", "1", '["Too", "1", "2025-01-04", "many"]', "–"],
    ]  # fmt: skip
    led = [link for link in links(response) if "error_type=" in link and link.startswith(address)]
    assert [errors(imogen.get(link)) for link in led] == [["1", "2"], ["3"], ["4"]]
    assert "Filtered by reason Value … is not a valid integer and values of the form a Clear" in words(
        imogen.get(led[0])
    )


def test_errors_of_one_type_and_column_are_filtered_by_message(imogen, ages, address):
    kind = {"code": "out_of_range", "params": {"type": "INTEGER"}}
    MappingError.objects.filter(record_number=2).update(error_details=kind)
    asked = urlencode({"error_type": "type_mismatch", "source_field": "age", "error_details": json.dumps(kind)})
    response = imogen.get(f"{address}?{asked}")
    assert errors(response) == ["2"]
    assert "Filtered by reason Value … is out of range for INTEGER" in words(response)


@pytest.mark.parametrize("details", ["{", "5", '{"code": "no_such_code", "params": {}}', '{"params": 1}', "[1]"])
def test_an_invalid_message_filter_is_ignored(imogen, ages, address, details):
    assert imogen.get(address, {"error_details": details}).status_code == 200


def test_each_error_has_its_full_row(imogen, address):
    rows = {row[0]: row[-1] for row in table_rows(imogen.get(address)) if len(row) == 7}
    assert rows["3"] == "Show row 3 name Alan age 41 day empty View row in table"
    assert rows["4"] == ("Show row 4 name Too age 1 day 2025-01-04 (extra column) many Skipped row")


def test_rows_of_a_long_import_are_searched_one_at_a_time(imogen, address, monkeypatch):
    monkeypatch.setattr(record_details, "MAX_ROWS_SEARCHED", 2)
    rows = {row[0]: row[-1] for row in table_rows(imogen.get(address)) if len(row) == 7}
    assert rows["3"] == "Find row 3"
    assert rows["4"].startswith("Show row 4 name Too")
    assert "?record=3" in links(imogen.get(address))
    assert "name Alan age 41" in table_rows(imogen.get(f"{address}?record=3"))[-1][-1]


def test_many_errors_are_summarized_from_the_first_until_all_are_requested(imogen, address, monkeypatch):
    monkeypatch.setattr(import_details, "MAX_SAMPLED", 1)
    assert "Summary of the first 1 of 4 errors. Summarize all" in words(imogen.get(address))
    assert "Summary of the first" not in words(imogen.get(f"{address}?all"))
    assert "(1)" not in words(imogen.get(address))
    assert "Invalid value (2)" in words(imogen.get(f"{address}?all"))


def test_a_value_that_is_not_among_the_choices_filters_too(imogen, address, monkeypatch):
    monkeypatch.setattr(import_details, "MAX_SAMPLED", 1)
    response = imogen.get(f"{address}?source_field=day")
    assert errors(response) == ["3"]
    assert '<option value="day" selected>day</option>' in response.content.decode()


def test_a_long_list_of_errors_is_counted_up_to_a_limit(imogen, ages, address, monkeypatch):
    monkeypatch.setattr(pagination, "MAX_COUNTED", 100)
    MappingError.objects.bulk_create(
        MappingError(import_record=ages, record_number=number, error_type="too_long", error_message="No.")
        for number in range(5, 105)
    )
    ImportHistory.objects.update(mapping_errors_count=104)
    response = imogen.get(address)
    assert "104 errors" in words(response)
    assert "1–50 of the first 100" in words(response)


def test_errors_are_filtered_and_their_rows_opened_by_keyboard(open_page, address):
    page = open_page()
    sign_in(page)
    page.goto(address)
    page.get_by_label("Source column", exact=True).select_option("day")
    press_until(page, "Tab", "Apply")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Apply", exact=True)).to_be_visible()
    expect(page.get_by_text("1–1 of 1")).to_be_visible()
    expect(page.get_by_text("Alan")).to_be_visible()
    page.get_by_text("Show row 3").press("Enter")
    expect(page.get_by_text("Alan")).to_be_hidden()
    page.get_by_text("Show row 3").press("Enter")
    page.get_by_role("link", name="View row in table").press("Enter")
    expect(page.get_by_role("row", name="day date").get_by_text("soon").first).to_be_visible()
