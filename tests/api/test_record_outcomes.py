"""GET /import-history/{id}/rows: the outcome of every row."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.errors import NothingLoaded
from imports.history import tracking
from imports.models import ImportHistory, KeptRecord
from lineage.undo import redo_import, undo_import
from tests.importing import TESTER, import_records, import_text, query

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = "name,age\nAda,36\nAlan,41\nGrace,old\nLinus,21,Helsinki,x\n"


@pytest.fixture
def people(atlas_db, tmp_path):
    """Two inserted, one rejected for its value, one for its length."""
    return import_text(tmp_path, "people.csv", PEOPLE, on_error="reject_row", db_schema={"age": "INTEGER"})


def rows(client, record, query=""):
    response = client.get(f"/import-history/{record.pk}/rows?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def numbers(body):
    return [(row["record_number"], row["fate"]) for row in body["rows"]]


def ids(table):
    return dict(query(f"SELECT _source_row_number, id FROM {table}"))


def undo(client, record):
    assert client.post(f"/import-history/{record.pk}/undo").status_code == 200


def test_every_row_has_an_outcome_in_file_order(auditor, people):
    body = rows(auditor, people)

    nothing = {"reason_code": None, "reason": None, "matched_import_id": None, "matched_record_number": None,
               "matched_row": None, "matched_key": None, "differs": None, "changes": None}  # fmt: skip
    inserted = {**nothing, "outcome": "inserted", "fate": "inserted", "location": None, "original": None}
    rejected = {**nothing, "outcome": "rejected", "fate": "rejected", "row_id": None}
    assert body == {
        "success": True,
        "import_id": str(people.pk),
        "table_name": "people",
        "status": "partial",
        "undone_at": None,
        "note": None,
        "rows": [
            {**inserted, "record_number": 1, "row_id": ids("people")[1]},
            {**inserted, "record_number": 2, "row_id": ids("people")[2]},
            {**rejected, "record_number": 3, "location": "line 4", "reason_code": "type_mismatch",
             "reason": "Value 'old' is not a valid integer", "original": {"name": "Grace", "age": "old"}},
            {**rejected, "record_number": 4, "location": "line 5", "reason_code": "too_many_fields",
             "reason": "line 5 has 4 values, expected 2",
             "original": {"name": "Linus", "age": "21", "_extra": ["Helsinki", "x"]}},
        ],
        "total_count": 4,
        "limit": 100,
        "offset": 0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "expected", "total"),
    [
        ("fate=inserted", [(1, "inserted"), (2, "inserted")], 2),
        ("fate=rejected", [(3, "rejected"), (4, "rejected")], 2),
        ("fate=duplicate", [], 0),
        ("fate=filtered", [], 0),
        ("limit=2&offset=1", [(2, "inserted"), (3, "rejected")], 4),
        ("limit=2&offset=3", [(4, "rejected")], 4),
        ("offset=4", [], 4),
        ("offset=4611686018427387904", [], 4),
        ("fate=inserted&limit=1&offset=1", [(2, "inserted")], 2),
        ("fate=rejected&limit=1&offset=1", [(4, "rejected")], 2),
        ("outcome=inserted", [(1, "inserted"), (2, "inserted")], 2),
        ("outcome=rejected&limit=1&offset=1", [(4, "rejected")], 2),
        ("outcome=rejected&fate=rejected", [(3, "rejected"), (4, "rejected")], 2),
    ],
)
def test_outcomes_are_filtered_and_paged(auditor, people, asked, expected, total):
    body = rows(auditor, people, asked)

    assert (numbers(body), body["total_count"]) == (expected, total)


def test_pages_are_correct_after_a_row_was_deleted(auditor, people):
    query("DELETE FROM people WHERE _source_row_number = 1")

    assert numbers(rows(auditor, people, "limit=2&offset=1")) == [(3, "rejected"), (4, "rejected")]
    assert rows(auditor, people)["total_count"] == 3


@pytest.mark.parametrize("asked", ["fate=lost", "fate=", "limit=0", "offset=-1", "include_original=maybe"])
def test_an_invalid_parameter_is_400(auditor, people, asked):
    response = auditor.get(f"/import-history/{people.pk}/rows?{asked}")

    assert response.status_code == 400
    assert response.json()["error"]["details"]["parameter"] == asked.partition("=")[0]


def test_an_unknown_outcome_is_reported_with_the_choices(auditor, people):
    response = auditor.get(f"/import-history/{people.pk}/rows?fate=lost")

    choices = ["inserted", "updated", "duplicate", "rejected", "filtered"]
    assert response.json()["error"]["details"] == {
        "parameter": "fate", "reason": "unknown_parameter_value", "params": {"parameter": "fate", "choices": choices},
    }  # fmt: skip


# --- original values ---


def test_inserted_records_are_read_from_the_file_on_request(auditor, people):
    body = rows(auditor, people, "include_original=true&limit=3&offset=1")

    assert [(row["location"], row["original"]) for row in body["rows"]] == [
        ("line 3", {"name": "Alan", "age": "41"}),
        ("line 4", {"name": "Grace", "age": "old"}),
        ("line 5", {"name": "Linus", "age": "21", "_extra": ["Helsinki", "x"]}),
    ]


def test_a_missing_source_file_is_reported_on_request(auditor, people):
    ImportHistory.objects.filter(pk=people.pk).update(file_hash="ab" * 32)

    response = auditor.get(f"/import-history/{people.pk}/rows?include_original=true")

    assert (response.status_code, response.json()["error"]["code"]) == (404, "source_unavailable")
    assert numbers(rows(auditor, people, "include_original=true&fate=rejected")) == [(3, "rejected"), (4, "rejected")]


def test_repeated_headers_get_a_number(auditor, tmp_path):
    text = "a,a,,,_extra\n1,2,3,4,5\n1,2,3,4,5,6\n"

    body = rows(auditor, import_text(tmp_path, "t.csv", text), "fate=rejected")

    assert body["rows"][0]["original"] == {
        "a": "1", "a (2)": "2", "": "3", " (2)": "4", "_extra": "5", "_extra (2)": ["6"],
    }  # fmt: skip


def test_invalid_bytes_are_shown(auditor, tmp_path):
    record = import_text(
        tmp_path, "t.csv", b"name,n\nAda,1\nGr\xfc\xdfe,2\n", source_options={"encoding": "utf-8"},
        on_error="reject_row",
    )  # fmt: skip

    assert rows(auditor, record, "fate=rejected")["rows"][0]["original"] == {"name": "Gr\ufffd\ufffde", "n": "2"}


INVALID_JSON = '{"name": "Ada", "age": 36}\n[1]\nno json\n{"age": 1, "age": 2}\n{"name": "Alan", "age": "x"}\n'
INVALID_XML = "<people><p><name>Ada</name><age>36</age></p><p><name>Alan</name><age>x</age></p></people>"


def test_json_records_without_fields_are_shown_whole(auditor, tmp_path):
    record = import_text(tmp_path, "t.ndjson", INVALID_JSON, on_error="reject_row", db_schema={"age": "INTEGER"})

    found = [(row["location"], row["reason_code"], row["original"]) for row in rows(auditor, record)["rows"][1:]]

    nothing = {"name": None, "age": None}
    assert found == [
        ("line 2", "not_a_record", {**nothing, "_extra": ["[1]"]}),
        ("line 3", "not_a_record", {**nothing, "_extra": ["no json"]}),
        ("line 4", "duplicate_key", {**nothing, "_extra": ['{"age": 1, "age": 2}']}),
        ("line 5", "type_mismatch", {"name": "Alan", "age": "x"}),
    ]


def test_xml_records_have_their_path(auditor, tmp_path):
    record = import_text(tmp_path, "t.xml", INVALID_XML, on_error="reject_row", db_schema={"age": "INTEGER"})

    found = rows(auditor, record, "include_original=true")["rows"]

    assert [(row["fate"], row["location"], row["original"]) for row in found] == [
        ("inserted", "/people/p[1]", {"name": "Ada", "age": "36"}),
        ("rejected", "/people/p[2]", {"name": "Alan", "age": "x"}),
    ]


def test_a_filtered_record_names_its_rule(auditor, tmp_path):
    rule = {"field": "name", "operator": "not_equals", "value": "Total"}
    record = import_text(tmp_path, "t.csv", "name,n\nAda,1\nTotal,2\n", rules={"filter_rows": [rule]})

    (found,) = rows(auditor, record, "fate=filtered")["rows"]

    assert (found["record_number"], found["location"], found["reason_code"]) == (2, "line 3", "filter_rows[0]")
    assert found["original"] == {"name": "Total", "n": "2"}
    assert numbers(rows(auditor, record)) == [(1, "inserted"), (2, "filtered")]


# --- duplicates ---


def test_a_duplicate_names_the_matching_row(auditor, tmp_path):
    first = import_text(tmp_path, "t.csv", "n,s\n1,a\n2,b\n3,c\n")
    second = import_text(tmp_path, "again.csv", "n,s\n4,d\n3,c\n2,b\n", table_name="t")

    found = rows(auditor, second, "fate=duplicate")

    held = dict(query("SELECT _source_row_number, id FROM t WHERE _import_id = %s", first.pk))
    assert [
        (row["record_number"], row["location"], row["original"], row["reason_code"], row["matched_import_id"],
         row["matched_record_number"], row["matched_row"])
        for row in found["rows"]
    ] == [
        (2, "line 3", {"n": "3", "s": "c"}, "duplicate", str(first.pk), 3, {"table_name": "t", "row_id": held[3]}),
        (3, "line 4", {"n": "2", "s": "b"}, "duplicate", str(first.pk), 2, {"table_name": "t", "row_id": held[2]}),
    ]  # fmt: skip
    assert numbers(rows(auditor, second)) == [(1, "inserted"), (2, "duplicate"), (3, "duplicate")]


def test_a_duplicate_inside_the_file_names_its_own_import(auditor, tmp_path):
    record = import_text(tmp_path, "t.csv", "n,s\n1,a\n1,b\n", unique_columns=["n"])

    found = rows(auditor, record, "fate=duplicate")["rows"][0]

    assert (found["matched_import_id"], found["matched_record_number"]) == (str(record.pk), 1)
    assert found["matched_row"] == {"table_name": "t", "row_id": ids("t")[1]}


@pytest.mark.parametrize("name", ["b.csv", "b.json"])
def test_a_duplicate_by_a_key_says_which_key_and_what_differs(auditor, tmp_path, name):
    import_text(tmp_path, "a.csv", "k,n,d,s\n1,1.50,2024-01-05,a\n2,2.50,2024-01-06,\n", table_name="t")
    records = [("1", "1.5", "2024-01-05", "b"), ("2", "3", "2024-01-07", "")]
    text = "k,n,d,s\n" + "".join(",".join(record) + "\n" for record in records)
    if name.endswith("json"):
        text = json.dumps([dict(zip("knds", [*record[:3], record[3] or None], strict=True)) for record in records])
    second = import_text(tmp_path, name, text, table_name="t", unique_columns=["k"])

    found = rows(auditor, second, "fate=duplicate")["rows"]

    assert [(row["matched_key"], row["differs"]) for row in found] == [(["k"], ["s"]), (["k"], ["n", "d"])]
    assert {row["reason"] for row in found} == {"An existing row has the same key (k)."}


def test_differences_are_those_from_the_row_as_it_is_now(auditor, tmp_path):
    import_text(tmp_path, "a.csv", "k,v\n1,a\n2,b\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,v\n1,a\n2,c\n", table_name="t", unique_columns=["k"])
    query("UPDATE t SET v = 'c' WHERE k = 2")

    assert [row["differs"] for row in rows(auditor, second, "fate=duplicate")["rows"]] == [[], []]


def test_a_column_that_the_file_lacks_does_not_differ(auditor, tmp_path):
    import_text(tmp_path, "a.csv", "k,v,w\n1,a,x\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "v,k\na,1\n", table_name="t", unique_columns=["k"])

    assert [row["differs"] for row in rows(auditor, second, "fate=duplicate")["rows"]] == [[]]


def test_whole_rows_that_match_do_not_differ(auditor, tmp_path):
    import_text(tmp_path, "a.csv", "k,v\n1,a\n2,b\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,v\n2,b\n", table_name="t")

    [found] = rows(auditor, second, "fate=duplicate")["rows"]

    assert (found["matched_key"], found["differs"], found["reason"]) == ([], [], "Duplicate of an existing row.")


def test_without_its_row_or_with_a_column_dropped_it_is_not_known_what_differs(auditor, tmp_path):
    import_text(tmp_path, "a.csv", "k,v,w\n1,a,x\n2,b,y\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,v,w\n1,a,x\n2,c,y\n", table_name="t", unique_columns=["k"])
    query("DELETE FROM t WHERE k = 1")
    assert [row["differs"] for row in rows(auditor, second, "fate=duplicate")["rows"]] == [None, ["v"]]

    query("ALTER TABLE t DROP COLUMN w")
    assert [row["differs"] for row in rows(auditor, second, "fate=duplicate")["rows"]] == [None, None]


def test_a_record_that_undo_makes_a_duplicate_again_says_its_key(auditor, tmp_path):
    first = import_text(tmp_path, "a.csv", "k,v\n1,a\n", table_name="t")
    second = import_text(tmp_path, "b.csv", "k,v\n1,b\n2,c\n", table_name="t", unique_columns=["k"])
    undo_import(first.pk, TESTER)
    redo_import(first.pk, TESTER)

    [found] = rows(auditor, second, "fate=duplicate")["rows"]

    assert (found["reason"], found["differs"]) == ("An existing row has the same key (k).", ["v"])


def test_a_deleted_matching_row_is_not_named(auditor, tmp_path):
    first = import_text(tmp_path, "t.csv", "n,s\n1,a\n2,b\n")
    second = import_text(tmp_path, "again.csv", "n,s\n4,d\n2,b\n1,a\n", table_name="t")
    query("DELETE FROM t WHERE _import_id = %s AND _source_row_number = 2", first.pk)

    found = rows(auditor, second, "fate=duplicate")["rows"]

    assert [(row["matched_record_number"], row["matched_row"]) for row in found] == [
        (2, None),
        (1, {"table_name": "t", "row_id": 1}),
    ]


# --- imports without rows ---


def test_an_undone_import_notes_that_its_rows_were_removed(api, people):
    undo(api, people)

    inserted, every = rows(api, people, "fate=inserted"), rows(api, people)

    assert (inserted["rows"], inserted["total_count"]) == ([], 0)
    undone_at = ImportHistory.objects.get(pk=people.pk).undone_at
    assert inserted["note"] == f"This import was undone on {undone_at:%Y-%m-%d %H:%M} UTC. Its rows were removed."
    assert inserted["undone_at"] == undone_at.isoformat().replace("+00:00", "Z")
    assert numbers(every) == [(3, "rejected"), (4, "rejected")]
    assert every["total_count"] == 2


def test_an_undone_import_does_not_list_rows_of_others(api, tmp_path):
    one = import_text(tmp_path, "one.csv", "n\n1\n", table_name="t")
    two = import_text(tmp_path, "two.csv", "n\n2\n", table_name="t")
    undo(api, one)

    assert numbers(rows(api, one)) == []
    assert numbers(rows(api, two)) == [(1, "inserted")]


def test_a_failed_import_lists_its_rejected_rows(auditor, tmp_path):
    with pytest.raises(NothingLoaded) as stopped:
        import_text(tmp_path, "t.csv", "n\nx\ny\n", on_error="reject_row", db_schema={"n": "INTEGER"})
    record = ImportHistory.objects.get(pk=stopped.value.details["import_id"])

    body = rows(auditor, record)

    assert [row["original"] for row in body["rows"]] == [{"n": "x"}, {"n": "y"}]
    assert (body["total_count"], body["status"]) == (2, "failed")
    assert body["note"] == "The import failed. No rows were imported."


@pytest.mark.parametrize("table", ["auth_user", "no_such_table", "some_view"])
def test_a_table_that_is_no_data_table_is_not_read(auditor, table):
    query("CREATE OR REPLACE VIEW some_view AS SELECT 1 AS id")
    import_id = tracking.start_import_tracking("api_direct", "t.csv", table, user_id=TESTER.user_id)
    tracking.complete_import_tracking(import_id, "success", 1, 1, 1)

    assert rows(auditor, ImportHistory.objects.get(pk=import_id))["rows"] == []
    query("DROP VIEW some_view")


def test_rows_inserted_by_other_code_are_listed(auditor, tmp_path):
    import_text(tmp_path, "t.csv", "n\n1\n")
    import_id = tracking.start_import_tracking("api_direct", "own.csv", "t")
    query("INSERT INTO t (n, _import_id, _source_row_number) VALUES (5, %s, 7), (6, %s, NULL)", import_id, import_id)
    tracking.complete_import_tracking(import_id, "success", 2, 2, 2)

    body = rows(auditor, ImportHistory.objects.get(pk=import_id))

    assert numbers(body) == [(7, "inserted"), (None, "inserted")]
    assert body["total_count"] == 2


# --- cost ---


def queries_of(client, record, asked):
    with CaptureQueriesContext(connection) as captured:
        rows(client, record, asked)
    return len(captured)


@pytest.mark.parametrize("fate", ["", "&fate=inserted", "&fate=duplicate"])
def test_the_number_of_queries_does_not_grow(auditor, tmp_path, fate):
    lines = [f"{number},{number % 7}\n" for number in range(60)]
    import_text(tmp_path, "one.csv", "n,s\n" + "".join(lines[:30]), table_name="t")
    record = import_text(tmp_path, "two.csv", "n,s\n" + "".join(lines), table_name="t")

    assert queries_of(auditor, record, f"limit=2{fate}") == queries_of(auditor, record, f"limit=50{fate}")


def test_a_page_of_a_whole_import_is_not_sorted_out_of_all_its_rows(auditor, tmp_path):
    record = import_records([{"n": number} for number in range(500)], table_name="t")

    with CaptureQueriesContext(connection) as captured:
        body = rows(auditor, record, "limit=10&offset=400")

    assert [row["record_number"] for row in body["rows"]] == list(range(401, 411))
    assert "BETWEEN 401 AND 410" in captured[-1]["sql"]


def test_skipped_rows_are_returned_as_stored(auditor, people):
    kept = KeptRecord.objects.get(import_record=people, record_number=3)
    kept.original = json.dumps(["Gra\0ce", None]).encode()
    kept.save()

    assert rows(auditor, people, "fate=rejected")["rows"][0]["original"] == {"name": "Gra\0ce", "age": None}


STOCK = "k,name,price\n1,apple,1.00\n2,pear,2.00\n3,plum,3.00\n"
BY_KEY = {"table_name": "stock", "unique_columns": ["k"]}


@pytest.fixture
def updates(atlas_db, tmp_path):
    """Three rows; then one updated, one equal and one new; then the first updated once more."""
    second = "k,name,price\n2,quince,2.00\n1,apple,1.00\n4,fig,4.00\n"
    mapping = {**BY_KEY, "duplicate_check": {"on_match": "update"}}
    return [
        import_text(tmp_path, "a.csv", STOCK, **BY_KEY),
        import_text(tmp_path, "b.csv", second, **mapping),
        import_text(tmp_path, "c.csv", "k,name\n2,medlar\n4,date\n", **mapping),
    ]


def test_rows_that_were_updated_since_stay_rows_of_the_import_that_inserted_them(auditor, updates):
    first, second, third = (rows(auditor, record) for record in updates)
    ids = dict(query("SELECT k, id FROM stock"))

    assert [(row["record_number"], row["outcome"], row["row_id"]) for row in first["rows"]] == [
        (1, "inserted", ids[1]), (2, "inserted", ids[2]), (3, "inserted", ids[3]),
    ]  # fmt: skip
    assert [(row["record_number"], row["outcome"], row["row_id"]) for row in second["rows"]] == [
        (1, "updated", ids[2]), (2, "duplicate", None), (3, "inserted", ids[4]),
    ]  # fmt: skip
    assert [(row["record_number"], row["outcome"]) for row in third["rows"]] == [(1, "updated"), (2, "updated")]
    assert [body["total_count"] for body in (first, second, third)] == [3, 3, 2]


def test_what_a_record_changed_is_listed_with_its_values_before_and_after(auditor, updates):
    [row] = rows(auditor, updates[1], "outcome=updated")["rows"]

    assert row["changes"] == {"name": {"before": "pear", "after": "quince"}}
    assert [row["changes"] for row in rows(auditor, updates[1], "outcome=inserted")["rows"]] == [None]
    [again, _] = rows(auditor, updates[2], "outcome=updated&include_original=true")["rows"]
    assert again["changes"] == {"name": {"before": "quince", "after": "medlar"}}
    assert again["original"] == {"k": "2", "name": "medlar"}


def test_a_duplicate_names_the_row_that_others_updated(auditor, updates, tmp_path):
    fourth = import_text(tmp_path, "d.csv", "k,name\n2,sloe\n4,date\n", **BY_KEY)
    ids = dict(query("SELECT k, id FROM stock"))

    body = rows(auditor, fourth)

    assert [(row["matched_import_id"], row["matched_record_number"]) for row in body["rows"]] == [
        (str(updates[0].pk), 2), (str(updates[1].pk), 3),
    ]  # fmt: skip
    assert [(row["matched_row"]["row_id"], row["differs"]) for row in body["rows"]] == [
        (ids[2], ["name"]), (ids[4], []),
    ]  # fmt: skip


def test_earlier_values_that_retention_deleted_are_null(auditor, updates):
    query("UPDATE imports_row_update SET before = NULL, record = NULL")

    [row] = rows(auditor, updates[1], "outcome=updated")["rows"]

    assert (row["outcome"], row["changes"]) == ("updated", None)


def test_outcomes_of_an_undone_import_with_updates_are_not_listed(auditor, updates):
    undo_import(updates[1].pk, TESTER)

    assert [row["outcome"] for row in rows(auditor, updates[1])["rows"]] == ["duplicate"]
    assert [(row["record_number"], row["outcome"]) for row in rows(auditor, updates[2])["rows"]] == [
        (1, "updated"), (2, "inserted"),
    ]  # fmt: skip
