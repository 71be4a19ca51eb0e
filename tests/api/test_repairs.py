"""POST /import-history/{id}/retry, GET …/repairs, POST …/repairs/{id}/undo."""

import pytest

from audit.models import AuditEntry
from tests.importing import import_text, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

PEOPLE = "name,born,age\nAda,1815-12-10,36\nGrace,13/13/1906,85\nAlan,1912-06-23,x\n"
SCHEMA = {"born": "DATE", "age": "INTEGER"}


@pytest.fixture
def people(atlas_db, tmp_path):
    """Of three rows two are rejected."""
    return import_text(tmp_path, "people.csv", PEOPLE, db_schema=SCHEMA, on_error="reject_row")


def retry(client, record, records, query="", **body):
    address = f"/import-history/{record.pk}/retry{query}"
    return client.post(address, {"records": records, **body}, content_type="application/json")


def test_rows_are_repaired_listed_and_the_repair_undone(importer, people):
    would = retry(importer, people, {"2": {"born": "1906-12-09"}}, "?dry_run=true").json()
    assert (would["dry_run"], would["repaired"], would["rows_inserted"]) == (True, 1, 2)
    assert len(rows_of("people")) == 1

    done = retry(importer, people, {"2": {"born": "1906-12-09"}, "3": {"age": 41.5}}).json()
    assert (done["success"], done["repaired"], done["still_failing"], done["status"]) == (True, 1, 1, "partial")
    assert (done["rows_inserted"], done["rows_rejected"]) == (2, 1)
    [failing] = done["records"]
    assert (failing["record_number"], failing["errors"][0]["value"]) == (3, "41.5")

    last = retry(importer, people, {"3": {"age": 41}}).json()
    assert (last["status"], last["mapping_status"], last["mapping_errors_count"]) == ("success", "completed", 0)

    listed = importer.get(f"/import-history/{people.pk}/repairs").json()
    assert [(one["record_number"], one["attempt"], one["result"]) for one in listed["repairs"]] == [
        (3, 2, "repaired"), (3, 1, "failed"), (2, 1, "repaired"),
    ]  # fmt: skip
    assert listed["repairs"][0]["before"] == {"age": "x"} and listed["repairs"][0]["after"] == {"age": "41"}
    assert importer.get(f"/import-history/{people.pk}/repairs?record_number=2").json()["total_count"] == 1
    assert AuditEntry.objects.filter(action="import.repaired", subject=str(people.pk)).count() == 2

    undone = importer.post(f"/import-history/{people.pk}/repairs/{listed['repairs'][0]['id']}/undo").json()
    assert (undone["status"], undone["rows_rejected"]) == ("partial", 1)
    assert len(rows_of("people")) == 2
    assert AuditEntry.objects.filter(action="import.repair_undone").count() == 1


@pytest.mark.parametrize(
    "records, code",
    [
        ({}, "bad_request"), ({"x": {"age": 1}}, "bad_request"), ({"9": {"age": 1}}, "bad_request"),
        ({"2": {"agee": 1}}, "bad_request"), ({"2": {"age": [1]}}, "bad_request"), ({"1": {"age": 1}}, "bad_request"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_meant_is_refused(importer, people, records, code):
    response = retry(importer, people, records)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)
    assert len(rows_of("people")) == 1


def test_who_may_only_read_repairs_nothing(auditor, people):
    assert retry(auditor, people, {"3": {"age": 41}}).status_code == 403
