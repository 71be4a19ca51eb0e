"""Conventions of all endpoints."""

import logging

import pytest
from django.db import DatabaseError
from django.test import Client

from core.errors import BadRequest
from imports.planning.messages import UNKNOWN_NAME
from lineage.api import views as lineage_api

UNKNOWN = "550e8400-e29b-41d4-a716-446655440000"  # an id that no import has

READING = [
    "/import-history", f"/import-history/{UNKNOWN}", f"/import-history/{UNKNOWN}/mapping-errors",
    f"/import-history/{UNKNOWN}/mapping-errors/summary", f"/import-history/{UNKNOWN}/rows",
    f"/import-history/{UNKNOWN}/failed-rows.csv", f"/import-history/{UNKNOWN}/failed-rows.xlsx",
    f"/import-history/{UNKNOWN}/source-file", f"/import-history/{UNKNOWN}/undo-preview", "/import-statistics",
    "/tables", "/tables/t", "/tables/t/schema", "/tables/t/lineage", "/tables/t/export.csv", "/audit-log",
    "/audit-log/verify", "/lineage/graph", f"/files/{'0' * 64}/lineage", "/tables/t/columns",
    "/tables/t/rows/1/lineage", f"/tasks/{UNKNOWN}",
]  # fmt: skip
POSTING = ["/map-data", "/detect-mapping", f"/import-history/{UNKNOWN}/undo", f"/import-history/{UNKNOWN}/redo"]


@pytest.mark.parametrize("address", [*READING, "/schema", "/docs"])
def test_reading_needs_a_token_or_a_session(anonymous, address):
    response = anonymous.get(address)

    assert response.status_code == 401


@pytest.mark.parametrize("address", READING)
def test_a_missing_token_is_an_error_in_the_common_format(anonymous, address):
    assert anonymous.get(address).json() == {
        "success": False,
        "error": {
            "code": "not_authenticated",
            "message": "This address needs a user. Send the header “Authorization: Token …” with an API token, or sign "
            "in at /ui/sign-in.",
            "details": {"reason": "no_credentials", "params": {}},
        },
    }  # fmt: skip


def inactive(client):
    client.user.is_active = False
    client.user.save()


@pytest.mark.parametrize(
    ("request_of", "status", "code", "reason", "params"),
    [
        (lambda api: api.put("/import-history"), 405, "method_not_allowed", "method_not_taken",
         {"method": "PUT", "taken": ["GET"]}),
        (lambda api: api.get("/map-data"), 405, "method_not_allowed", "method_not_taken",
         {"method": "GET", "taken": ["POST"]}),
        (lambda api: api.post("/map-data", b"x", content_type="text/plain"), 415, "unsupported_media_type",
         "content_type_not_taken", {
             "content_type": "text/plain",
             "taken": ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"],
         }),
        (lambda api: api.post("/map-data", b"x", content_type="multipart/form-data"), 400, "parse_error",
         "unreadable_request", {}),
        (lambda api: api.get("/import-history", headers={"Accept": "image/png"}), 406, "not_acceptable",
         "accept_not_served", {"served": ["application/json", "text/html"]}),
        (lambda api: api.get("/tables/t/export.pdf"), 404, "not_found", "no_such_address", {}),
        (lambda api: api.get("/tables", headers={"Authorization": "Token"}), 401, "authentication_failed",
         "token_header_malformed", {}),
        (lambda api: api.get("/tables", headers={"Authorization": f"Token {'0' * 64}"}), 401, "authentication_failed",
         "invalid_token", {}),
        (lambda api: inactive(api) or api.get("/tables"), 401, "authentication_failed", "token_of_inactive_user", {}),
    ],
)  # fmt: skip
def test_errors_of_the_framework_say_what_to_do_in_our_own_messages(api, request_of, status, code, reason, params):
    response = request_of(api)

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, code)
    assert error["details"] == {"reason": reason, "params": params}


def test_a_missing_permission_names_the_groups_to_ask_for(unprivileged):
    message = unprivileged.get("/tables").json()["error"]["message"]

    assert message == (
        "Your account does not have the permission for this. Ask an administrator to add you to the group importer "
        "(import files and undo imports) or auditor (read-only access)."
    )


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html", "application/yaml"])
@pytest.mark.parametrize("address", ["/schema", "/docs"])
def test_errors_of_the_documentation_are_json_as_well(anonymous, address, accept):
    response = anonymous.get(address, headers={"Accept": accept})

    assert response.status_code in (401, 406)
    assert response.headers["Content-Type"] == "application/json"
    assert response.json()["success"] is False


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded"])
def test_a_body_over_the_limit_is_413_at_every_endpoint(api, settings, content_type):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 20

    response = api.post(
        f"/import-history/{UNKNOWN}/undo", b'{"reason": "' + b"x" * 20 + b'"}', content_type=content_type
    )

    assert (response.status_code, response.json()["error"]["code"]) == (413, "file_too_large")
    assert response.json()["error"]["details"] == {
        "limit_bytes": 20, "reason": "body_too_large", "params": {"limit_bytes": 20}
    }  # fmt: skip


@pytest.mark.parametrize("address", POSTING)
def test_posting_needs_a_token_or_a_session(anonymous, address):
    assert anonymous.post(address).status_code == 401


def test_a_wrong_token_is_401(atlas_db):
    response = Client(headers={"Authorization": "Token no-such-token"}).get("/import-history")

    assert response.status_code == 401
    assert response.json()["error"]["code"] == "authentication_failed"


@pytest.mark.parametrize("address", READING)
def test_reading_needs_the_permission(unprivileged, address):
    response = unprivileged.get(address)

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"


@pytest.mark.parametrize("address", READING)
def test_an_auditor_may_read(auditor, address):
    assert auditor.get(address).status_code in (200, 404)


@pytest.mark.parametrize("address", POSTING)
def test_an_auditor_may_not_change_anything(auditor, address):
    assert auditor.post(address).status_code == 403


@pytest.mark.parametrize(("address", "status"), [*zip(POSTING, [400, 400, 404, 404], strict=True)])
def test_an_importer_may_import_and_undo(importer, address, status):
    assert importer.post(address).status_code == status


def test_a_session_works_in_place_of_a_token(api):
    browser = Client()
    browser.force_login(api.user)

    assert browser.get("/import-history").json()["success"] is True


def test_a_session_cannot_post_without_its_csrf_token(api):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(api.user)

    response = browser.post("/map-data", {})

    assert response.status_code == 403
    assert response.json()["error"]["code"] == "permission_denied"


@pytest.mark.parametrize(
    "address", ["/import-history", "/tables", "/import-statistics", "/audit-log", "/health", "/ready"]
)
def test_a_slash_at_the_end_is_ignored(api, address):
    assert api.get(f"{address}/").json() == api.get(address).json()


def test_parameters_of_an_error_are_valid_json():
    error = BadRequest(UNKNOWN_NAME(place="a\0", name="b\ud800", nearest=None))

    assert error.details["params"] == {"place": "a\ufffd", "name": "b\ufffd", "nearest": None}


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=-1", "limit=ten", "limit=", "limit=1.5", "limit=%C2%B2", "offset=-1", "offset=x"],
)
@pytest.mark.parametrize("address", ["/import-history", "/tables", "/audit-log"])
def test_an_invalid_limit_or_offset_is_400(api, address, query):
    response = api.get(f"{address}?{query}")

    assert response.status_code == 400
    assert response.json()["success"] is False
    name = query.partition("=")[0]
    least, most = {"limit": (1, 1000), "offset": (0, 2**62)}[name]
    assert response.json()["error"] == {
        "code": "bad_request",
        "message": f"{name} must be a whole number from {least} to {most}.",
        "details": {
            "parameter": name,
            "reason": "parameter_not_a_whole_number",
            "params": {"parameter": name, "least": least, "most": most},
        },
    }


@pytest.mark.parametrize(
    ("query", "limit", "offset"), [("", 100, 0), ("limit=1", 1, 0), ("limit=1000&offset=5", 1000, 5)]
)
def test_limit_and_offset_are_in_the_response(api, query, limit, offset):
    assert api.get(f"/import-history?{query}").json() == {
        "success": True, "imports": [], "total_count": 0, "limit": limit, "offset": offset,
    }  # fmt: skip


@pytest.mark.parametrize(
    "ending",
    [
        "", "/mapping-errors", "/mapping-errors/summary", "/rows", "/failed-rows.csv", "/failed-rows.xlsx",
        "/source-file", "/undo-preview",
    ],
)  # fmt: skip
@pytest.mark.parametrize("import_id", ["abc", "550e8400-e29b-41d4-a716-44665544000", UNKNOWN])
def test_an_unknown_or_malformed_import_id_is_404(api, import_id, ending):
    response = api.get(f"/import-history/{import_id}{ending}")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "unknown_import"


def test_an_unknown_url_is_404_in_the_common_format(api):
    response = api.get("/no-such-thing")

    assert response.status_code == 404
    assert response.json() == {
        "success": False,
        "error": {
            "code": "not_found", "message": "This address does not exist. All addresses of the API are in /docs.",
            "details": {"reason": "no_such_address", "params": {}},
        },
    }  # fmt: skip


def test_an_unsupported_method_is_405(api):
    response = api.delete("/import-history")

    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"


def test_a_body_of_another_kind_is_415(api):
    assert api.post("/map-data", b"a,b\n", content_type="text/csv").status_code == 415


def test_an_internal_error_shows_neither_sql_nor_rows(api, monkeypatch, caplog):
    said_by_the_database = 'duplicate key: Key (email)=(ada@example.com) SELECT * FROM "secret"'

    def broken(*_):
        raise DatabaseError(said_by_the_database)

    monkeypatch.setattr(lineage_api, "statistics", broken)
    with caplog.at_level(logging.ERROR):
        response = api.get("/import-statistics")

    assert response.status_code == 500
    assert response.json() == {
        "success": False,
        "error": {
            "code": "internal_error",
            "message": "Internal error. Contact your administrator: the server log has the details.",
            "details": {},
        },
    }  # fmt: skip
    assert "DatabaseError in GET /import-statistics" in caplog.text
    assert "ada@example.com" not in caplog.text


def test_a_signed_in_browser_gets_the_browsable_api(api):
    browser = Client(headers={"Accept": "text/html"})
    browser.force_login(api.user)

    response = browser.get("/import-history")

    assert response.headers["Content-Type"].startswith("text/html")
    assert b"&quot;total_count&quot;: 0" in response.content
    assert b'name="file_hash"' in response.content


def test_the_browsable_api_links_to_the_sign_in_page(anonymous):
    page = anonymous.get("/import-history", headers={"Accept": "text/html"})
    assert b'href="/ui/api-sign-in?next=/import-history"' in page.content.replace(b"&#x27;", b'"').replace(b"'", b'"')

    response = anonymous.get("/ui/api-sign-in?next=/import-history")

    assert response.headers["Location"] == "/ui/sign-in?next=/import-history"
