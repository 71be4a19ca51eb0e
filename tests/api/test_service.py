"""/health, /ready, /schema and /docs."""

from django.core.management import call_command
from django.db import OperationalError, connections

from core.web.content_security_policy import API_PAGES_POLICY


def test_health_needs_no_token(anonymous):
    assert anonymous.get("/health").json() == {"success": True, "status": "ok"}


def test_ready_needs_no_token(anonymous):
    assert anonymous.get("/ready").json() == {"success": True, "status": "ready"}


def test_not_ready_without_a_database(anonymous, monkeypatch):
    def gone(*_):
        raise OperationalError("connection to /tmp/secret/socket failed")

    with monkeypatch.context() as patched:
        patched.setattr(type(connections["default"]), "cursor", gone)
        response = anonymous.get("/ready")

    assert response.status_code == 503
    assert response.json() == {
        "success": False,
        "error": {"code": "not_ready", "message": "The database does not respond.", "details": {}},
    }


def test_the_schema_is_openapi_3_and_names_every_endpoint_once(auditor):
    document = auditor.get("/schema?format=json").json()

    assert document["openapi"].startswith("3.")
    assert sorted(document["paths"]) == [
        "/audit-log",
        "/audit-log/verify",
        "/detect-mapping",
        "/files/{sha256}/lineage",
        "/import-groups/{group_id}/undo",
        "/import-history",
        "/import-history/{import_id}",
        "/import-history/{import_id}/failed-rows.{kind}",
        "/import-history/{import_id}/mapping-errors",
        "/import-history/{import_id}/mapping-errors/summary",
        "/import-history/{import_id}/not-read.csv",
        "/import-history/{import_id}/redo",
        "/import-history/{import_id}/repairs",
        "/import-history/{import_id}/repairs/{repair_id}/undo",
        "/import-history/{import_id}/rerun",
        "/import-history/{import_id}/rerun-preview",
        "/import-history/{import_id}/retry",
        "/import-history/{import_id}/rows",
        "/import-history/{import_id}/source-file",
        "/import-history/{import_id}/undo",
        "/import-history/{import_id}/undo-preview",
        "/import-statistics",
        "/lineage/graph",
        "/map-b2-data",
        "/map-b2-data-async",
        "/map-data",
        "/mappings",
        "/mappings/{name}",
        "/mappings/{name}/differences",
        "/mappings/{name}/export.json",
        "/mappings/{name}/test-run",
        "/mappings/{name}/versions",
        "/tables",
        "/tables/{table_name}",
        "/tables/{table_name}/columns",
        "/tables/{table_name}/export.{kind}",
        "/tables/{table_name}/lineage",
        "/tables/{table_name}/rows/{row_id}/lineage",
        "/tables/{table_name}/schema",
        "/tasks/{task_id}",
        "/tasks/{task_id}/cancel",
    ]


def test_the_schema_shows_lists_under_their_own_key(auditor):
    schemas = auditor.get("/schema?format=json").json()["components"]["schemas"]

    assert list(schemas["PaginatedListedImportList"]["properties"]) == [
        "success", "imports", "total_count", "limit", "offset",
    ]  # fmt: skip


#: Programs that were generated from the schema have classes of these names.
SCHEMAS = {
    "AuditEntry", "Broken", "ChangedRowsEnum", "Column", "ColumnOrigin", "ColumnSource", "Columns", "Day",
    "DetectB2MappingRequest", "DetectMappingRequest", "Edge", "EqualRecord", "ErrorGroup", "ErrorSample",
    "ErrorSummary", "ErrorType", "ErrorsInTable", "FateEnum", "FileLineage", "GroupedByEnum", "HandChange", "Head",
    "ImportDetails", "ImportOfRow", "ImportRecord", "ImportStrategyEnum", "KindEnum", "Lineage", "LineageGraph",
    "ListedImport", "MapB2DataRequest", "MapDataRequest", "MappingError", "MappingStatusEnum", "MatchedRow",
    "NamedImport", "Node", "NullEnum", "Original", "OtherImport", "Outcome", "PaginatedAuditEntryList",
    "PaginatedListedImportList", "PaginatedMappingErrorList", "PaginatedTableList", "Phase", "RecordFate",
    "RecordFates", "RecordsRequest", "RedoReport", "RedoRequest", "RowLineageAnswer", "SlowImport",
    "SourceTypeEnum", "Statistics", "Status1f9Enum", "Step", "Table", "TableNumbers", "TableRows", "TableSchema",
    "Task", "TaskStatusEnum", "TouchedTable", "UndoPreview", "UndoReport", "UndoRequest", "UserNumbers", "Value",
    "Verdict", "WhatEnum",
}  # fmt: skip


def test_the_schemas_keep_their_names(auditor):
    schemas = auditor.get("/schema?format=json").json()["components"]["schemas"]

    assert SCHEMAS - set(schemas) == set()


def test_the_docs_load_scripts_of_this_site_only(auditor):
    page = auditor.get("/docs")

    assert page.status_code == 200
    assert b'src="/docs?script="' in page.content
    assert page.headers["Content-Security-Policy"] == API_PAGES_POLICY
    assert "script-src" not in API_PAGES_POLICY
    assert b"<script>" not in page.content


def test_the_docs_script_is_javascript(auditor):
    script = auditor.get("/docs?script=")

    assert script.headers["Content-Type"].startswith("application/javascript")
    assert b"/schema" in script.content


def test_the_schema_is_generated_without_warnings(tmp_path):
    call_command("spectacular", "--fail-on-warn", "--file", tmp_path / "schema.yml")

    assert "FateEnum" in (tmp_path / "schema.yml").read_text()


def test_endpoints_of_different_purpose_have_different_descriptions(auditor):
    paths = auditor.get("/schema?format=json").json()["paths"]

    described = {path: operations["get"]["description"] for path, operations in paths.items() if "get" in operations}

    assert sorted(described.values()) == sorted(set(described.values()))
