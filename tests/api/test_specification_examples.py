"""Every JSON example of the specification (import-tracking.md): the same keys, values of the same types."""

import json

import pytest

from tests.importing import import_text, query, rows_of

NUMBER = (int, float)
NONE = type(None)

IMPORT_RECORD = {
    "import_id": str,
    "import_timestamp": str,
    "user_id": str,
    "user_email": str,
    "source_type": str,
    "source_path": NONE,
    "file_name": str,
    "file_size_bytes": int,
    "file_type": str,
    "file_hash": str,
    "table_name": str,
    "import_strategy": str,
    "mapping_config": dict,
    "duplicate_check_enabled": bool,
    "status": str,
    "error_message": NONE,
    "warnings": list,
    "mapping_status": str,
    "mapping_errors_count": int,
    "total_rows_in_file": int,
    "rows_processed": int,
    "rows_inserted": int,
    "rows_skipped": int,
    "duplicates_found": int,
    "data_validation_errors": int,
    "duration_seconds": NUMBER,
    "parsing_time_seconds": NUMBER,
    "duplicate_check_time_seconds": NUMBER,
    "insert_time_seconds": NUMBER,
    "analysis_id": NONE,
    "task_id": NONE,
    "metadata": dict,
    "created_at": str,
    "updated_at": str,
}
# A list shows ten of these and an ellipsis; ours leaves out the mapping, which may be megabytes.
LISTED_IMPORT = {key: kind for key, kind in IMPORT_RECORD.items() if key != "mapping_config"}
OURS_IN_RECORD = {
    "mapping_started_at", "mapping_completed_at", "mapping_duration_seconds", "rows_rejected", "rows_filtered",
    "undone_at", "undone_by", "undo_reason", "warning_details", "not_read",
    "rows_updated",
}  # fmt: skip
LIST = {"success": bool, "total_count": int, "limit": int, "offset": int}
MAPPING_ERROR = {
    "id": int, "import_id": str, "record_number": int, "error_type": str, "error_message": str, "source_field": str,
    "target_field": str, "source_value": str, "occurred_at": str, "chunk_number": int,
}  # fmt: skip
STATISTICS = {
    "success": bool, "total_imports": int, "successful_imports": int, "failed_imports": int, "total_rows_inserted": int,
    "total_duplicates_found": int, "avg_duration_seconds": NUMBER, "tables_affected": int, "unique_users": int,
    "period_days": int,
}  # fmt: skip
LINEAGE = {
    "success": bool, "table_name": str, "imports": list, "total_imports": int, "total_rows_contributed": int,
}  # fmt: skip
TIMES = ("import_timestamp", "created_at", "updated_at", "occurred_at")


def assert_like(found, example, ours=frozenset()):
    assert set(found) == set(example) | set(ours)
    assert {key: found[key] for key, kind in example.items() if not _is_a(found[key], kind)} == {}
    for key in TIMES:
        assert found.get(key, "Z").endswith("Z")


def _is_a(value, kind):
    """In JSON true is no number."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


@pytest.fixture
def customers(importer):
    """One file of customers, with one value that does not fit."""
    body = importer.upload("customers.csv", "name,age\nAda,36\nAlan,abc\n", {
        "db_schema": {"age_years": "INTEGER"}, "mappings": {"name": "name", "age_years": "age"},
    })  # fmt: skip
    return body.json()["import_id"]


def test_list_import_history(importer, customers):
    body = importer.get("/import-history").json()

    assert_like(body, {**LIST, "imports": list})
    assert_like(body["imports"][0], LISTED_IMPORT, OURS_IN_RECORD)
    assert (body["total_count"], body["limit"], body["offset"]) == (1, 100, 0)


def test_get_import_details(importer, customers):
    body = importer.get(f"/import-history/{customers}").json()

    assert_like(body, {"success": bool, "import_record": dict})
    assert_like(body["import_record"], IMPORT_RECORD, OURS_IN_RECORD)
    assert body["import_record"]["import_strategy"] == "new_table"
    assert body["import_record"]["mapping_status"] == "completed_with_errors"
    assert body["import_record"]["data_validation_errors"] == 1


def test_get_mapping_errors(importer, customers):
    body = importer.get(f"/import-history/{customers}/mapping-errors").json()

    assert_like(body, {**LIST, "errors": list})
    assert_like(body["errors"][0], MAPPING_ERROR, {"location", "error_details", "rule", "expected"})
    shown = {key: body["errors"][0][key] for key in MAPPING_ERROR if key not in ("id", "occurred_at", "error_message")}
    assert shown == {
        "import_id": customers, "record_number": 2, "error_type": "type_mismatch", "source_field": "age",
        "target_field": "age_years", "source_value": "abc", "chunk_number": 1,
    }  # fmt: skip
    assert body["errors"][0]["error_message"].startswith("Value 'abc' is not a valid integer")


#: What /import-statistics says beside the specification.
OUR_STATISTICS = {
    "per_day", "phases", "per_table", "per_user", "errors_by_type", "slowest_imports", "total_mapping_errors",
    "total_rows_updated",
}  # fmt: skip


def test_get_import_statistics(importer, customers):
    body = importer.get("/import-statistics").json()

    assert_like(body, STATISTICS, OUR_STATISTICS)
    assert (body["total_imports"], body["total_rows_inserted"], body["period_days"]) == (1, 2, 30)


def test_statistics_of_nothing_have_the_same_types(auditor):
    assert_like(auditor.get("/import-statistics").json(), STATISTICS, OUR_STATISTICS)


def test_get_table_lineage(importer, customers):
    body = importer.get("/tables/customers/lineage").json()

    assert_like(body, LINEAGE)
    assert_like(body["imports"][0], LISTED_IMPORT, OURS_IN_RECORD)
    assert (body["total_imports"], body["total_rows_contributed"]) == (1, 2)


def test_corrections_of_a_type(atlas_db, tmp_path):
    import_text(tmp_path, "t.csv", "age\n30.0\n", db_schema={"age": "INTEGER"})

    assert rows_of("t")[0]["_corrections_applied"] == json.loads("""
        {"age": {"before": "30.0", "after": 30, "correction_type": "type_coercion", "target_type": "INTEGER"}}
    """)


def test_corrections_of_a_time(atlas_db, tmp_path):
    rule = {"field": "event_date", "source_format": "%m/%d/%Y %I:%M %p"}
    import_text(
        tmp_path, "t.csv", "event_date\n10/09/2025 8:11 PM\n",
        db_schema={"event_date": "TIMESTAMP"}, rules={"datetime_transformations": [rule]},
    )  # fmt: skip

    assert rows_of("t")[0]["_corrections_applied"] == json.loads("""
        {"event_date": {"before": "10/09/2025 8:11 PM", "after": "2025-10-09T20:11:00",
         "correction_type": "datetime_standardization", "source_format": "%m/%d/%Y %I:%M %p"}}
    """)


def test_usage_examples_1_to_4(importer, customers):
    """What the examples read from the answers is there."""
    imports = importer.get("/import-history", {"table_name": "customers", "limit": 50}).json()["imports"]
    assert [f"{imp['file_name']} - {imp['rows_inserted']} rows" for imp in imports] == ["customers.csv - 2 rows"]

    importer.upload("broken.csv", "")
    failed = importer.get("/import-history", {"status": "failed", "limit": 100, "since": "2025-01-01"}).json()[
        "imports"
    ]
    assert [(imp["file_name"], bool(imp["error_message"]), imp["duplicates_found"]) for imp in failed] == [
        ("broken.csv", True, 0)
    ]

    stats = importer.get("/import-statistics", {"days": 30}).json()
    assert f"{stats['successful_imports'] / stats['total_imports'] * 100:.1f}%" == "50.0%"
    assert float(f"{stats['avg_duration_seconds']:.2f}") >= 0
    assert f"{stats['total_rows_inserted']:,}" == "2"

    lineage = importer.get("/tables/customers/lineage").json()
    assert [f"{imp['file_name']} ({imp['rows_inserted']} rows)" for imp in lineage["imports"]] == [
        "customers.csv (2 rows)"
    ]


def test_the_index_names_of_the_history(atlas_db):
    names = {name for (name,) in query("SELECT indexname FROM pg_indexes WHERE tablename = 'import_history'")}

    assert names >= {
        "idx_import_history_timestamp", "idx_import_history_table", "idx_import_history_status",
        "idx_import_history_user", "idx_import_history_file_hash",
    }  # fmt: skip
