"""One import: what was changed on the way in, what did not fit, who did what, and where its records are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from imports.pages import import_details
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query
from tests.pages.browsing import faults, on_every_screen, sign_in
from tests.pages.reading import links, table_rows, words

#: Amounts and days that are written in another notation, a repeated number, an amount that is none, a ragged line.
SALES = """No;Day;Amount
1;13/01/2025;1.234,50
2;14/01/2025;99,00
3;15/01/2025;soon
2;16/01/2025;7,25
5;17/01/2025;5,00;more
"""
MAPPING = {"db_schema": {"no": "INTEGER", "day": "DATE", "amount": "NUMERIC"}, "unique_columns": ["no"]}


@pytest.fixture
def sales(atlas_db, tmp_path):
    """3 rows, a duplicate of the second, a rejected record; 2 errors."""
    return import_text(tmp_path, "sales.csv", SALES, table_name="sales", **MAPPING)


def rows_under(answer, heading):
    """The rows of the table in the section with this id of its heading."""
    html = answer.content.decode()
    answer.content = html[html.index(f'id="{heading}"') :].partition("</section>")[0].encode()
    return table_rows(answer)


def test_corrections_are_grouped_with_examples(imogen, sales):
    answer = imogen.get(f"/ui/imports/{sales.pk}")
    found = [address for address in links(answer) if "_corrections_applied" in address]
    assert rows_under(answer, "corrections") == [
        ["day", "Read as day/month/year", "3",
         "13/01/2025 → became 2025-01-13 14/01/2025 → became 2025-01-14 15/01/2025 → became 2025-01-15"],
        ["amount", "Read as NUMERIC", "2", "1.234,50 → became 1234.50 99,00 → became 99.00"],
    ]  # fmt: skip
    amounts = imogen.get(found[1])
    assert "2 rows found" in words(amounts)
    assert [row[3] for row in table_rows(amounts)[:2]] == ["1234.50", "99.00"]


def test_corrections_of_many_rows_are_counted_in_some_until_all_are_asked_for(imogen, sales, monkeypatch):
    monkeypatch.setattr(import_details, "AMONG", 1)
    address = f"/ui/imports/{sales.pk}"
    some, everything = imogen.get(address), imogen.get(f"{address}?all")
    assert "Counted in 1 of 3 rows. Count them in all rows , which takes a moment." in words(some)
    assert [row[2] for row in rows_under(some, "corrections")] == ["1", "1"]
    assert "Counted in" not in words(everything)
    assert [row[2] for row in rows_under(everything, "corrections")] == ["3", "2"]


def test_corrections_of_somebodys_own_code_are_told_as_they_are(imogen, sales):
    query("""UPDATE sales SET _corrections_applied = '{"amount": {"after": null}, "day": 7}' WHERE no = 1""")
    query("UPDATE sales SET _corrections_applied = '[1]' WHERE no = 2")
    assert rows_under(imogen.get(f"/ui/imports/{sales.pk}"), "corrections") == [
        ["amount", "Changed", "1", "– → became nothing"],
        ["day", "Read as day/month/year", "1", "15/01/2025 → became 2025-01-15"],
        ["day", "Changed", "1", "– → became nothing"],
    ]


def test_an_undone_import_has_no_corrections_and_no_rows_to_go_to(imogen, sales):
    undo_import(sales.pk, TESTER)
    answer = imogen.get(f"/ui/imports/{sales.pk}")
    assert "Changed on the way in" not in words(answer)
    assert not [address for address in links(answer) if address.startswith("/ui/tables/sales")]


def test_errors_are_grouped_by_column_and_message(imogen, sales):
    answer = imogen.get(f"/ui/imports/{sales.pk}")
    assert f"/ui/imports/{sales.pk}/errors" in links(answer)
    assert rows_under(answer, "errors") == [
        ["Amount", "Value … is not a valid number Type mismatch", "1", "soon"],
        ["the whole record", "… has 4 fields, the header has 3 Too many fields", "1",
         '["5", "17/01/2025", "5,00", "more"]'],
    ]  # fmt: skip


def test_the_parts_of_the_balance_lead_to_the_records(imogen, sales):
    found = links(imogen.get(f"/ui/imports/{sales.pk}"))
    rows = f"/ui/tables/sales?_import_id={sales.pk}&metadata=1"
    assert found.count(rows) == 2
    assert found.count(f"/ui/imports/{sales.pk}/kept?fate=duplicate") == 2
    assert "3 rows found" in words(imogen.get(rows))


def test_columns_stand_in_the_order_of_the_file(imogen, sales):
    assert [row[:2] for row in rows_under(imogen.get(f"/ui/imports/{sales.pk}"), "mapping")] == [
        ["No", "no new"], ["Day", "day new"], ["Amount", "amount new"],
    ]  # fmt: skip


def test_the_file_leads_to_where_it_went(imogen, sales):
    assert f"/ui/files/{sales.file_hash}" in links(imogen.get(f"/ui/imports/{sales.pk}"))


def test_who_may_audit_sees_what_was_done_to_it(signed_in, sales):
    undo_import(sales.pk, TESTER)
    answer = signed_in("audrey").get(f"/ui/imports/{sales.pk}")
    assert [row[1] for row in rows_under(answer, "log")] == ["Import undone", "Import finished", "Import started"]
    assert f"/ui/audit?subject={sales.pk}" in links(signed_in("audrey").get(f"/ui/imports/{sales.pk}"))
    assert "In the audit log" not in words(signed_in("imogen").get(f"/ui/imports/{sales.pk}"))


def test_duplicates_lead_to_the_row_that_they_equal(imogen, sales):
    answer = imogen.get(f"/ui/imports/{sales.pk}/kept?fate=duplicate")
    [(row_id,)] = query("SELECT id FROM sales WHERE no = 2")
    assert f"/ui/tables/sales/rows/{row_id}" in links(answer)
    assert "The row that is there , from this import, record 2" in words(answer)
    undo_import(sales.pk, TESTER)
    assert "The row that is there" not in words(imogen.get(f"/ui/imports/{sales.pk}/kept?fate=duplicate"))


def test_a_set_aside_record_is_found_by_its_number(imogen, sales):
    assert table_rows(imogen.get(f"/ui/imports/{sales.pk}/kept?record=5"))[0][0] == "5"
    assert "Nothing was set aside that fits this filter" in words(imogen.get(f"/ui/imports/{sales.pk}/kept?record=1"))


def test_number_of_queries_does_not_grow_with_the_import(signed_in, tmp_path):
    ada = signed_in("ada")
    numbers = []
    for number, table in ((3, "few"), (30, "many")):
        found = import_text(tmp_path, f"{table}.csv", SALES + SALES.partition("\n")[2] * number, table_name=table)
        pages = [f"/ui/imports/{found.pk}{page}" for page in ("", "/errors", "/kept")]
        numbers.append([queries(ada, page) for page in pages])
    assert numbers[0] == numbers[1]


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@on_every_screen
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_page, sales, width):
    page = open_page(width=width)
    sign_in(page)
    found = []
    for address in ("", "/errors?source_field=Amount", "/kept"):
        page.goto(f"/ui/imports/{sales.pk}{address}")
        for record in page.get_by_text("Show record").all():
            record.click()
        found += faults(page, all_of_them=True)
    assert found == []


def test_from_the_import_to_a_corrected_row_by_keyboard(open_page, sales):
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{sales.pk}")
    page.get_by_role("link", name="The rows with the 2 values of amount: Read as NUMERIC").press("Enter")
    expect(page.get_by_text("2 rows found")).to_be_visible()
    page.get_by_role("cell").first.get_by_role("link").press("Enter")
    expect(page.get_by_text("1.234,50").first).to_be_visible()
