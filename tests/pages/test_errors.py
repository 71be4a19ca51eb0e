"""The errors of an import: by type, column and pattern, each with its record."""

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

TEXT = "name,age,day\n" + "Ada,old,2025-01-02\nGrace,young,2025-01-03\nAlan,41,soon\nToo,1,2025-01-04,many\n"


@pytest.fixture
def ages(atlas_db, tmp_path):
    """Two ages and a day that are none, and a line with too many fields."""
    schema = {"name": "TEXT", "age": "INTEGER", "day": "DATE"}
    return import_text(tmp_path, "ages.csv", TEXT, table_name="ages", db_schema=schema)


@pytest.fixture
def address(ages):
    return f"/ui/imports/{ages.pk}/errors"


def errors(answer):
    """The numbers of the records that the list has."""
    return [row[0] for row in table_rows(answer) if len(row) == 7]


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


def test_a_kind_of_errors_leads_to_its_errors(imogen, address):
    answer = imogen.get(address)
    kinds = [row for row in table_rows(answer) if len(row) == 4]
    assert kinds == [
        ["age", "Value … is not a valid integer Invalid value", "2", "old young"],
        ["day", "Value … is not a valid date Invalid date or time", "1", "soon"],
        ["entire row", "… has 4 values, expected 3 Too many values", "1",
         '["Too", "1", "2025-01-04", "many"]'],
    ]  # fmt: skip
    led = [link for link in links(answer) if "error_type=" in link and link.startswith(address)]
    assert [errors(imogen.get(link)) for link in led] == [["1", "2"], ["3"], ["4"]]
    assert "Only those that say Value … is not a valid integer Whatever they say" in words(imogen.get(led[0]))


def test_a_kind_tells_messages_of_one_type_and_column_apart(imogen, ages, address):
    kind = {"code": "out_of_range", "params": {"type": "INTEGER"}}
    MappingError.objects.filter(record_number=2).update(error_details=kind)
    asked = urlencode({"error_type": "type_mismatch", "source_field": "age", "error_details": json.dumps(kind)})
    answer = imogen.get(f"{address}?{asked}")
    assert errors(answer) == ["2"]
    assert "Only those that say Value … is out of range for INTEGER" in words(answer)


@pytest.mark.parametrize("details", ["{", "5", '{"code": "no_such_code", "params": {}}', '{"params": 1}', "[1]"])
def test_a_kind_that_makes_no_sense_is_no_error(imogen, ages, address, details):
    assert imogen.get(address, {"error_details": details}).status_code == 200


def test_each_error_has_its_whole_record(imogen, address):
    rows = {row[0]: row[-1] for row in table_rows(imogen.get(address)) if len(row) == 7}
    assert rows["3"] == "Show record 3 name Alan age 41 day none It is a row of the table"
    assert rows["4"] == (
        "Show record 4 name Too age 1 day 2025-01-04 (beyond the header) many "
        "It was set aside, as it stands in the file."
    )


def test_rows_of_a_long_import_are_looked_for_one_at_a_time(imogen, address, monkeypatch):
    monkeypatch.setattr(record_details, "LOOKED_THROUGH", 2)
    rows = {row[0]: row[-1] for row in table_rows(imogen.get(address)) if len(row) == 7}
    assert rows["3"] == "Look for it : record 3"
    assert rows["4"].startswith("Show record 4 name Too")
    assert "?record=3" in links(imogen.get(address))
    assert "name Alan age 41" in table_rows(imogen.get(f"{address}?record=3"))[-1][-1]


def test_many_errors_are_grouped_from_some_until_all_are_asked_for(imogen, address, monkeypatch):
    monkeypatch.setattr(import_details, "AMONG", 1)
    assert "Grouped from 1 of 4 errors. Group all of them , which takes a moment." in words(imogen.get(address))
    assert "Grouped from" not in words(imogen.get(f"{address}?all"))
    assert "(1)" not in words(imogen.get(address))
    assert "Invalid value (2)" in words(imogen.get(f"{address}?all"))


def test_what_is_not_among_the_choices_filters_too(imogen, address, monkeypatch):
    monkeypatch.setattr(import_details, "AMONG", 1)
    answer = imogen.get(f"{address}?source_field=day")
    assert errors(answer) == ["3"]
    assert '<option value="day" selected>day</option>' in answer.content.decode()


def test_no_more_errors_are_counted_than_anybody_turns_pages(imogen, ages, address, monkeypatch):
    monkeypatch.setattr(pagination, "MAX_COUNTED", 100)
    MappingError.objects.bulk_create(
        MappingError(import_record=ages, record_number=number, error_type="too_long", error_message="No.")
        for number in range(5, 105)
    )
    ImportHistory.objects.update(mapping_errors_count=104)
    answer = imogen.get(address)
    assert "104 errors" in words(answer)
    assert "1–50 of the first 100" in words(answer)


def test_errors_are_chosen_and_their_records_opened_by_keyboard(open_page, address):
    page = open_page()
    sign_in(page)
    page.goto(address)
    page.get_by_label("Column of the file", exact=True).select_option("day")
    press_until(page, "Tab", "Show")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Show", exact=True)).to_be_visible()
    expect(page.get_by_text("1–1 of 1")).to_be_visible()
    expect(page.get_by_text("Alan")).to_be_visible()
    page.get_by_text("Show record 3").press("Enter")
    expect(page.get_by_text("Alan")).to_be_hidden()
    page.get_by_text("Show record 3").press("Enter")
    page.get_by_role("link", name="It is a row of the table").press("Enter")
    expect(page.get_by_role("row", name="day date").get_by_text("soon").first).to_be_visible()
