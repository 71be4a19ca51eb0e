"""The page of one row."""

import pytest

from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query, rows_of
from tests.pages.reading import links, table_rows, words

pytestmark = pytest.mark.usefixtures("in_this_process")

RULES = {"rules": {"transformations": [{"type": "uppercase", "field": "city"}]}}


@pytest.fixture
def audrey(signed_in):
    """A user who may only read: for others there are links to correct the values, see test_repair.py."""
    return signed_in("audrey")


def page_of(client, name, query=""):
    [row] = rows_of("people", "id", f"name = '{name}'")
    return client.get(f"/ui/tables/people/rows/{row['id']}{query}")


def test_a_row_with_its_values_its_errors_and_its_import(audrey, people_table):
    answer = page_of(audrey, "Alan")
    assert "Row 3 (line 4) of more people.csv , imported" in words(answer)
    assert table_rows(answer) == [
        ["name Text", "name Alan", "unchanged", "Alan"],
        ["age Whole number", "age old", "Value 'old' is not a valid integer", "empty"],
        ["city Text", "city London", "unchanged", "London"],
    ]
    assert "age : Value 'old' is not a valid integer line 4" in words(answer)
    assert f"/ui/files/{people_table[1].file_hash}" in links(answer)
    assert f"/ui/tables/people?_import_id={people_table[1].pk}&metadata=1" in links(answer)


def test_a_row_lists_other_imports_that_contain_it(audrey, people_table):
    assert "more people.csv row 1 (line 2)," in words(page_of(audrey, "Ada"))
    undo_import(people_table[1].pk, TESTER)
    assert "UTC , undone" in words(page_of(audrey, "Ada"))
    assert "Not found in other imports." in words(page_of(audrey, "Grace"))


def test_each_step_of_a_value(audrey, tmp_path, atlas_db):
    import_text(tmp_path, "people.csv", "name,city,paid\nAda,London, 1.50 \nBob,Rome,$3\nEve,Oslo,NA\n", **RULES)
    assert table_rows(page_of(audrey, "Ada"))[1:] == [
        ["city Text", "city London", "“city” is converted to upper case. London → became LONDON", "LONDON"],
        ["paid Decimal number", "paid 1.50", "Trimmed spaces 1.50 → became 1.50", "1.50"],
    ]
    assert table_rows(page_of(audrey, "Bob"))[2][2:] == ["Converted to Decimal number $3 → became 3", "3"]
    assert table_rows(page_of(audrey, "Eve"))[2][2:] == ["Treated as empty NA → became empty", "empty"]


def test_a_large_file_is_read_when_it_is_asked_for(audrey, people_table):
    ImportHistory.objects.update(file_size_bytes=3 * 1024**2)
    asked = page_of(audrey, "Grace")
    assert "The file is large (3.0\xa0MB). Load original values" in asked.content.decode().replace(
        '<a href="?original=1">', ""
    )
    assert table_rows(asked)[0] == ["name Text", "name original not kept", "unchanged", "Grace"]
    assert table_rows(page_of(audrey, "Grace", "?original=1"))[0][1] == "name Grace"


def test_a_manually_changed_row_is_marked(audrey, people_table):
    query("UPDATE people SET age = 37 WHERE name = 'Ada'")
    assert "Manually changed" in words(page_of(audrey, "Ada"))


def test_a_row_that_imports_updated_has_its_history(audrey, people_table, tmp_path):
    mapping = {"table_name": "people", "unique_columns": ["name"], "duplicate_check": {"on_match": "update"}}
    import_text(tmp_path, "moved.csv", "name,city\nGrace,Boston\n", **mapping)

    answer = page_of(audrey, "Grace")

    assert "Last updated by row 1 (line 2) of moved.csv" in words(answer)
    assert "Inserted from row 2 of people.csv" in words(answer)
    rows = table_rows(answer)
    assert rows[:3] == [
        ["name Text", "name Grace", "unchanged", "Grace", "people.csv row 2"],
        ["age Whole number", "age 85", "unchanged", "85", "people.csv row 2"],
        ["city Text", "city Boston", "unchanged", "Boston", "moved.csv row 1"],
    ]
    tester = "by tester@example.com"
    assert [row[1:] for row in rows[3:5]] == [
        [f"moved.csv row 1, {tester}", "city New York → became Boston"],
        [f"people.csv row 2, {tester}", "Inserted"],
    ]
