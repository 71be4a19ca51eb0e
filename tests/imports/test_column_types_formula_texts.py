"""A formula that gives a text, `="00123"`, is that text."""

import json

import pytest

from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, corrections_of, import_text, rows_of, table_of, values_of

pytestmark = pytest.mark.usefixtures("atlas_db", "in_this_process")


FORMULAS = 'sku,qty\n="00123",1\n="00456",2\n'


def test_a_formula_that_gives_a_text_is_that_text(tmp_path):
    types, rows = table_of(tmp_path, "f.csv", FORMULAS)

    assert types == {"sku": "text", "qty": "integer"}
    assert [row["sku"] for row in rows] == ["00123", "00456"]
    assert rows_of("t")[0]["_corrections_applied"]["sku"] == {
        "before": '="00123"', "after": "00123", "correction_type": "type_coercion", "target_type": "TEXT",
    }  # fmt: skip


def test_formulas_that_give_a_text_are_read_quoted_too_and_beside_other_values(tmp_path):
    text = 'a,b,c\n"=""007""","=""say """"x"""""",2024-01-05\nx,y,"=""2024-01-06"""\n="5",=A1+B1,\n'
    types, rows = table_of(tmp_path, "f.csv", text)

    assert types == {"a": "text", "b": "text", "c": "date"}
    assert [row["a"] for row in rows] == ["007", "x", "5"]
    assert [row["b"] for row in rows] == ['say "x"', "y", "=A1+B1"]


@pytest.mark.parametrize("formula", ["=A1+B1", '="a"&A1', '=SUM("x")', '="a', "='00123'"])
def test_other_formulas_stay_as_they_are(tmp_path, formula):
    quoted = '"' + formula.replace('"', '""') + '"'
    _, rows = table_of(tmp_path, "f.csv", f"a,b\n{quoted},1\nx,2\n")

    assert rows[0]["a"] == formula


def test_formulas_in_json_and_excel_are_texts_as_they_are(tmp_path):
    import_text(tmp_path, "f.json", json.dumps([{"a": '="00123"'}]), table_name="t")

    assert values_of("a") == ['="00123"']


def test_a_formula_in_a_column_of_numbers_is_the_number_in_it(tmp_path):
    import_text(tmp_path, "a.csv", "sku,qty\n5,1\n", table_name="t")
    record = import_text(tmp_path, "b.csv", FORMULAS, table_name="t")

    assert record.mapping_errors_count == 0
    assert values_of("sku") == [5, 123, 456]
    assert corrections_of("sku") == {'="00123"': 123, '="00456"': 456}


def test_a_formula_stays_the_text_it_gives_after_undo_and_redo(tmp_path):
    record = import_text(tmp_path, "f.csv", FORMULAS, table_name="t")
    undo_import(record.pk, TESTER)
    redo_import(record.pk, TESTER)

    assert values_of("sku") == ["00123", "00456"]
