"""Rows that equal existing rows but for columns that only one of the two has are imported, and said."""

import pytest

from imports.analysis.analyse import analyse
from imports.mapping import parse_mapping
from imports.sources import upload
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_text, rows_of, warnings_of

pytestmark = pytest.mark.usefixtures("in_this_process")

CODES = ("nearly_equal_rows", "nearly_equal_rows_without_key")


def warned(record):
    return [(code, params) for code, params in warnings_of(record) if code in CODES]


def test_a_file_with_a_column_more_adds_rows_and_a_key_is_proposed(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "id,n\n1,a\n2,b\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "id,n,extra\n1,a,E1\n2,b,E2\n3,c,E3\n", table_name="t")

    assert (record.rows_inserted, len(rows_of("t"))) == (3, 5)
    assert warned(record) == [
        ("nearly_equal_rows", {"equal": 2, "compared": 3, "columns": ["extra"], "key": "source_id"})
    ]
    assert "2 of 3 new rows" in record.warnings[-1]


def test_a_file_with_a_column_less_adds_rows_and_a_key_is_proposed(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n,extra\n1,a,E1\n2,b,E2\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,n\n2,b\n3,c\n", table_name="t")

    assert record.rows_inserted == 2
    assert warned(record) == [("nearly_equal_rows", {"equal": 1, "compared": 2, "columns": ["extra"], "key": "k"})]


def test_no_key_is_proposed_where_no_column_identifies_a_row(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n\nA,1\nA,2\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,n,extra\nA,1,x\nA,2,y\nB,2,z\nB,1,z\n", table_name="t")

    assert warned(record) == [("nearly_equal_rows_without_key", {"equal": 2, "compared": 4, "columns": ["extra"]})]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("k,n\n1,a\n2,b\n", "k,n\n1,a\n2,c\n"),  # the same columns
        ("k,n\n1,a\n2,b\n", "k,n,extra\n3,a,x\n4,b,y\n"),  # other rows
        ("land\nIT\nES\n", "land,extra\nIT,1\nIT,2\nES,3\nES,4\n"),  # values that identify nothing
    ],
)
def test_other_rows_give_no_warning(atlas_db, tmp_path, first, second):
    import_text(tmp_path, "a.csv", first, table_name="t")
    record = import_text(tmp_path, "b.csv", second, table_name="t")

    assert warned(record) == []


def test_no_warning_is_given_where_a_key_was_set(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,n,extra\n1,a,E\n3,b,E\n", table_name="t", unique_columns=["k"])

    assert (record.rows_inserted, record.duplicates_found, warned(record)) == (1, 1, [])


def test_duplicates_are_not_counted_again(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    record = import_text(tmp_path, "b.csv", "k,n,extra\n1,a,\n2,b,E2\n3,c,E3\n", table_name="t")

    assert (record.rows_inserted, record.duplicates_found) == (2, 1)
    assert warned(record) == [("nearly_equal_rows", {"equal": 1, "compared": 2, "columns": ["extra"], "key": "k"})]


def test_the_preview_says_what_the_import_says(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    (tmp_path / "b.csv").write_text("k,n,extra\n1,a,E1\n2,b,E2\n3,c,E3\n")
    with upload.from_disk(tmp_path / "b.csv") as source:
        findings = analyse(source, parse_mapping({"table_name": "t"}))
    record = import_text(tmp_path, "b.csv", "k,n,extra\n1,a,E1\n2,b,E2\n3,c,E3\n", table_name="t")

    assert warned(record)[0] in [(one["code"], one["params"]) for one in findings["warning_details"]]


def test_an_undo_and_redo_of_either_keeps_the_rows(atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", "k,n\n1,a\n2,b\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,n,extra\n1,a,E1\n2,b,E2\n", table_name="t")
    for record in (first, second):
        undo_import(record.pk, TESTER)
        redo_import(record.pk, TESTER)

    assert sorted((row["k"], row["extra"] or "") for row in rows_of("t")) == [(1, ""), (1, "E1"), (2, ""), (2, "E2")]
