"""Groups of errors on the errors page, and the page that repairs one with a proposal, after a preview."""

import json
import random
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from imports.history import error_groups
from imports.models import ErrorSummary, ImportHistory, Repair
from imports.pages import import_details
from tests.importing import import_text, query, rows_of
from tests.pages.browsing import press_until, sign_in
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

ISO = {"rules": {"datetime_transformations": [{"field": "born", "source_format": "%Y-%m-%d"}]}}


def people(folder, days, name="people.csv"):
    text = "born,n\n" + "".join(f"{day},{number}\n" for number, day in enumerate(days))
    return import_text(folder, name, text, table_name="people", **ISO)


@pytest.fixture
def record(atlas_db, tmp_path):
    return people(tmp_path, ["13.2.2020", "1.2.2020", "2020-03-04", "45.1.2020", "soon"])


def repair_links(client, record):
    """The addresses of the repairs of the errors page, in order."""
    return [link for link in links(client.get(f"/ui/imports/{record.pk}/errors")) if "/errors/repair?" in link]


def test_groups_show_what_would_fit_and_what_repairs_them(imogen, record):
    response = imogen.get(f"/ui/imports/{record.pk}/errors")

    expected = "Value … is not a valid date Expected: A date as year-month-day, such as 2025-12-31"
    assert [row[1:] for row in table_rows(response) if len(row) == 5] == [
        [expected, "3", "13.2.2020 1.2.2020 45.1.2020", "Read them as day.month.year (fits 2 of 3)"
         " Repair 2 values in born: Read them as day.month.year Other repair of 3 values in born"],
        [expected, "1", "soon", "Leave the cells with “soon” empty Repair 1 value in born: Leave the cells with “soon”"
         " empty Other repair of 1 value in born"],
    ]  # fmt: skip
    assert "Value '45.1.2020' is not a valid date Expected: A date" in words(response)


def test_who_may_not_import_sees_no_repairs(signed_in, record):
    response = signed_in("audrey").get(f"/ui/imports/{record.pk}/errors")

    assert [len(row) for row in table_rows(response) if row[0] == "born"] == [4, 4]
    assert signed_in("audrey").get(f"/ui/imports/{record.pk}/errors/repair").status_code == 403


def test_a_group_leads_to_its_errors(imogen, record):
    led = [link for link in links(imogen.get(f"/ui/imports/{record.pk}/errors")) if "shape=" in link]

    assert [[row[0] for row in table_rows(imogen.get(link)) if len(row) == 7] for link in led] == [
        ["1", "2", "4"], ["5"]
    ]  # fmt: skip


def test_a_repair_shows_before_and_after_first(imogen, record):
    address = repair_links(imogen, record)[0]

    response = imogen.get(address)

    assert "Repair 2 values? born: Value … is not a valid date, values of the form 9.9.9" in words(response)
    assert "2 of 3 values fit then. The others stay as they are." in words(response)
    assert table_rows(response)[-2:] == [["13.2.2020", "2020-02-13"], ["1.2.2020", "2020-02-01"]]
    assert Repair.objects.count() == 0

    done = imogen.post(address, {"reason": "German dates"}, follow=True)
    assert "2 rows repaired." in words(done)
    assert "2 errors in 2 rows" in words(done)
    assert [str(row["born"]) for row in rows_of("people", "born")] == [
        "2020-02-13", "2020-02-01", "2020-03-04", "None", "None",
    ]  # fmt: skip
    assert set(Repair.objects.values_list("reason", "origin", "by")) == {("German dates", "proposal", "imogen")}


def test_one_value_or_none_for_all(imogen, record):
    other = repair_links(imogen, record)[1]
    assert "Choose a change" in words(imogen.get(other))

    assert "None of the 3 values fits then." in words(imogen.get(f"{other}&value=never"))
    assert "Repair 3 values?" in words(imogen.get(f"{other}&value=2020-01-01"))
    [empty] = [link for link in links(imogen.get(other)) if "proposal=" in link]
    assert "3 rows repaired." in words(imogen.post(empty, {}, follow=True))


def test_what_becomes_of_later_imports_is_said_before(imogen, record, tmp_path):
    later = import_text(tmp_path, "later.csv", "born,n\n2020-02-13,0\n2020-05-05,9\n", table_name="people")
    assert later.rows_inserted == 2

    response = imogen.get(repair_links(imogen, record)[0])

    assert "1 row of later imports: now duplicates, so they leave the table." in words(response)
    assert len(rows_of("people")) == 7


def test_rows_that_were_changed_manually_need_a_choice(imogen, record):
    query("UPDATE people SET n = 77 WHERE n = 0")
    address = repair_links(imogen, record)[0]
    assert "Repair 2 values?" in words(imogen.get(address))

    refused = imogen.post(address, {})

    assert refused.status_code == 409
    assert "Choose whether to keep or remove the manually changed rows." in words(refused)
    assert "1 row repaired." in words(imogen.post(address, {"changed_rows": "keep"}, follow=True))


def test_an_undone_import_is_not_repaired(imogen, record):
    address = repair_links(imogen, record)[0]
    ImportHistory.objects.update(undone_at="2026-01-01T00:00Z")

    response = imogen.get(address)

    assert response.status_code == 409
    assert "Redo it before you repair rows of it." in words(response)
    assert 'name="reason"' not in response.content.decode()


def test_an_address_of_no_group_is_not_found(imogen, record):
    born = '{"target_field": "born"}'
    queries = [{}, {"group": "{"}, {"group": "[]"}, {"group": '{"target_field": "no"}'},
               {"group": born, "proposal": "{"}, {"group": born, "proposal": "5"}]  # fmt: skip
    for params in queries:
        assert imogen.get(f"/ui/imports/{record.pk}/errors/repair?{urlencode(params)}").status_code == 404, params


def test_a_group_of_an_unknown_message_is_shown_without_it(imogen, record):
    for details in ({}, {"code": "no_such"}, {"code": "out_of_range"}, {"code": [], "params": []}, 5, [1]):
        group = json.dumps({"target_field": "born", "error_details": details})
        address = f"/ui/imports/{record.pk}/errors/repair?{urlencode({'group': group})}"
        assert imogen.get(address).status_code == 200, details


def test_many_errors_have_proposals_once_all_are_summarized(imogen, record, monkeypatch):
    monkeypatch.setattr(import_details, "MAX_SAMPLED", 1)
    monkeypatch.setattr(error_groups, "KEPT_FROM", 2)
    address = f"/ui/imports/{record.pk}/errors"

    assert "Summary of the first 1 of 4 errors." in words(imogen.get(address))
    assert "Repair 2 values" not in words(imogen.get(address))
    assert "Repair 2 values" in words(imogen.get(f"{address}?all"))
    assert "Repair 2 values" in words(imogen.get(address))
    assert ErrorSummary.objects.count() == 1


def test_many_errors_are_summarized_while_their_page_is_open(open_page, record, monkeypatch):
    monkeypatch.setattr(import_details, "MAX_SAMPLED", 1)
    page = open_page()
    sign_in(page)

    page.goto(f"/ui/imports/{record.pk}/errors")

    expect(page.get_by_role("link", name="Repair 2 values")).to_be_visible()
    expect(page.get_by_text("Summary of the first")).to_have_count(0)


def test_400_values_are_repaired_by_one_proposal_by_keyboard(open_page, atlas_db, tmp_path):
    chance = random.Random(1)
    days = [f"{chance.randint(1, 28)}.{chance.randint(1, 12)}.{chance.randint(1950, 2020)}" for _ in range(400)]
    record = people(tmp_path, [*days, "2020-03-04", "soon"])
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{record.pk}/errors")

    press_until(page, "Tab", "Repair 400 values in born: Read them as day.month.year")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Repair 400 values?")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(11)
    press_until(page, "Tab", "Repair 400 values")
    page.keyboard.press("Enter")

    expect(page.get_by_text("400 rows repaired.")).to_be_visible()
    expect(page.get_by_role("heading", name="1 error in 1 row")).to_be_visible()
    iso = ["-".join(f"{int(part):02}" for part in reversed(day.split("."))) for day in days]
    assert [str(row["born"]) for row in rows_of("people", "born")] == [*iso, "2020-03-04", "None"]
    record.refresh_from_db()
    assert (record.mapping_errors_count, record.mapping_status) == (1, "completed_with_errors")
