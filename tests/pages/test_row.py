"""The page of one row."""

from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query, rows_of
from tests.pages.reading import links, table_rows, words

RULES = {"rules": {"transformations": [{"type": "uppercase", "field": "city"}]}}


def page_of(client, name, query=""):
    [row] = rows_of("people", "id", f"name = '{name}'")
    return client.get(f"/ui/tables/people/rows/{row['id']}{query}")


def test_a_row_with_its_values_its_errors_and_its_import(imogen, people_table):
    answer = page_of(imogen, "Alan")
    assert "Record 3, line 4, of more people.csv" in words(answer)
    assert table_rows(answer) == [
        ["name text", "name Alan", "as it stands", "Alan"],
        ["age integer", "age old", "Invalid value. Value 'old' is not a valid integer", "null"],
        ["city text", "city London", "as it stands", "London"],
    ]
    assert "age : Value 'old' is not a valid integer Invalid value, line 4" in words(answer)
    assert f"/ui/files/{people_table[1].file_hash}" in links(answer)
    assert f"/ui/tables/people?_import_id={people_table[1].pk}&metadata=1" in links(answer)


def test_a_row_names_the_imports_that_carried_it_too(imogen, people_table):
    assert "more people.csv record 1, line 2;" in words(page_of(imogen, "Ada"))
    undo_import(people_table[1].pk, TESTER)
    assert "UTC ; undone" in words(page_of(imogen, "Ada"))
    assert "None. A record that is equal to this row" in words(page_of(imogen, "Grace"))


def test_each_step_of_a_value(imogen, tmp_path, atlas_db):
    import_text(tmp_path, "people.csv", "name,city,paid\nAda,London, 1.50 \nBob,Rome,$3\nEve,Oslo,NA\n", **RULES)
    assert table_rows(page_of(imogen, "Ada"))[1:] == [
        ["city text", "city London", "“city” is converted to upper case. London → became LONDON", "LONDON"],
        ["paid numeric", "paid 1.50", "Trimmed spaces 1.50 → became 1.50", "1.50"],
    ]
    assert table_rows(page_of(imogen, "Bob"))[2][2:] == ["Converted to Decimal number $3 → became 3", "3"]
    assert table_rows(page_of(imogen, "Eve"))[2][2:] == ["Treated as empty NA → became null", "null"]


def test_a_large_file_is_read_when_it_is_asked_for(imogen, people_table):
    ImportHistory.objects.update(file_size_bytes=3 * 1024**2)
    asked = page_of(imogen, "Grace")
    assert "The file has 3.0\xa0MB. Read the record in it again" in asked.content.decode().replace(
        '<a href="?original=1">', ""
    )
    assert table_rows(asked)[0] == ["name text", "name text not kept", "as it stands", "Grace"]
    assert table_rows(page_of(imogen, "Grace", "?original=1"))[0][1] == "name Grace"


def test_a_row_that_was_changed_with_sql_says_so(imogen, people_table):
    query("UPDATE people SET age = 37 WHERE name = 'Ada'")
    assert "This row was changed with SQL" in words(page_of(imogen, "Ada"))
