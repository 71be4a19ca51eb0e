"""GET /import-statistics: exact numbers."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from imports.history import record_mapping_errors_batch, update_mapping_status
from imports.models import ImportHistory

NOW = datetime.now(UTC)
KEYS = [
    "total_imports", "successful_imports", "failed_imports", "total_rows_inserted", "total_duplicates_found",
    "avg_duration_seconds", "tables_affected", "unique_users",
]  # fmt: skip


def imported(status, rows=0, duplicates=0, *, days_ago=0, **more):
    counts = {"total_rows_in_file": rows + duplicates, "rows_inserted": rows, "rows_skipped": duplicates,
              "duplicates_found": duplicates, "rows_rejected": 0, "rows_filtered": 0}  # fmt: skip
    values = {"source_type": "local_upload", "table_name": "a", "user_id": "1", **counts, **more}
    return ImportHistory.objects.create(status=status, import_timestamp=NOW - timedelta(days=days_ago), **values)


@pytest.fixture
def past(atlas_db):
    imported("success", 10, 2, duration_seconds=Decimal("1.500"), parsing_time_seconds=Decimal("0.5"))
    imported("partial", 5, 1, duration_seconds=Decimal("2.000"), parsing_time_seconds=Decimal("0.25"), table_name="b")
    imported("failed", duration_seconds=Decimal("0.100"), table_name="c", user_id="2")
    imported("in_progress", rows_inserted=None, table_name="d", user_id=None)
    imported("success", 1000, 7, undone_at=NOW, table_name="e", user_id="3", duration_seconds=Decimal("9"))
    imported("success", 100, 0, days_ago=29, user_id="4", insert_time_seconds=Decimal("4"))
    imported("success", 9999, 0, days_ago=31, user_id="5")


def numbers(response):
    assert response.status_code == 200, response.content
    return [response.json()[key] for key in KEYS]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [5, 3, 1, 115, 3, 1.2, 2, 3]),
        ("days=1", [4, 2, 1, 15, 3, 1.2, 2, 2]),
        ("days=3650", [6, 4, 1, 10114, 3, 1.2, 2, 4]),
        ("table_name=b", [1, 1, 0, 5, 1, 2.0, 1, 1]),
        ("user_id=2", [1, 0, 1, 0, 0, 0.1, 0, 1]),
        ("table_name=nothing", [0, 0, 0, 0, 0, 0, 0, 0]),
    ],
)
def test_statistics(auditor, past, query, expected):
    assert numbers(auditor.get(f"/import-statistics?{query}")) == expected


def test_statistics_per_day_and_per_phase(auditor, past):
    body = auditor.get("/import-statistics").json()

    assert body["per_day"] == [
        {"date": f"{NOW - timedelta(days=29):%Y-%m-%d}", "total_imports": 1, "successful_imports": 1,
         "failed_imports": 0, "total_rows_inserted": 100, "total_rows_updated": 0, "total_duplicates_found": 0},
        {"date": f"{NOW:%Y-%m-%d}", "total_imports": 4, "successful_imports": 2, "failed_imports": 1,
         "total_rows_inserted": 15, "total_rows_updated": 0, "total_duplicates_found": 3},
    ]  # fmt: skip
    assert body["phases"] == {
        "parsing": {"total_seconds": 0.75, "avg_seconds": 0.375},
        "mapping": {"total_seconds": 0, "avg_seconds": 0},
        "duplicate_check": {"total_seconds": 0, "avg_seconds": 0},
        "insert": {"total_seconds": 4, "avg_seconds": 4},
    }
    assert body["period_days"] == 30


@pytest.mark.parametrize(
    "query", ["days=0", "days=3651", "days=-1", "days=x", "days=1.5", "table_name=%00", "user_id=%00"]
)
def test_invalid_parameters_are_400(auditor, query):
    assert auditor.get(f"/import-statistics?{query}").status_code == 400


def test_statistics_by_table_by_user_and_the_slowest(auditor, past):
    body = auditor.get("/import-statistics").json()

    tables = [(one["table_name"], one["total_imports"], one["total_rows_inserted"]) for one in body["per_table"]]
    assert tables == [("a", 2, 110), ("b", 1, 5), ("c", 1, 0), ("d", 1, 0)]
    assert body["per_table"][1] == {
        "table_name": "b", "total_imports": 1, "successful_imports": 1, "failed_imports": 0, "total_rows_inserted": 5,
        "total_rows_updated": 0,
        "total_duplicates_found": 1, "total_mapping_errors": 0, "avg_duration_seconds": 2.0,
    }  # fmt: skip
    users = [(one["user_id"], one["total_imports"]) for one in body["per_user"]]
    assert users == [("1", 2), ("2", 1), ("4", 1), (None, 1)]
    assert [one["duration_seconds"] for one in body["slowest_imports"]] == [2.0, 1.5, 0.1]


def test_errors_by_type_and_in_which_tables(auditor, past):
    for table, errors in {"a": ["too_long"] * 3 + ["bad_quoting"], "b": ["too_long"], "e": ["too_long"]}.items():
        found = ImportHistory.objects.filter(table_name=table).first()
        record_mapping_errors_batch(found.pk, [{"error_type": error, "error_message": "No."} for error in errors])
        update_mapping_status(found.pk, "completed_with_errors", len(errors))

    body = auditor.get("/import-statistics").json()

    assert body["total_mapping_errors"] == 5  # e is undone
    assert body["errors_by_type"] == [
        {"error_type": "too_long", "errors": 4, "imports": 2,
         "tables": [{"table_name": "a", "errors": 3}, {"table_name": "b", "errors": 1}]},
        {"error_type": "bad_quoting", "errors": 1, "imports": 1, "tables": [{"table_name": "a", "errors": 1}]},
    ]  # fmt: skip
    assert auditor.get("/import-statistics?table_name=nothing").json()["errors_by_type"] == []
