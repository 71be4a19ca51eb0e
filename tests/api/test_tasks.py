"""/tasks, ?background=true and /map-b2-data-async: imports that a worker runs."""

from uuid import UUID

import pytest
from django.db import DataError

from audit.models import AuditEntry
from imports.errors import SourceChanged
from imports.jobs.worker import run_queued
from imports.models import ImportHistory, ImportTask
from tests.importing import columns_of, rows_of

QUOTED = "row is too big: Ada"  # a message of the database

PEOPLE = "name,age\nAda,36\nAlan,41\n"
IN_BACKGROUND = "/map-data?background=true"


def queued(client, text=PEOPLE, **mapping):
    response = client.upload("people.csv", text, mapping, IN_BACKGROUND)
    assert response.status_code == 202
    return response.json()


def work(body):
    run_queued(UUID(body["task_id"]), lambda: False)


def without_times(body):
    return {key: value for key, value in body.items() if key not in ("queued_at", "started_at")}


def test_the_answer_is_the_task(importer):
    body = queued(importer)

    found = ImportHistory.objects.get()
    assert without_times(body) == {
        "success": True,
        "task_id": str(found.task_id),
        "import_id": str(found.pk),
        "status": "pending",
        "progress": 0,
        "message": "Waiting: no worker is running. Ask your administrator to start one with ./run worker.",
        "message_details": {"code": "no_worker_runs", "params": {}},
        "result": None,
        "error": None,
        "phase": "",
        "waiting_for": None,
        "records_done": 0,
        "bytes_done": 0,
        "bytes_total": 24,
        "records_per_second": None,
        "seconds_left": None,
        "imports_before": 0,
        "attempts": 0,
    }
    assert body["queued_at"].endswith("Z")
    assert body["started_at"] is None


def test_the_result_is_the_response_of_map_data(importer):
    body = queued(importer)
    work(body)

    told = importer.get(f"/tasks/{body['task_id']}").json()

    assert (told["status"], told["progress"], told["attempts"]) == ("completed", 100, 1)
    assert told["message"] == told["result"]["message"]
    assert told["message_details"] == {
        "code": "records_imported",
        "params": {
            "inserted": 2, "records": 2, "table": "people", "duplicates": 0, "rejected": 0, "filtered": 0, "errors": 0,
        },
    }  # fmt: skip
    assert told["result"] == {
        "success": True,
        "message": "2 of 2 rows imported into people: 0 duplicates, 0 rejected, 0 filtered, 0 errors.",
        "import_id": body["import_id"],
        "table_name": "people",
        "status": "success",
        "records_processed": 2,
        "rows_inserted": 2,
        "rows_updated": 0,
        "duplicates_skipped": 0,
        "rows_rejected": 0,
        "rows_filtered": 0,
        "not_read": {"lines_read": 3, "lines": 0, "counts": {}, "parts": []},
        "mapping_errors": [],
        "mapping_errors_count": 0,
        "warnings": [],
        "warning_details": [],
    }


def test_records_in_the_body_are_queued_too(importer):
    body = importer.send('{"records": [{"n": 1.50}], "mapping": {"table_name": "t"}}', IN_BACKGROUND).json()
    work(body)

    assert [str(row["n"]) for row in rows_of("t")] == ["1.50"]
    assert ImportHistory.objects.get().source_type == "api_direct"


def test_an_analysis_is_queued_too(importer):
    analysis = importer.upload("people.csv", PEOPLE, address="/detect-mapping").json()["analysis_id"]
    work(importer.post(IN_BACKGROUND, {"analysis_id": analysis}).json())

    assert len(rows_of("people")) == 2
    assert str(ImportHistory.objects.get().analysis_id) == analysis


def test_a_failed_import_is_reported_in_its_task(importer):
    body = queued(importer, text="")
    work(body)

    told = importer.get(f"/tasks/{body['task_id']}").json()

    assert (told["status"], told["result"]) == ("failed", None)
    found = ImportHistory.objects.get()
    details = found.metadata["error"]["details"]
    assert told["message"] == found.error_message
    assert told["error"] == {"code": "unreadable_file", "message": told["message"], "details": details}
    assert details["import_id"] == body["import_id"]


def test_of_a_file_queued_twice_the_second_task_names_the_import_that_has_it(importer):
    first, second = queued(importer), queued(importer)
    work(first)
    work(second)

    told = importer.get(f"/tasks/{second['task_id']}").json()

    assert (told["status"], told["error"]["code"]) == ("failed", "already_imported")
    assert told["error"]["details"]["earlier_import_id"] == first["import_id"]


def test_a_task_reports_that_every_row_was_rejected(importer):
    body = queued(importer, "a\nfoo\n", db_schema={"a": "INTEGER"}, on_error="reject_row")
    work(body)

    assert importer.get(f"/tasks/{body['task_id']}").json()["error"]["code"] == "nothing_loaded"


def test_a_file_that_is_there_already_is_a_conflict_at_once(importer):
    work(queued(importer))

    response = importer.upload("people.csv", PEOPLE, address=IN_BACKGROUND)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "already_imported"


def test_a_cancelled_import_keeps_no_rows(importer):
    body = queued(importer)

    response = importer.post(f"/tasks/{body['task_id']}/cancel")
    work(body)

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["result"]) == ("cancelled", None)
    assert response.json()["error"]["code"] == "cancelled"
    assert response.json()["message_details"]["code"] == response.json()["error"]["details"]["reason"] == "cancelled"
    again = importer.post(f"/tasks/{body['task_id']}/cancel")
    assert (again.status_code, again.json()["error"]["message"]) == (
        409, "This import was already cancelled. Nothing was imported."
    )  # fmt: skip
    found = ImportHistory.objects.get()
    assert (found.status, found.error_message) == ("failed", "Cancelled by ida. Nothing was imported.")
    assert columns_of("people") == {}
    assert AuditEntry.objects.filter(action="import.cancelled", actor="ida", subject=body["import_id"]).count() == 1


def test_cancelling_a_finished_import_is_a_conflict(importer):
    body = queued(importer)
    work(body)

    response = importer.post(f"/tasks/{body['task_id']}/cancel")

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "task_finished"


@pytest.mark.parametrize("task_id", ["nonsense", "5f0c2a1e-0000-4000-8000-000000000000"])
def test_an_unknown_task_is_404(importer, task_id):
    for response in (importer.get(f"/tasks/{task_id}"), importer.post(f"/tasks/{task_id}/cancel")):
        assert response.status_code == 404
        assert response.json()["error"]["code"] == "unknown_task"


def test_background_is_true_or_false(importer):
    response = importer.upload("people.csv", PEOPLE, address="/map-data?background=maybe")

    assert response.status_code == 400
    assert ImportHistory.objects.count() == 0
    assert importer.upload("people.csv", PEOPLE, address="/map-data?background=false").status_code == 200


def test_an_auditor_may_read_tasks_and_not_cancel_them(importer, auditor, unprivileged, client):
    address = f"/tasks/{queued(importer)['task_id']}"

    assert (auditor.get(address).status_code, auditor.post(f"{address}/cancel").status_code) == (200, 403)
    assert unprivileged.get(address).status_code == 403
    assert client.get(address).status_code == 401
    assert auditor.upload("people.csv", PEOPLE, address=IN_BACKGROUND).status_code == 403


def test_a_b2_object_is_downloaded_by_the_worker(importer, b2):
    put = b2.put("2025/people.csv", PEOPLE.encode())
    b2_calls = len(b2.ranges)
    body = importer.send({"file_name": "2025/people.csv"}, "/map-b2-data-async").json()
    assert (body["status"], body["bytes_total"], len(b2.ranges)) == ("pending", 24, b2_calls)

    work(body)

    found = ImportHistory.objects.get()
    assert (found.status, found.source_type, found.table_name) == ("success", "b2_storage", "people")
    assert found.file_hash == "a4fac2e579204448e08a5df10834e09dbdf474f92acb5109734ff8ea3ca84ff2"
    assert found.metadata["b2"]["file_id"] == put["file_id"]
    assert importer.get(f"/tasks/{body['task_id']}").json()["result"]["rows_inserted"] == 2


def test_a_b2_object_that_is_too_large_is_refused_before_it_waits(importer, b2, settings):
    b2.put("people.csv", PEOPLE.encode())
    settings.ATLAS_MAX_UPLOAD_BYTES = 20

    response = importer.send({"file_name": "people.csv"}, "/map-b2-data-async")

    assert (response.status_code, ImportTask.objects.count()) == (413, 0)


def test_a_b2_object_that_is_not_there_is_refused_before_it_waits(importer, b2):
    response = importer.send({"file_name": "nothing.csv"}, "/map-b2-data-async")

    assert response.status_code == 404
    assert ImportTask.objects.count() == 0


def test_a_b2_object_that_is_replaced_while_it_waits_fails_and_says_so(importer, b2):
    b2.put("people.csv", PEOPLE.encode())
    body = importer.send({"file_name": "people.csv"}, "/map-b2-data-async").json()
    b2.put("people.csv", PEOPLE.encode() + b"Grace,85\n")

    work(body)

    told = importer.get(f"/tasks/{body['task_id']}").json()
    assert told["status"] == "failed"
    assert "was replaced or deleted after it was chosen" in told["message"]
    assert AuditEntry.objects.get(action="import.failed").detail == {"code": SourceChanged.code}
    assert columns_of("people") == {}


def test_without_a_bucket_the_async_endpoint_is_not_configured(importer):
    response = importer.send({"file_name": "people.csv"}, "/map-b2-data-async")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "not_configured"


@pytest.mark.parametrize("error", [DataError, RuntimeError])
def test_an_error_of_the_service_is_in_the_task_and_in_the_log_with_its_import(importer, monkeypatch, caplog, error):
    def insert(*_):
        raise error(QUOTED)

    monkeypatch.setattr("imports.tables.rows.copy_in", insert)
    body = queued(importer)

    run_queued(UUID(body["task_id"]), lambda: False)

    failed = importer.get(f"/tasks/{body['task_id']}").json()
    assert (failed["status"], failed["error"]) == (
        "failed",
        {
            "code": "service_error",
            "message": f"Internal error ({error.__name__}). Your file is fine. "
            "Try again, or contact your administrator.",
            "details": {
                "import_id": body["import_id"],
                "reason": "service_failed",
                "params": {"error": error.__name__},
            },
        },  # fmt: skip
    )
    assert f"{error.__name__} in import {body['import_id']}" in caplog.text
    assert ", in insert\n" in caplog.text
    assert "Ada" not in caplog.text
