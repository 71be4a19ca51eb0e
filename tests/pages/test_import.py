"""One import: its conversions, errors and audit trail, and the links to its rows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from imports.errors import TooManyErrors
from imports.pages import import_details
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query
from tests.pages.browsing import faults, on_every_screen, sign_in
from tests.pages.reading import links, table_rows, words

#: Amounts and days in other formats, a repeated number, an invalid amount, a line with too many values.
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
    """Import 3 rows, a duplicate of the second, and a rejected row; with 2 errors."""
    return import_text(tmp_path, "sales.csv", SALES, table_name="sales", **MAPPING)


def rows_under(response, heading):
    """Return the rows of the table in the section whose heading has this id."""
    html = response.content.decode()
    response.content = html[html.index(f'id="{heading}"') :].partition("</section>")[0].encode()
    return table_rows(response)


def test_corrections_are_grouped_with_examples(imogen, sales):
    response = imogen.get(f"/ui/imports/{sales.pk}")
    found = [address for address in links(response) if "_corrections_applied" in address]
    assert rows_under(response, "corrections") == [
        ["day", "Converted from day/month/year", "3",
         "13/01/2025 → became 2025-01-13 14/01/2025 → became 2025-01-14 15/01/2025 → became 2025-01-15"],
        ["amount", "Converted to Decimal number", "2", "1.234,50 → became 1234.50 99,00 → became 99.00"],
    ]  # fmt: skip
    amounts = imogen.get(found[1])
    assert "2 rows found" in words(amounts)
    assert [row[3] for row in table_rows(amounts)[:2]] == ["1234.50", "99.00"]


def test_corrections_of_many_rows_are_counted_in_the_first_until_all_are_requested(imogen, sales, monkeypatch):
    monkeypatch.setattr(import_details, "MAX_SAMPLED", 1)
    address = f"/ui/imports/{sales.pk}"
    some, everything = imogen.get(address), imogen.get(f"{address}?all")
    assert "Based on the first 1 of 3 rows. Count all" in words(some)
    assert [row[2] for row in rows_under(some, "corrections")] == ["1", "1"]
    assert "Based on the first" not in words(everything)
    assert [row[2] for row in rows_under(everything, "corrections")] == ["3", "2"]


def test_corrections_written_by_other_code_are_shown(imogen, sales):
    query("""UPDATE sales SET _corrections_applied = '{"amount": {"after": null}, "day": 7}' WHERE no = 1""")
    query("UPDATE sales SET _corrections_applied = '[1]' WHERE no = 2")
    assert rows_under(imogen.get(f"/ui/imports/{sales.pk}"), "corrections") == [
        ["amount", "Changed", "1", "– → became empty"],
        ["day", "Converted from day/month/year", "1", "15/01/2025 → became 2025-01-15"],
        ["day", "Changed", "1", "– → became empty"],
    ]


def test_an_undone_import_links_to_no_corrections_and_rows(imogen, sales):
    undo_import(sales.pk, TESTER)
    response = imogen.get(f"/ui/imports/{sales.pk}")
    assert "Conversions" not in words(response)
    assert not [address for address in links(response) if address.startswith("/ui/tables/sales")]


def test_errors_are_grouped_by_column_and_message(imogen, sales):
    response = imogen.get(f"/ui/imports/{sales.pk}")
    assert f"/ui/imports/{sales.pk}/errors" in links(response)
    assert rows_under(response, "errors") == [
        ["Amount", "Value … is not a valid number", "1", "soon"],
        ["Entire row", "… has 4 values, expected 3", "1",
         '["5", "17/01/2025", "5,00", "more"]'],
    ]  # fmt: skip


def test_the_parts_of_the_bar_link_to_the_rows(imogen, sales):
    found = links(imogen.get(f"/ui/imports/{sales.pk}"))
    rows = f"/ui/tables/sales?_import_id={sales.pk}&metadata=1"
    assert found.count(rows) == 2
    assert found.count(f"/ui/imports/{sales.pk}/skipped?outcome=duplicate") == 2
    assert "3 rows found" in words(imogen.get(rows))


def test_columns_are_in_the_order_of_the_file(imogen, sales):
    assert [row[:2] for row in rows_under(imogen.get(f"/ui/imports/{sales.pk}"), "mapping")] == [
        ["No", "no new"], ["Day", "day new"], ["Amount", "amount new"],
    ]  # fmt: skip


def test_the_file_hash_links_to_all_imports_of_the_file(imogen, sales):
    assert f"/ui/files/{sales.file_hash}" in links(imogen.get(f"/ui/imports/{sales.pk}"))


def test_auditors_see_the_audit_trail_of_an_import(signed_in, sales):
    undo_import(sales.pk, TESTER)
    response = signed_in("audrey").get(f"/ui/imports/{sales.pk}")
    assert [row[1] for row in rows_under(response, "log")] == ["Import undone", "Import finished", "Import started"]
    assert f"/ui/audit?subject={sales.pk}" in links(signed_in("audrey").get(f"/ui/imports/{sales.pk}"))
    assert "Audit trail" not in words(signed_in("imogen").get(f"/ui/imports/{sales.pk}"))


def test_duplicates_link_to_the_existing_row(imogen, sales):
    response = imogen.get(f"/ui/imports/{sales.pk}/skipped?outcome=duplicate")
    [(row_id,)] = query("SELECT id FROM sales WHERE no = 2")
    assert f"/ui/tables/sales/rows/{row_id}" in links(response)
    assert "View existing row · View its import (row 2)" in words(response)
    undo_import(sales.pk, TESTER)
    assert "View existing row" not in words(imogen.get(f"/ui/imports/{sales.pk}/skipped?outcome=duplicate"))


def test_the_former_address_of_the_skipped_rows_redirects(imogen, sales):
    response = imogen.get(f"/ui/imports/{sales.pk}/kept?record=5")
    assert (response.status_code, response["Location"]) == (301, f"/ui/imports/{sales.pk}/skipped?record=5")


def test_the_former_name_of_the_outcome_still_filters(imogen, sales):
    duplicates = imogen.get(f"/ui/imports/{sales.pk}/skipped?fate=duplicate")
    assert [row[0] for row in table_rows(duplicates)] == ["4"]
    assert '<option value="duplicate" selected>' in duplicates.content.decode()
    assert [
        row[0] for row in table_rows(imogen.get(f"/ui/imports/{sales.pk}/skipped?outcome=rejected&fate=duplicate"))
    ] == ["5"]


def test_a_skipped_row_is_found_by_its_number(imogen, sales):
    assert table_rows(imogen.get(f"/ui/imports/{sales.pk}/skipped?record=5"))[0][0] == "5"
    shown = words(imogen.get(f"/ui/imports/{sales.pk}/skipped?record=1"))
    assert "No matching rows" in shown


def test_number_of_queries_does_not_grow_with_the_import(signed_in, tmp_path):
    ada = signed_in("ada")
    numbers = []
    for number, table in ((3, "few"), (30, "many")):
        found = import_text(tmp_path, f"{table}.csv", SALES + SALES.partition("\n")[2] * number, table_name=table)
        pages = [f"/ui/imports/{found.pk}{page}" for page in ("", "/errors", "/skipped")]
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
    for address in ("", "/errors?source_field=Amount", "/skipped"):
        page.goto(f"/ui/imports/{sales.pk}{address}")
        for record in page.get_by_text("Show row").all():
            record.click()
        found += faults(page, all_of_them=True)
    assert found == []


def test_a_corrected_row_is_opened_from_the_import_by_keyboard(open_page, sales):
    page = open_page()
    sign_in(page)
    page.goto(f"/ui/imports/{sales.pk}")
    page.get_by_role("link", name="View rows with 2 converted values in amount: Converted to Decimal number").press(
        "Enter"
    )
    expect(page.get_by_text("2 rows found")).to_be_visible()
    page.get_by_role("cell").first.get_by_role("link").press("Enter")
    expect(page.get_by_text("1.234,50").first).to_be_visible()


NOTED = "Report of the office\n\nday,n\n2024-01-05,1\n2024-01-06,2\n\nSource: the office\n"


def test_lines_that_are_not_read_are_counted_and_downloaded(imogen, atlas_db, tmp_path):
    record = import_text(tmp_path, "report.csv", NOTED, table_name="report")
    response = imogen.get(f"/ui/imports/{record.pk}")

    assert "2 Lines not read" in words(response)
    assert "Lines above the table 1 (in lines 1–2) Lines below the table 1 (line 7)" in words(response)
    assert f"/import-history/{record.pk}/not-read.csv" in links(response)


def test_a_stopped_import_shows_the_rows_that_were_not_imported(imogen, atlas_db, tmp_path):
    with pytest.raises(TooManyErrors) as stop:
        import_text(tmp_path, "t.csv", "a,n\nx,1\ny,two\nz,3\n", db_schema={"n": "INTEGER"}, on_error="abort")
    response = imogen.get(f"/ui/imports/{stop.value.details['import_id']}")

    assert "Result: 3 rows" in words(response)
    assert "1 Rejected" in words(response)
    assert "2 Not imported" in words(response)
