"""/map-b2-data, and /detect-mapping of an object of the bucket, with the real b2sdk."""

import json

import pytest

from audit.models import AuditEntry
from imports.models import Analysis, ImportHistory
from imports.sources import b2_client
from imports.sources.kept_files import is_kept
from tests import b2_standin
from tests.importing import rows_of

BUCKET = b2_standin.BUCKET
CUSTOMERS = b"name,age\nAda,36\nAlan,41\n"
OFF = {"B2_KEY_ID": "", "B2_KEY": "", "B2_BUCKET": ""}


def import_b2(client, **body):
    return client.send(body, "/map-b2-data")


def queue_b2(client, **body):
    return client.send(body, "/map-b2-data-async")


def detect_b2(client, **body):
    return client.send(body, "/detect-mapping")


def test_an_object_becomes_a_table_as_an_upload_would(b2, importer):
    b2.put("2025/customers.csv", CUSTOMERS)

    response = import_b2(importer, file_name="2025/customers.csv")

    body = response.json()
    assert response.status_code == 200
    assert body.pop("import_id") == str(ImportHistory.objects.get().pk)
    assert body == {
        "success": True,
        "message": "2 of 2 rows imported into customers: 0 duplicates, 0 rejected, 0 filtered, 0 errors.",
        "table_name": "customers",
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
    assert [(row["name"], row["age"]) for row in rows_of("customers")] == [("Ada", 36), ("Alan", 41)]


def test_the_history_keeps_bucket_name_and_version(b2, importer):
    put = b2.put("2025/customers.csv", CUSTOMERS)

    import_b2(importer, file_name="2025/customers.csv")

    record = ImportHistory.objects.get()
    assert (record.source_type, record.source_path) == ("b2_storage", f"{BUCKET}/2025/customers.csv")
    assert (record.file_name, record.file_size_bytes) == ("customers.csv", 24)
    assert record.metadata == {
        "b2": {"bucket": BUCKET, "file_name": "2025/customers.csv", "file_id": put["file_id"]}
    }  # fmt: skip
    assert is_kept(record.file_hash)


def test_the_mapping_is_obeyed(b2, importer):
    b2.put("customers.csv", CUSTOMERS)
    mapping = {"table_name": "people", "mappings": {"years": "age"}, "db_schema": {"years": "BIGINT"}}

    assert import_b2(importer, file_name="customers.csv", mapping=mapping).json()["table_name"] == "people"
    assert [row["years"] for row in rows_of("people")] == [36, 41]


def test_the_same_bytes_are_known_however_they_came(b2, importer):
    b2.put("customers.csv", CUSTOMERS)
    earlier = importer.upload("customers.csv", CUSTOMERS).json()["import_id"]

    response = import_b2(importer, file_name="customers.csv")

    assert (response.status_code, response.json()["error"]["code"]) == (409, "already_imported")
    assert response.json()["error"]["details"]["earlier_import_id"] == earlier


def test_a_look_at_an_object_is_as_that_at_an_upload(b2, importer):
    b2.put("customers.csv", CUSTOMERS)

    looked, uploaded = (
        detect_b2(importer, b2_file_name="customers.csv"),
        importer.upload("customers.csv", CUSTOMERS, address="/detect-mapping"),
    )

    assert looked.status_code == 200
    assert looked.json() | {"analysis_id": ""} == uploaded.json() | {"analysis_id": ""}


def test_a_look_takes_what_is_known_already(b2, importer):
    b2.put("customers.csv", CUSTOMERS)

    found = detect_b2(importer, b2_file_name="customers.csv", mapping={"table_name": "people"}).json()

    assert found["mapping"]["table_name"] == "people"


def test_an_import_from_a_look_knows_the_bucket(b2, importer):
    put = b2.put("customers.csv", CUSTOMERS)
    analysis_id = detect_b2(importer, b2_file_name="customers.csv").json()["analysis_id"]
    b2.delete("customers.csv")  # it travelled once

    assert importer.post("/map-data", {"analysis_id": analysis_id}).status_code == 200

    record = ImportHistory.objects.get()
    assert (record.source_type, record.source_path) == ("b2_storage", f"{BUCKET}/customers.csv")
    assert record.metadata["b2"] == {"bucket": BUCKET, "file_name": "customers.csv", "file_id": put["file_id"]}
    assert str(record.analysis_id) == analysis_id


def test_an_import_from_a_look_at_an_upload_is_one_of_an_upload(importer):
    analysis_id = importer.upload("customers.csv", CUSTOMERS, address="/detect-mapping").json()["analysis_id"]

    importer.post("/map-data", {"analysis_id": analysis_id})

    record = ImportHistory.objects.get()
    assert (record.source_type, record.source_path, record.metadata) == ("local_upload", None, {})


ASKS = [
    pytest.param(lambda client: import_b2(client, file_name="customers.csv"), id="map-b2-data"),
    pytest.param(lambda client: detect_b2(client, b2_file_name="customers.csv"), id="detect-mapping"),
]


@pytest.mark.parametrize("ask", [*ASKS, pytest.param(lambda client: import_b2(client), id="no body")])
def test_not_configured_is_a_404_that_says_so(importer, settings, ask):
    for name, value in OFF.items():
        setattr(settings, name, value)

    response = ask(importer)

    assert response.status_code == 404
    assert response.json()["error"] == {
        "code": "not_configured",
        "message": "Backblaze B2 is not configured. Set B2_KEY_ID, B2_KEY and B2_BUCKET and restart the service.",
        "details": {"reason": "b2_not_configured", "params": {}},
    }


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"B2_KEY": "wrong-key"}, 502, "source_refused"),
        ({"B2_BUCKET": "nothing-here"}, 404, "source_unavailable"),
        ({}, 404, "source_unavailable"),
    ],
    ids=["wrong key", "not found in the account", "no object"],
)
def test_problems_with_the_bucket_leave_nothing(b2, importer, settings, ask, change, status, code):
    for name, value in change.items():
        setattr(settings, name, value)

    response = ask(importer)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert "wrong-key" not in response.content.decode()
    assert not ImportHistory.objects.exists()
    assert not Analysis.objects.exists()


UNREACHABLE = {
    "refused": "http://127.0.0.1:1",
    "no such host": "http://b2.invalid",
    "no address": "nowhere",
    "not configured": "http://",
    "no b2": "{url}/standin/calls?",
}


@pytest.mark.parametrize("realm", UNREACHABLE)
@pytest.mark.parametrize(
    "ask", [*ASKS, pytest.param(lambda client: queue_b2(client, file_name="customers.csv"), id="map-b2-data-async")]
)
def test_a_bucket_that_cannot_be_reached_is_a_503(b2, importer, settings, monkeypatch, ask, realm):
    monkeypatch.setattr(b2_client.Http, "ATTEMPTS", 1)
    settings.B2_REALM = UNREACHABLE[realm].format(url=b2.url)

    response = ask(importer)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (503, "source_unreachable")
    assert error["details"]["reason"] in ("b2_unreachable", "b2_answer_not_understood")
    assert response.headers["Retry-After"] == "30"
    assert not ImportHistory.objects.exists()


@pytest.fixture
def broken_storage(settings, tmp_path):
    (tmp_path / "file").touch()
    backend = {"BACKEND": "imports.sources.folder_storage.FolderStorage", "OPTIONS": {"location": tmp_path / "file"}}
    settings.STORAGES = {**settings.STORAGES, "sources": backend}


@pytest.mark.parametrize(
    "ask",
    [
        *ASKS,
        pytest.param(lambda client: client.upload("customers.csv", CUSTOMERS), id="map-data"),
        pytest.param(lambda client: client.send({"records": [{"a": 1}]}), id="records"),
        pytest.param(lambda client: client.upload("customers.csv", CUSTOMERS, None, "/detect-mapping"), id="detect"),
    ],
)
def test_source_files_that_cannot_be_kept_are_a_503(b2, importer, broken_storage, caplog, ask):
    b2.put("customers.csv", CUSTOMERS)

    response = ask(importer)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (503, "source_unreachable")
    assert error["details"]["reason"] == "storage_failed"
    for record in ImportHistory.objects.all():
        assert (record.status, error["details"]["import_id"]) == ("failed", str(record.pk))
        assert f"SourceUnreachable in import {record.pk}" in caplog.text


@pytest.mark.parametrize("ask", ASKS)
def test_a_bucket_that_stays_busy_is_a_503(b2, importer, monkeypatch, ask):
    monkeypatch.setattr(b2_client.Http, "ATTEMPTS", 1)
    b2.put("customers.csv", CUSTOMERS)
    b2.problem(unavailable=3)

    assert ask(importer).status_code == 503


@pytest.mark.parametrize("ask", ASKS)
@pytest.mark.parametrize(
    ("problems", "status", "code"),
    [
        ({"at": 10, "cuts": -1}, 503, "source_unreachable"),
        ({"at": 10, "cuts": 1, "then": "replace"}, 409, "source_changed"),
    ],
    ids=["always cut", "replaced"],
)
def test_a_download_that_fails_leaves_nothing(b2, importer, ask, problems, status, code):
    b2.put("customers.csv", CUSTOMERS)
    b2.problem(**problems)

    response = ask(importer)

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert not ImportHistory.objects.exists()
    assert not Analysis.objects.exists()


@pytest.mark.parametrize("ask", ASKS)
def test_an_object_over_the_limit_is_413_and_in_the_log(b2, importer, settings, ask):
    settings.ATLAS_MAX_UPLOAD_BYTES = 23
    b2.put("customers.csv", CUSTOMERS)

    assert ask(importer).status_code == 413
    entry = AuditEntry.objects.get(action="file.refused")
    assert (entry.actor, entry.subject) == ("ida", "customers.csv")


WRONG_BODIES = [
    ("{}", "This field is required."),
    ("[]", "The body must be a JSON object."),
    ('{"NAME": ""}', "This field may not be blank."),
    ('{"NAME": ["x"]}', "Not a valid string."),
    ('{"NAME": "x", "mapping": 5}', 'mapping: Expected a dictionary of items but got type "int".'),
    ('{"NAME": "x", "maping": {}}', "unknown key “maping”. The closest known key is “mapping”."),
    ('{"NAME": "x", "NAME": "y"}', "Duplicate key"),
    ('{"NAME": "x"', "The body: invalid JSON"),
    ('{"NAME": "x", "mapping": {"tabel_name": "t"}}', "The closest known key is “table_name”."),
]


@pytest.mark.parametrize(("address", "name"), [("/map-b2-data", "file_name"), ("/detect-mapping", "b2_file_name")])
def test_a_body_that_says_something_else_is_400(b2, importer, address, name):
    for body, words in WRONG_BODIES:
        response = importer.post(address, body.replace("NAME", name), content_type="application/json")

        assert response.status_code == 400, body
        assert words in response.json()["error"]["message"]


def test_nothing_sent_is_400(b2, importer):
    response = importer.post("/map-b2-data", "", content_type="application/json")

    assert (response.status_code, response.json()["error"]["message"]) == (400, "file_name: This field is required.")


def test_importing_needs_the_right_to(b2, anonymous, auditor, unprivileged):
    b2.put("customers.csv", CUSTOMERS)

    assert [import_b2(one, file_name="customers.csv").status_code for one in (anonymous, auditor, unprivileged)] == [
        401,
        403,
        403,
    ]


def test_the_schema_says_what_goes_in(auditor):
    document = auditor.get("/schema?format=json").json()

    def body_of(address):
        content = document["paths"][address]["post"]["requestBody"]["content"]
        return {kind: one["schema"]["$ref"].rpartition("/")[2] for kind, one in content.items()}

    assert body_of("/map-b2-data") == {"application/json": "MapB2DataRequest"}
    assert body_of("/detect-mapping") == {
        "multipart/form-data": "DetectMappingRequest", "application/json": "DetectB2MappingRequest",
    }  # fmt: skip
    fields = document["components"]["schemas"]
    assert fields["MapB2DataRequest"]["required"] == ["file_name"]
    assert sorted(fields["DetectB2MappingRequest"]["properties"]) == ["b2_file_name", "mapping", "saved_mapping"]
    assert json.dumps(document["paths"]["/map-b2-data"]["post"]["responses"]).count("Outcome") == 1
