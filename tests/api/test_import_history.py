"""GET /import-history, its details, its mapping errors and its source file."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from imports.models import ImportHistory, MappingError

HASH = "ab" * 32


def imported(day, **more):
    """An import that stands in the history, as of a day of October 2025."""
    values = {
        "source_type": "local_upload", "file_name": f"day{day}.csv", "table_name": "customers", "status": "success",
        "total_rows_in_file": day, "rows_inserted": day, "rows_skipped": 0, "duplicates_found": 0, "rows_rejected": 0,
        "rows_filtered": 0, "import_timestamp": datetime(2025, 10, day, 12, 30, tzinfo=UTC),
        "duration_seconds": Decimal(day), **more,
    }  # fmt: skip
    return ImportHistory.objects.create(**values)


@pytest.fixture
def four(atlas_db):
    """Four imports that differ in everything that can be asked for."""
    imported(1, user_id="7", user_email="ada@example.com", file_hash=HASH)
    imported(2, table_name="orders", source_type="api_direct", user_id="8")
    imported(3, undone_at=datetime(2025, 10, 4, tzinfo=UTC), undone_by="ida", undo_reason="wrong file")
    imported(4, status="failed", error_message="Line 6 is broken", duration_seconds=None)


def days(response):
    assert response.status_code == 200, response.content
    return [int(found["file_name"].removeprefix("day").removesuffix(".csv")) for found in response.json()["imports"]]


def test_the_newest_import_comes_first(auditor, four):
    response = auditor.get("/import-history")

    assert days(response) == [4, 3, 2, 1]
    assert response.json()["total_count"] == 4


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("table_name=orders", [2]),
        ("table_name=order", []),
        ("user_id=7", [1]),
        ("status=failed", [4]),
        ("source_type=api_direct", [2]),
        (f"file_hash={HASH}", [1]),
        (f"file_hash={HASH.upper()}", [1]),
        ("file_name=day2.csv", [2]),
        ("undone=true", [3]),
        ("undone=false", [4, 2, 1]),
        ("since=2025-10-03", [4, 3]),
        ("since=2025-10-03T12:30:00Z", [4, 3]),
        ("since=2025-10-03T12:30:01Z", [4]),
        ("since=2025-10-03T14:30:00%2B02:00", [4, 3]),
        ("until=2025-10-02", [2, 1]),
        ("until=2025-10-02T12:29:59Z", [1]),
        ("since=2025-10-02&until=2025-10-02", [2]),
        ("since=0001-01-01T00:00:00%2B14:00", [4, 3, 2, 1]),
        ("until=9999-12-31T23:59:59-14:00", [4, 3, 2, 1]),
        ("since=9999-12-31", []),
        ("search=DAY3", [3]),
        ("search=ada@", [1]),
        ("search=broken", [4]),
        ("search=order", [2]),
        ("search=100%25", []),
        ("ordering=import_timestamp", [1, 2, 3, 4]),
        ("ordering=-rows_inserted", [4, 3, 2, 1]),
        ("ordering=-duration_seconds", [3, 2, 1, 4]),
        ("ordering=table_name", [4, 3, 1, 2]),
        ("table_name=customers&status=success&undone=false", [1]),
        ("limit=2&offset=1", [3, 2]),
        ("offset=100", []),
        ("offset=4611686018427387904", []),
    ],
)
def test_the_list_is_filtered_and_ordered(auditor, four, query, expected):
    assert days(auditor.get(f"/import-history?{query}")) == expected


def test_total_count_is_of_all_that_match(auditor, four):
    assert auditor.get("/import-history?table_name=customers&limit=1").json()["total_count"] == 3


@pytest.mark.parametrize(
    "query",
    [
        "status=done", "source_type=ftp", "undone=maybe", "since=yesterday", "since=2025-13-01",
        "until=2025-10-28T25:00",
        "ordering=mapping_config", "ordering=--status", "ordering=password", "table_name=%00", "search=%00",
        "since=2025-10-28T12:30:00%2B99:00",
    ],
)  # fmt: skip
def test_a_filter_that_makes_no_sense_is_400(auditor, query):
    response = auditor.get(f"/import-history?{query}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"
    assert query.partition("=")[0] in response.json()["error"]["message"]


def test_details_of_an_import_that_is_not_finished(auditor):
    record = ImportHistory.objects.create(source_type="api_direct", table_name="t", status="in_progress", metadata=None)

    details = auditor.get(f"/import-history/{record.pk}").json()["import_record"]

    assert (details["duration_seconds"], details["warnings"], details["metadata"]) == (0, [], {})
    assert (details["rows_inserted"], details["mapping_status"]) == (None, "not_started")


def test_details_say_who_took_an_import_back_and_why(auditor, four):
    record = ImportHistory.objects.get(undone_by="ida")

    details = auditor.get(f"/import-history/{record.pk}").json()["import_record"]

    assert details["undone_at"] == "2025-10-04T00:00:00Z"
    assert (details["undone_by"], details["undo_reason"]) == ("ida", "wrong file")
    assert details["duration_seconds"] == 3


def test_an_import_id_may_be_written_in_capitals(auditor, four):
    record = ImportHistory.objects.first()

    assert auditor.get(f"/import-history/{str(record.pk).upper()}").status_code == 200


# --- mapping errors ---


@pytest.fixture
def errors(atlas_db):
    record, other = imported(1), imported(2)
    for number, kind, field in [
        (3, "type_mismatch", "age"),
        (1, "datetime_conversion", "born"),
        (2, "too_long", "age"),
    ]:
        MappingError.objects.create(
            import_record=record, record_number=number, error_type=kind, source_field=field, error_message="no"
        )
    MappingError.objects.create(import_record=other, record_number=9, error_message="of another import")
    return record


@pytest.mark.parametrize(
    ("query", "expected", "total"),
    [
        ("", [1, 2, 3], 3),
        ("limit=1&offset=1", [2], 3),
        ("error_type=too_long", [2], 1),
        ("source_field=age", [2, 3], 2),
        ("source_field=age&error_type=type_mismatch", [3], 1),
        ("error_type=none_such", [], 0),
    ],
)
def test_mapping_errors_are_in_the_order_of_the_records(auditor, errors, query, expected, total):
    body = auditor.get(f"/import-history/{errors.pk}/mapping-errors?{query}").json()

    assert [error["record_number"] for error in body["errors"]] == expected
    assert body["total_count"] == total


# --- the source file ---


def test_the_source_file_comes_back_as_it_was_sent(importer):
    content = b'name\r\n\xef\xbf\xbd,"x"\n' * 1000
    import_id = importer.upload("Grüße 1.csv", content, {"table_name": "t"}).json()["import_id"]

    response = importer.get(f"/import-history/{import_id}/source-file")

    assert b"".join(response.streaming_content) == content
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe%201.csv"


def test_the_source_file_is_given_whatever_the_caller_accepts(importer):
    import_id = importer.upload("t.csv", "a\n1\n").json()["import_id"]

    response = importer.get(f"/import-history/{import_id}/source-file", headers={"Accept": "text/csv"})

    assert (response.status_code, b"".join(response.streaming_content)) == (200, b"a\n1\n")


def test_records_come_back_as_ndjson(importer):
    import_id = importer.send('{"records": [{"a": 1.50}], "mapping": {"table_name": "t"}}').json()["import_id"]

    response = importer.get(f"/import-history/{import_id}/source-file")

    assert b"".join(response.streaming_content) == b'{"a": 1.50}\n'


@pytest.mark.parametrize("file_hash", [None, HASH])
def test_a_source_file_that_is_not_kept_is_404(auditor, file_hash):
    record = imported(1, file_hash=file_hash)

    response = auditor.get(f"/import-history/{record.pk}/source-file")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "source_unavailable"
