"""A record without a key, or with one that could not be read, repeats nothing: it is inserted, and said."""

import json
from contextlib import closing

import pytest

from imports.extraction.extraction import Extraction
from imports.mapping import parse_mapping
from imports.models import UnreadKey
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_text, query, rows_of, warnings_of
from tests.imports.reading import source_of

pytestmark = pytest.mark.usefixtures("in_this_process")

K = {"table_name": "t", "unique_columns": ["k"]}


def key_warnings(record):
    return [(code, params) for code, params in warnings_of(record) if code in ("empty_keys", "unread_keys")]


@pytest.mark.parametrize("written", ["csv", "json"])
def test_records_with_an_unreadable_key_are_kept(atlas_db, tmp_path, written):
    rows = [("x1", "c"), ("x2", "d"), ("3", "e"), ("4", "f"), ("5", "g")]
    text = "k,v\n" + "".join(f"{k},{v}\n" for k, v in rows)
    if written == "json":
        text = json.dumps([{"k": k, "v": v} for k, v in rows])
    import_text(tmp_path, "a.csv", "k,v\n1,a\n2,b\n", **K)

    record = import_text(tmp_path, f"b.{written}", text, **K)

    assert (record.rows_inserted, record.duplicates_found, record.mapping_errors_count) == (5, 0, 2)
    assert query("SELECT k, v FROM t ORDER BY id")[2:4] == [(None, "c"), (None, "d")]
    assert key_warnings(record) == [("unread_keys", {"rows": 2, "key": ["k"]})]


def test_records_without_a_key_are_kept_and_those_with_one_are_not(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,v\n1,a\n,b\n", **K)
    record = import_text(tmp_path, "b.csv", "k,v\n,b\n,c\n1,d\nNA,e\n", **K)

    assert (record.rows_inserted, record.duplicates_found) == (3, 1)
    assert key_warnings(record) == [("empty_keys", {"rows": 3, "key": ["k"]})]


def test_a_key_that_is_empty_in_one_column_only_is_a_key(atlas_db, tmp_path):
    both = {"table_name": "t", "unique_columns": ["k", "l"]}
    import_text(tmp_path, "a.csv", "k,l,v\n1,,a\n,,b\n", **both)
    record = import_text(tmp_path, "b.csv", "k,l,v\n1,,c\n,,d\n", **both)

    assert (record.rows_inserted, record.duplicates_found) == (1, 1)
    assert key_warnings(record) == [("empty_keys", {"rows": 1, "key": ["k", "l"]})]


def test_without_a_key_rows_are_compared_whole_whatever_is_empty(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,v\n1,a\n,\n", table_name="t", source_options={"last_row": 0})
    record = import_text(tmp_path, "b.csv", "k,v\n1,a\n,b\n", table_name="t")

    assert (record.rows_inserted, record.duplicates_found, key_warnings(record)) == (1, 1, [])


def test_rejected_rows_are_not_counted_as_imported(atlas_db, tmp_path):
    import_text(tmp_path, "a.csv", "k,v\n1,a\n2,b\n3,c\n", **K)
    record = import_text(tmp_path, "b.csv", "k,v\nx1,c\n3,e\n4,f\n", **K, on_error="reject_row")

    assert (record.rows_inserted, record.rows_rejected, key_warnings(record)) == (1, 1, [])


def test_cells_that_could_not_be_read_are_known_by_column(tmp_path):
    text = b"k,v,w\n1,a,x\n2,3,y\n3,4\n4,b,\xff\n5,,\n"
    (tmp_path / "a.csv").write_bytes(text)
    request = parse_mapping({"db_schema": {"v": "INTEGER"}, "source_options": {"encoding": "utf-8"}})
    with closing(Extraction(source_of(tmp_path / "a.csv"), request)) as extraction:
        list(extraction.read())
        [batch] = extraction.typed(request, extraction.plan(request, table_name="t", table=None))
        typed = batch.typed

    unread = {column: numbers.to_pylist() for column, numbers in typed.unread_cells.items()}

    assert unread == {"v": [1, 4], "w": [3, 4]}  # no value of the right type; a record too short; no text


TWO = {"table_name": "t", "unique_columns": ["k", "l"], "db_schema": {"k": "INTEGER", "l": "TEXT", "v": "TEXT"}}


def contents():
    names = "k l v _import_id _source_row_number"
    return sorted(map(str, rows_of("t", names)))


def test_a_key_that_is_unread_in_one_column_repeats_nothing_also_after_undo_and_redo(atlas_db, tmp_path):
    first = import_text(tmp_path, "a.csv", "k,l,v\n,A,a\n2,B,b\n", **TWO)
    second = import_text(tmp_path, "b.csv", "k,l,v\nx,A,c\n,A,d\n2,B,e\n", **TWO, strategy="adapt_data")
    before = contents()
    assert (second.rows_inserted, second.duplicates_found) == (1, 2)
    assert list(UnreadKey.objects.values_list("import_record", "record_number")) == [(second.pk, 1)]

    undo_import(first.pk, TESTER)
    # The record whose key was not read is a row; the next, whose key is empty in that column, has its values.
    assert sorted(row["v"] for row in rows_of("t", "v")) == ["c", "e"]
    redo_import(first.pk, TESTER)
    assert contents() == before

    undo_import(second.pk, TESTER)
    redo_import(second.pk, TESTER)
    assert contents() == before
    assert UnreadKey.objects.count() == 1


def test_deleting_an_import_in_psql_deletes_what_is_kept_of_its_keys(atlas_db, tmp_path):
    record = import_text(tmp_path, "b.csv", "k,l,v\nx,A,c\n2,B,e\n", **TWO)

    query("DELETE FROM import_history WHERE import_id = %s", record.pk)

    assert UnreadKey.objects.count() == 0
