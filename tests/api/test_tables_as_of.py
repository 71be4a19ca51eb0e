"""as_of: a table as its active imports up to one of them made it, in rows, columns and exports."""

import csv
import io
import json
from datetime import timedelta

import pyarrow.parquet as pq
import pytest
from django.utils import timezone
from openpyxl import load_workbook

from imports.history.retention_marks import ROW_VERSIONS, mark_purged
from imports.models import ImportHistory
from lineage.undo import undo_import
from tests.importing import TESTER, import_text, query

pytestmark = pytest.mark.usefixtures("in_this_process")

#: Imports into t, and its rows after each of them.
STEPS = [
    ("skip", "k,name\n1,apple\n2,pear\n", ["1 apple", "2 pear"]),
    ("update", "k,name,price\n2,quince,2.50\n3,plum,3.00\n", ["1 apple -", "2 quince 2.50", "3 plum 3.00"]),
    ("fill", "k,price\n1,1.00\n2,9.99\n", ["1 apple 1.00", "2 quince 2.50", "3 plum 3.00"]),
    ("update", "k,name\n2,\n3,damson\n4,fig\n", ["1 apple 1.00", "2 - 2.50", "3 damson 3.00", "4 fig -"]),
]


@pytest.fixture
def imports(atlas_db, tmp_path):
    """The ids of the imports of STEPS."""
    made = []
    for number, (on_match, text, _) in enumerate(STEPS):
        duplicates = {"on_match": on_match}
        mapping = {"table_name": "t", "unique_columns": ["k"], "duplicate_check": duplicates}
        made.append(import_text(tmp_path, f"{number}.csv", text, **mapping).pk)
    return made


def lines(response):
    assert response.status_code == 200, response.content
    return sorted(shown(row) for row in json.loads(response.content, parse_float=str)["rows"])


def shown(row):
    return " ".join("-" if value is None else str(value) for name, value in row.items() if name != "id")


def test_a_table_as_of_each_import_is_what_it_was_then(auditor, imports):
    found = [lines(auditor.get(f"/tables/t?as_of={import_id}")) for import_id in imports]

    assert found == [rows for _, _, rows in STEPS]


def test_the_answer_names_the_imports_included(auditor, imports):
    body = auditor.get(f"/tables/t?as_of={imports[1]}").json()

    assert (body["as_of"]["import_id"], body["as_of"]["imports_included"]) == (str(imports[1]), 2)
    assert [item["file_name"] for item in body["as_of"]["imports"]] == ["1.csv", "0.csv"]
    assert "as_of" not in auditor.get("/tables/t").json()


def test_columns_that_later_imports_added_are_not_there(auditor, imports):
    of_first = auditor.get(f"/tables/t/schema?as_of={imports[0]}").json()
    of_second = auditor.get(f"/tables/t/schema?as_of={imports[1]}").json()

    assert [column["name"] for column in of_first["columns"]] == ["id", "k", "name"]
    assert [column["name"] for column in of_second["columns"]] == ["id", "k", "name", "price"]
    assert auditor.get(f"/tables/t?as_of={imports[0]}&price=2.50").status_code == 400


def test_provenance_is_that_of_the_place(auditor, imports):
    url = f"/tables/t?as_of={imports[1]}&include_metadata=true&k=2"
    [row] = auditor.get(url).json()["rows"]

    assert (row["_import_id"], row["_source_row_number"]) == (str(imports[1]), 1)
    assert row["_imported_at"] < auditor.get("/tables/t?include_metadata=true&k=2").json()["rows"][0]["_imported_at"]


def test_filters_search_order_and_pages_see_the_values_of_the_place(auditor, imports):
    def asked(more):
        return [shown(row) for row in json.loads(auditor.get(f"/tables/t?{more}").content, parse_float=str)["rows"]]

    at = f"as_of={imports[1]}"
    assert asked(f"{at}&name=quince") == ["2 quince 2.50"]
    assert asked(f"{at}&search=plum") == ["3 plum 3.00"]
    assert asked(f"{at}&ordering=-name&limit=2") == ["2 quince 2.50", "3 plum 3.00"]
    assert asked(f"{at}&ordering=-name&limit=2&offset=2") == ["1 apple -"]
    assert auditor.get(f"/tables/t?{at}&limit=1").json()["total_count"] == 3


def test_a_time_means_the_last_import_completed_by_then(auditor, imports):
    start = timezone.now() - timedelta(days=9)
    for day, import_id in enumerate(imports):
        ImportHistory.objects.filter(pk=import_id).update(mapping_completed_at=start + timedelta(days=day))

    def at(moment):
        return auditor.get("/tables/t", {"as_of": moment.isoformat()})

    assert lines(at(start + timedelta(days=1, hours=1))) == STEPS[1][2]
    assert lines(at(start + timedelta(days=2))) == STEPS[2][2]
    assert lines(at(timezone.now())) == STEPS[3][2]
    before = at(start - timedelta(seconds=1)).json()
    assert (before["rows"], before["columns"]) == ([], [{"name": "id", "sql_type": "BIGINT"}])
    assert before["as_of"] == {"import_id": None, "imports_included": 0, "imports": []}


def test_undone_imports_do_not_appear(auditor, imports):
    undo_import(imports[1], TESTER)

    assert lines(auditor.get(f"/tables/t?as_of={imports[2]}")) == ["1 apple 1.00", "2 pear 9.99"]
    refused = auditor.get(f"/tables/t?as_of={imports[1]}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "history_purged")
    assert refused.json()["error"]["details"]["reason"] == "as_of_undone"


def test_versions_that_retention_deleted_are_missed_where_they_are_needed(auditor, imports):
    mark_purged([imports[1]], ROW_VERSIONS, timezone.now())

    refused = auditor.get(f"/tables/t?as_of={imports[0]}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "history_purged")
    assert refused.json()["error"]["details"]["import_id"] == str(imports[1])
    assert lines(auditor.get(f"/tables/t?as_of={imports[1]}")) == STEPS[1][2]


def test_manual_changes_show_only_where_the_row_is_still_that_version(auditor, imports):
    query("UPDATE t SET name = 'by hand' WHERE k IN (1, 2)")

    assert lines(auditor.get(f"/tables/t?as_of={imports[2]}")) == ["1 by hand 1.00", "2 quince 2.50", "3 plum 3.00"]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [("yesterday", "as_of_expected"), ("", "as_of_expected"), ("2026-13-01T00:00:00Z", "as_of_expected"),
     ("0847f14f-4355-4e5f-9f06-a558a2c94bf6", "as_of_other_import"), ("2026-01-01T00:00:00\x00", "nul_in_parameter")],
)  # fmt: skip
def test_anything_else_is_refused_with_what_to_send(auditor, imports, asked, reason):
    refused = auditor.get("/tables/t", {"as_of": asked})

    assert (refused.status_code, refused.json()["error"]["details"]["reason"]) == (400, reason)


def test_imports_of_other_tables_and_failed_ones_are_refused(auditor, imports, tmp_path):
    other = import_text(tmp_path, "other.csv", "a\n1\n", table_name="other")
    ImportHistory.objects.filter(pk=imports[3]).update(status="failed")

    asked = [auditor.get(f"/tables/t?as_of={import_id}") for import_id in (other.pk, imports[3])]

    assert [answer.json()["error"]["details"]["reason"] for answer in asked] == [
        "as_of_other_import", "as_of_not_loaded",
    ]  # fmt: skip


def test_exports_are_as_of_too(auditor, imports):
    at = f"as_of={imports[1]}"
    as_csv = auditor.get(f"/tables/t/export.csv?{at}")
    text = b"".join(as_csv.streaming_content).decode()
    as_json = json.loads(b"".join(auditor.get(f"/tables/t/export.json?{at}").streaming_content))
    sheet = load_workbook(io.BytesIO(b"".join(auditor.get(f"/tables/t/export.xlsx?{at}").streaming_content))).active
    parquet = pq.read_table(io.BytesIO(b"".join(auditor.get(f"/tables/t/export.parquet?{at}").streaming_content)))

    assert (as_csv.headers["Atlas-As-Of"], as_csv.headers["Atlas-Imports-Included"]) == (str(imports[1]), "2")
    names = [["1", "apple"], ["2", "quince"], ["3", "plum"]]
    assert [row[:2] for row in csv.reader(io.StringIO(text))][1:] == names
    assert [[str(row["k"]), row["name"]] for row in as_json] == names
    assert [[str(k), name] for k, name, _ in sheet.iter_rows(min_row=2, values_only=True)] == names
    assert [[str(row["k"]), row["name"]] for row in parquet.to_pylist()] == names


def test_foreign_rows_are_not_what_imports_made(auditor, imports):
    query("ALTER TABLE t ALTER _import_id DROP NOT NULL")
    query("INSERT INTO t (k, name) VALUES (9, 'foreign')")

    assert lines(auditor.get(f"/tables/t?as_of={imports[3]}")) == STEPS[3][2]
