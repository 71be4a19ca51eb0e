"""GET and POST /import-history/{id}/rerun-preview, POST …/rerun, and the command rerun_import."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from audit.models import AuditEntry
from imports.models import ImportHistory
from tests.importing import import_text, rows_of

pytestmark = pytest.mark.usefixtures("in_this_process")

DATES = "name,born\nAda,10/12/1815\nGrace,09/12/1906\nAlan,23/06/1912\n"
MONTH_FIRST = {"db_schema": {"born": "DATE"}, "source_options": {"date_order": "MDY"}}
DAY_FIRST = {"db_schema": {"born": "DATE"}, "source_options": {"date_order": "DMY"}}


@pytest.fixture
def people(atlas_db, tmp_path):
    """Read month first: the last date does not fit."""
    return import_text(tmp_path, "people.csv", DATES, **MONTH_FIRST)


def born():
    return sorted(str(row["born"]) for row in rows_of("people"))


def test_the_difference_first_and_then_the_rerun(importer, people):
    address = f"/import-history/{people.pk}/rerun"
    before = importer.get(f"{address}-preview", {"mapping_json": json.dumps(DAY_FIRST)}).json()
    posted = importer.post(f"{address}-preview", {"mapping": DAY_FIRST}, content_type="application/json").json()
    assert before == posted
    assert (before["success"], before["rows_changed"], before["cells_changed"]) == (True, 3, {"born": 3})
    assert before["error_changes"] == [
        {"error_type": "datetime_conversion", "column": "born", "before": 1, "after": 0}
    ]  # fmt: skip
    assert before["rows"][0]["cells"] == {"born": {"before": "1815-10-12", "after": "1815-12-10"}}
    assert born() == ["1815-10-12", "1906-09-12", "None"]

    done = importer.post(address, {"mapping": DAY_FIRST, "reason": "European"}, content_type="application/json").json()

    assert (done["success"], done["rerun_of"], done["rows_removed"], done["rows_inserted"]) == (
        True, str(people.pk), 3, 3,
    )  # fmt: skip
    assert born() == ["1815-12-10", "1906-12-09", "1912-06-23"]
    old = importer.get(f"/import-history/{people.pk}").json()["import_record"]
    new = importer.get(f"/import-history/{done['import_id']}").json()["import_record"]
    assert (old["metadata"]["replaced_by"], old["undo_reason"]) == (done["import_id"], "European")
    assert (new["metadata"]["rerun_of"], new["status"]) == (str(people.pk), "success")
    entry = AuditEntry.objects.get(action="import.rerun")
    assert (entry.subject, entry.detail["import_id"]) == (str(people.pk), done["import_id"])

    again = importer.post(address, {"mapping": DAY_FIRST}, content_type="application/json")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "cannot_rerun")
    assert again.json()["error"]["details"]["active_import"] == done["import_id"]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "bad_request"),
        ({"mapping": {"tabel_name": "x"}}, 400, "invalid_mapping"),
        ({"maping": DAY_FIRST}, 400, "invalid_mapping"),
        ({"mapping": DAY_FIRST, "changed_rows": "all"}, 400, "bad_request"),
        ({"mapping": {"table_name": "others"}}, 400, "invalid_mapping"),
        ({"saved_mapping": "none"}, 404, "unknown_mapping"),
        ({"mapping": {"mappings": {"a": "no such"}}}, 422, "mapping_does_not_fit"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_request_is_said_and_nothing_changes(importer, people, body, status, code):
    for address in ("rerun", "rerun-preview"):
        answer = importer.post(f"/import-history/{people.pk}/{address}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert ImportHistory.objects.count() == 1


def test_who_may_only_read_cannot_run_again(auditor, people):
    answer = auditor.post(
        f"/import-history/{people.pk}/rerun", {"mapping": DAY_FIRST}, content_type="application/json"
    )  # fmt: skip
    assert answer.status_code == 403


def test_the_command_shows_and_does_it(people, tmp_path):
    mapping = tmp_path / "m.json"
    mapping.write_text(json.dumps(DAY_FIRST))
    said = StringIO()

    call_command("rerun_import", str(people.pk), "--mapping", str(mapping), "--dry-run", stdout=said)
    assert "3 rows will have other values" in said.getvalue() and born()[2] == "None"
    call_command("rerun_import", str(people.pk), "--mapping", str(mapping), "--reason", "European", stdout=said)
    assert "3 rows in people" in said.getvalue()
    assert born() == ["1815-12-10", "1906-12-09", "1912-06-23"]
    with pytest.raises(CommandError, match="has its place now"):
        call_command("rerun_import", str(people.pk), "--mapping", str(mapping))
