"""POST /map-data: files, records, and files that were looked at before."""

from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError

from audit.models import AuditEntry
from imports.models import ImportHistory
from tests.api.conftest import client_of
from tests.importing import rows_of

QUOTED = "row is too big: Ada"  # a message of the database

CUSTOMERS = "name,age\nAda,36\nAlan,41\n"


def test_a_file_becomes_a_table(importer):
    response = importer.upload("customers.csv", CUSTOMERS)

    body = response.json()
    assert response.status_code == 200
    assert UUID(body.pop("import_id"))
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


def test_the_import_knows_who_sent_it(importer):
    importer.upload("customers.csv", CUSTOMERS)

    record = ImportHistory.objects.get()
    assert (record.user_id, record.user_email) == (str(importer.user.pk), "ida@example.com")
    entry = AuditEntry.objects.get(action="import.finished")
    assert (entry.actor, entry.address) == ("ida", "127.0.0.1")


def test_a_mapping_names_the_table_and_the_columns(importer):
    mapping = {"table_name": "people", "mappings": {"years": "age"}, "db_schema": {"years": "BIGINT"}}

    body = importer.upload("customers.csv", CUSTOMERS, mapping).json()

    assert body["table_name"] == "people"
    assert [row["years"] for row in rows_of("people")] == [36, 41]


def test_a_mapping_may_come_as_a_file_of_the_form(importer, tmp_path):
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "mapping.json").write_text('{"table_name": "people"}')

    with (tmp_path / "customers.csv").open("rb") as file, (tmp_path / "mapping.json").open("rb") as mapping:
        response = importer.post("/map-data", {"file": file, "mapping_json": mapping})

    assert response.json()["table_name"] == "people"


def test_a_value_that_does_not_fit_is_in_the_answer(importer):
    mapping = {"db_schema": {"age": "INTEGER"}}

    body = importer.upload("customers.csv", "name,age\nAda,36\nAlan,abc\n", mapping).json()

    assert (body["status"], body["rows_inserted"], body["mapping_errors_count"]) == ("success", 2, 1)
    (error,) = body["mapping_errors"]
    assert (error["record_number"], error["source_field"], error["target_field"]) == (2, "age", "age")
    assert (error["error_type"], error["source_value"], error["chunk_number"]) == ("type_mismatch", "abc", 1)
    assert (error["import_id"], error["location"]) == (body["import_id"], "line 3")


def test_the_answer_shows_the_first_50_errors_and_counts_all(importer):
    rows = "".join(f"{number},x\n" for number in range(60))
    mapping = {"db_schema": {"age": "INTEGER"}}

    body = importer.upload("t.csv", f"n,age\n{rows}", mapping).json()

    assert [error["record_number"] for error in body["mapping_errors"]] == list(range(1, 51))
    assert body["mapping_errors_count"] == 60


def test_some_rows_rejected_is_partial_and_200(importer):
    mapping = {"db_schema": {"age": "INTEGER"}, "on_error": "reject_row"}

    response = importer.upload("customers.csv", "name,age\nAda,36\nAlan,abc\n", mapping)

    body = response.json()
    assert response.status_code == 200
    assert (body["status"], body["rows_inserted"], body["rows_rejected"]) == ("partial", 1, 1)


def test_every_row_rejected_is_422_with_the_import_id(importer):
    mapping = {"db_schema": {"age": "INTEGER"}, "on_error": "reject_row"}

    response = importer.upload("customers.csv", "name,age\nAda,x\n", mapping)

    assert response.status_code == 422
    record = ImportHistory.objects.get()
    assert response.json()["error"]["code"] == "nothing_loaded"
    assert response.json()["error"]["details"] == {
        "import_id": str(record.pk), "reason": "all_rejected", "params": {"records": 1},
    }  # fmt: skip
    assert record.status == "failed"


def test_an_import_that_ended_failed_is_422_whatever_stopped_it(importer):
    mapping = {"source_options": {"encoding": "no-such-encoding"}}

    response = importer.upload("customers.csv", CUSTOMERS, mapping)

    assert response.status_code == 422
    assert response.json()["error"]["details"]["import_id"] == str(ImportHistory.objects.get(status="failed").pk)


def test_an_empty_file_is_422(importer):
    response = importer.upload("empty.csv", "")

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "unreadable_file"


def test_the_same_file_again_is_409_and_names_the_earlier_import(importer):
    first = importer.upload("customers.csv", CUSTOMERS).json()["import_id"]

    response = importer.upload("customers.csv", CUSTOMERS)

    assert response.status_code == 409
    assert response.json()["error"]["code"] == "already_imported"
    assert response.json()["error"]["details"]["earlier_import_id"] == first


def test_force_import_takes_the_same_file_again(importer):
    importer.upload("customers.csv", CUSTOMERS)
    mapping = {"duplicate_check": {"force_import": True}}

    body = importer.upload("customers.csv", CUSTOMERS, mapping).json()

    assert (body["status"], body["rows_inserted"], body["duplicates_skipped"]) == ("success", 0, 2)


@pytest.mark.parametrize("name", ["auth_user.csv", "import_history.csv", "pg_class.csv"])
def test_a_reserved_table_is_422(importer, name):
    response = importer.upload(name, CUSTOMERS)

    assert response.status_code == 422
    assert response.json()["error"]["code"] == "reserved_table"


@pytest.mark.parametrize(
    ("mapping_json", "code"),
    [("{", "invalid_mapping"), ("[]", "invalid_mapping"), ('{"tabel_name": "x"}', "invalid_mapping")],
)
def test_a_mapping_that_is_wrong_is_400(importer, mapping_json, code, tmp_path):
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    with (tmp_path / "customers.csv").open("rb") as file:
        response = importer.post("/map-data", {"file": file, "mapping_json": mapping_json})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == code
    assert not ImportHistory.objects.exists()


def test_no_file_is_400(importer):
    response = importer.post("/map-data", {"mapping_json": "{}"})

    assert response.status_code == 400
    assert response.json()["error"]["details"] == {"parameter": "file", "reason": "no_file_sent", "params": {}}


@pytest.mark.parametrize("address", ["/map-data", "/detect-mapping"])
@pytest.mark.parametrize(
    ("field", "nearest"), [("mapping", "mapping_json"), ("Mapping_JSON", "mapping_json"), ("files", "file")]
)
def test_an_unknown_form_field_is_400_and_names_the_closest(importer, address, field, nearest):
    form = {"file": SimpleUploadedFile("customers.csv", CUSTOMERS.encode()), field: '{"table_name": "t"}'}
    response = importer.post(address, form)

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["message"] == f"Unknown form field “{field}”. The closest known field is “{nearest}”."
    assert error["details"] == {
        "parameter": field, "reason": "unknown_form_field", "params": {"parameter": field, "nearest": nearest},
    }  # fmt: skip
    assert not ImportHistory.objects.exists()


def test_an_unknown_file_of_the_form_is_400(importer):
    response = importer.post("/map-data", {"upload": SimpleUploadedFile("customers.csv", CUSTOMERS.encode())})

    assert response.status_code == 400
    assert response.json()["error"]["details"]["parameter"] == "upload"


def test_an_analysis_id_is_no_field_of_an_analysis(importer):
    form = {"file": SimpleUploadedFile("customers.csv", CUSTOMERS.encode()), "analysis_id": ""}
    response = importer.post("/detect-mapping", form)

    assert response.status_code == 400
    assert response.json()["error"]["details"]["parameter"] == "analysis_id"


def test_a_file_over_the_limit_is_413(importer, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10

    response = importer.upload("customers.csv", CUSTOMERS)

    assert response.status_code == 413
    assert response.json()["error"]["code"] == "file_too_large"


def test_a_body_far_over_the_limit_is_413_before_it_is_read(importer, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 10

    response = importer.upload("customers.csv", "x" * 1_100_000)

    assert response.status_code == 413


# --- records in the body ---


def test_records_become_a_table(importer):
    body = importer.send('{"records": [{"a": 1, "b": "x"}, {"a": 2}], "mapping": {"table_name": "t"}}').json()

    assert (body["table_name"], body["status"], body["rows_inserted"]) == ("t", "success", 2)
    record = ImportHistory.objects.get()
    assert (record.source_type, record.file_type) == ("api_direct", "json")
    assert [(row["a"], row["b"]) for row in rows_of("t")] == [(1, "x"), (2, None)]


def test_numbers_reach_the_table_as_they_are_written(importer):
    literal = "12345678901234567890.12345678901234567890"

    importer.send(f'{{"records": [{{"amount": {literal}}}], "mapping": {{"table_name": "t"}}}}')

    assert importer.get("/tables/t").content.decode().count(f'"amount":{literal}') == 1


def test_the_same_records_again_are_not_refused_as_a_file(importer):
    body = '{"records": [{"a": 1}], "mapping": {"table_name": "t"}}'
    importer.send(body)

    again = importer.send(body)

    assert (again.status_code, again.json()["duplicates_skipped"]) == (200, 1)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"records": []}',
        '{"records": 1}',
        '{"records": [{"a": 1}], "mapping": []}',
        '"x"',
        b"\xff",
    ],
)
def test_a_body_that_is_not_the_json_it_should_be_is_400(importer, body):
    response = importer.send(body)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"


def test_a_body_of_records_over_the_limit_is_413(importer, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20

    response = importer.send('{"records": [{"a": 1}, {"a": 2}]}')

    assert response.status_code == 413
    assert response.json()["error"] == {
        "code": "file_too_large",
        "message": "The request body exceeds the limit of 20 bytes. To import more records, upload them as a file to "
        "/map-data (multipart/form-data).",
        "details": {"limit_bytes": 20, "reason": "body_too_large", "params": {"limit_bytes": 20}},
    }


# --- what was looked at before ---


def test_an_analysis_id_goes_in_the_place_of_the_file(importer):
    looked_at = importer.upload("customers.csv", CUSTOMERS, address="/detect-mapping").json()

    body = importer.post("/map-data", {"analysis_id": looked_at["analysis_id"]}).json()

    assert (body["table_name"], body["rows_inserted"]) == ("customers", 2)
    record = ImportHistory.objects.get()
    assert (str(record.analysis_id), record.file_name) == (looked_at["analysis_id"], "customers.csv")


def test_an_analysis_of_another_user_is_404(importer):
    looked_at = importer.upload("customers.csv", CUSTOMERS, address="/detect-mapping").json()

    response = client_of("eve", "importer").post("/map-data", {"analysis_id": looked_at["analysis_id"]})

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "source_unavailable"


@pytest.mark.parametrize(("given", "status"), [("x", 400), ("550e8400-e29b-41d4-a716-446655440000", 404)])
def test_an_analysis_that_there_is_not(importer, given, status):
    assert importer.post("/map-data", {"analysis_id": given}).status_code == status


def test_detect_mapping_says_what_is_in_a_file_and_imports_nothing(importer):
    body = importer.upload("customers.csv", CUSTOMERS, address="/detect-mapping").json()

    assert body["success"] is True
    assert (body["file_type"], body["rows"], body["table_name"]) == ("csv", 2, "customers")
    assert [(column["name"], column["sql_type"]) for column in body["columns"]] == [
        ("name", "TEXT"),
        ("age", "INTEGER"),
    ]
    assert not ImportHistory.objects.exists()
    assert importer.get("/tables").json()["tables"] == []


@pytest.mark.parametrize("key", ["source_format", "target_format"])
@pytest.mark.parametrize(
    ("format_", "said"),
    [
        ("%d", "it has the day but not the year; add %Y or %y."),
        ("%H", "it has the hour but not the minute; add %M."),
        ("%M", "it has the minute but not the hour; add %H, or %I and %p."),
        ("%p", "it has neither a date (year, month and day) nor a time (hour and minute)."),
        ("%m/%d", "it has the month but not the year; add %Y or %y."),
        ("%Y-%d", "it has the year but not the month; add %m, %b or %B."),
        ("%B", "it has the month but not the year; add %Y or %y."),
        ("%a", "it has neither a date (year, month and day) nor a time (hour and minute)."),
        ("%z", "it has neither a date (year, month and day) nor a time (hour and minute)."),
        ("(", "it has neither a date (year, month and day) nor a time (hour and minute)."),
        ("%%d%%H", "it has neither a date (year, month and day) nor a time (hour and minute)."),
        ("%Y%Y", "%Y is repeated."),
        ("%Y-%m-%d %y", "it has the year twice; use one of %Y or %y."),
        ("%Y-%m-%d %H", "it has the hour but not the minute; add %M."),
        ("%H:%M.%f", "it has the fraction but not the second; add %S."),
        ("%H:%M %z", "it has the zone but not the year; add %Y or %y."),
        ("%Q", "%Q is not supported in a date format; use A B H I M S Y a b d f m p y z."),
    ],
)
def test_a_format_that_names_no_whole_date_or_time_is_400(importer, key, format_, said):
    rule = {"field": "seen", "source_format": "%d/%m/%Y", key: format_}
    mapping = {"rules": {"datetime_transformations": [rule]}}

    response = importer.upload("x.csv", "seen\n31/12/2025\n", mapping)

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_mapping"
    assert (
        response.json()["error"]["message"]
        == f"Invalid {key} “{format_}” for “seen” in datetime_transformations: {said}"
    )


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        (r'{"mappings": {"a\u0000": "n"}}', "A key of mappings contains a character that cannot be stored"),
        (r'{"a\u0000": "n"}', "A key of the mapping contains a character that cannot be stored"),
        (r'{"db_schema": {"a\ud800": "TEXT"}}', "A key of db_schema contains a character that cannot be stored"),
        ('{"max_errors": {"count": 1e400}}', "max_errors.count is a number too large to store."),
        ('{"max_errors": {"share": 1e400}}', "max_errors.share is a number too large to store."),
        ('{"rules": {"filter_rows": [{"value": 1e400}]}}', "rules.filter_rows[0].value is a number too large"),
        (
            '{"max_errors": -1}',
            "max_errors must be a whole number, 0 or greater, or an object with count, share and minimum.",
        ),
        (
            '{"max_errors": 1.5}',
            "max_errors must be a whole number, 0 or greater, or an object with count, share and minimum.",
        ),
    ],
)
@pytest.mark.parametrize("way", ["records", "file"])
def test_a_mapping_that_cannot_be_stored_or_makes_no_sense_is_400(importer, way, mapping, said):
    if way == "records":
        response = importer.send(f'{{"records": [{{"n": 1}}], "mapping": {mapping}}}')
    else:
        response = importer.post("/map-data", {"file": SimpleUploadedFile("x.csv", b"n\n1\n"), "mapping_json": mapping})

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_mapping"
    assert response.json()["error"]["message"].startswith(said)


@pytest.mark.parametrize(
    "mapping", ['{"table_name": "a", "table_name": "b"}', '{"db_schema": {"n": "TEXT", "n": "DATE"}}']
)
def test_a_mapping_that_names_a_key_twice_is_400(importer, mapping):
    file = SimpleUploadedFile("x.csv", b"n\n1\n")

    response = importer.post("/map-data", {"file": file, "mapping_json": mapping})

    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_mapping")
    assert "in an object of the mapping. Remove one." in response.json()["error"]["message"]
    assert not ImportHistory.objects.exists()


def test_an_empty_format_is_400(importer):
    mapping = {"rules": {"datetime_transformations": [{"field": "seen", "source_format": ""}]}}

    response = importer.upload("x.csv", "seen\n31/12/2025\n", mapping)

    assert response.status_code == 400
    assert "source_format" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("name", "content"), [("x.csv", b"a,b\nx\x00y,1\n"), ("x.ndjson", b'{"a":"x\\u0000y","b":1}\n')]
)
def test_detect_mapping_shows_what_cannot_be_stored_as_the_replacement_character(importer, name, content):
    response = importer.upload(name, content, address="/detect-mapping")

    assert response.status_code == 200
    assert [column["first_values"] for column in response.json()["columns"]] == [["x\ufffdy"], ["1"]]


def test_an_analysis_id_that_is_a_file_is_400(importer):
    response = importer.post("/map-data", {"analysis_id": SimpleUploadedFile("id.txt", b"x")})

    assert response.status_code == 400
    assert response.json()["error"]["details"] == {
        "parameter": "analysis_id", "reason": "not_an_analysis_id", "params": {}
    }  # fmt: skip


def test_detect_mapping_without_a_file_is_400(importer):
    assert importer.post("/detect-mapping", {}).status_code == 400


def test_detect_mapping_of_what_is_no_table_is_422(importer):
    assert importer.upload("x.csv", "", address="/detect-mapping").status_code == 422


def test_what_no_text_can_hold_is_replaced_in_the_parameters_of_a_message(importer):
    mapping = r'{"a\ud800\u0000": 1, "a\ud800\u0000": 2}'
    file = SimpleUploadedFile("customers.csv", CUSTOMERS.encode())

    response = importer.post("/map-data", {"file": file, "mapping_json": mapping})

    assert response.status_code == 400
    error = response.json()["error"]
    assert error["details"] == {"reason": "mapping_key_twice", "params": {"name": "a\ufffd\ufffd"}}
    assert error["message"] == "Duplicate key “a\ufffd\ufffd” in an object of the mapping. Remove one."


@pytest.fixture(params=[ProgrammingError, RuntimeError])
def broken(request, monkeypatch):
    def insert(*_):
        raise request.param(QUOTED)

    monkeypatch.setattr("imports.tables.rows.copy_in", insert)
    return request.param.__name__


def test_an_error_of_the_service_answers_500_and_is_in_the_log_with_its_import(importer, broken, caplog):
    answer = importer.upload("customers.csv", CUSTOMERS)

    failed = ImportHistory.objects.get()
    assert (answer.status_code, answer.json()["error"]) == (
        500,
        {
            "code": "service_error",
            "message": f"Internal error ({broken}). Your file is fine. Try again, or contact your administrator.",
            "details": {"import_id": str(failed.pk), "reason": "service_failed", "params": {"error": broken}},
        },
    )
    assert (failed.status, failed.error_code) == ("failed", "service_error")
    assert f"{broken} in import {failed.pk}" in caplog.text
    assert ", in insert\n" in caplog.text
    assert "Ada" not in caplog.text


def test_an_import_that_its_file_stops_answers_422_as_before(importer, caplog):
    answer = importer.upload("customers.csv", CUSTOMERS, {"mappings": {"a": "nowhere"}})

    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "mapping_does_not_fit")
    assert "Traceback" not in caplog.text
    assert "File " not in caplog.text


def test_an_import_without_a_new_row_says_so(importer):
    importer.upload("people.csv", "name\nAda\nAlan\n")

    again = importer.upload("again.csv", "name\nAlan\nAda\n", {"table_name": "people"}).json()

    assert again["message"] == "Nothing new in people: 2 duplicates, 0 rejected, 0 filtered, 0 errors."
    assert (again["status"], again["rows_inserted"]) == ("success", 0)
