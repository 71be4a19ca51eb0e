"""Words and codes that look like values of other types are texts until something shows that they are not."""

from decimal import Decimal

import openpyxl
import pytest

from tests.importing import columns_of, corrections_of, import_path, import_text, table_of, values_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


HASHES = (
    "digest,path\n0e830400451993494058024219903391,a.txt\n0e462097431906509019562988736854,b.txt\n"
    "0e545993274517709034328855841020,c.txt\n"
)


def test_digests_of_digits_and_an_e_are_texts_and_a_key_tells_them_apart(tmp_path):
    record = import_text(tmp_path, "hash.csv", HASHES, table_name="t", unique_columns=["digest"])

    assert record.rows_inserted == 3
    assert columns_of("t")["digest"] == "text"
    assert values_of("digest")[0] == "0e830400451993494058024219903391"


def test_digits_with_a_bare_exponent_are_texts_but_numbers_where_a_number_was_asked_for(tmp_path):
    import_text(tmp_path, "rooms.csv", "room,floor\n1E10,1\n2E12,2\n3E01,3\n", table_name="t")
    import_text(tmp_path, "n.csv", "room,floor\n1E3,1\n2E2,2\n", table_name="asked", db_schema={"room": "NUMERIC"})

    assert values_of("room") == ["1E10", "2E12", "3E01"]
    assert values_of("room", "asked") == [1000, 200]
    assert corrections_of("room", "asked") == {"1E3": 1000, "2E2": 200}


def test_numbers_in_scientific_notation_are_numbers(tmp_path):
    import_text(tmp_path, "s.csv", "v\n1.5e3\n1e+3\n2.5E-2\n", table_name="t")

    assert values_of("v") == [1500, 1000, Decimal("0.025")]


@pytest.mark.parametrize("word", ["NO", "yes", "TRUE"])
def test_one_word_of_a_pair_alone_is_a_text(tmp_path, word):
    types, rows = table_of(tmp_path, "w.csv", f"name,land\na,{word}\nb,{word}\n")

    assert types["land"] == "text"
    assert [row["land"] for row in rows] == [word, word]


def test_one_word_is_a_yes_no_value_where_the_table_has_them(tmp_path):
    import_text(tmp_path, "a.csv", "k,v\na,yes\nb,no\n", table_name="t")
    import_text(tmp_path, "b.csv", "k,v\nc,NO\n", table_name="t")

    assert values_of("v") == [True, False, False]


def test_truth_values_of_json_and_excel_are_no_words(tmp_path):
    book = openpyxl.Workbook()
    for row in (("k", "v"), ("a", True), ("b", True)):
        book.active.append(row)
    book.save(tmp_path / "b.xlsx")
    import_path(tmp_path / "b.xlsx", table_name="excel")
    import_text(tmp_path, "b.json", '[{"k": "a", "v": true}, {"k": "b", "v": true}]', table_name="json")

    assert values_of("v", "excel") == values_of("v", "json") == [True, True]


def test_numbers_of_json_in_scientific_notation_are_numbers(tmp_path):
    import_text(tmp_path, "a.json", '[{"v": 1E3}, {"v": 2e2}]', table_name="t")

    assert values_of("v") == [1000, 200]
