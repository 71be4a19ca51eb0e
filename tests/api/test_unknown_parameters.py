"""A query parameter, form field or key that an address does not take is a 400 that names the nearest known one."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from atlas.urls import api_urlpatterns
from core.api.views import StrictView
from tests.pages.reading import words

SERVICE = {"schema", "docs", "health", "ready"}
UNKNOWN_ID = "550e8400-e29b-41d4-a716-446655440000"
CSV = "a,b\n1,2\n"


def refusal(response):
    body = response.json()["error"]
    assert (response.status_code, body["details"].get("reason")) == (400, "unknown_parameter"), body
    return body["message"]


@pytest.mark.parametrize(
    ("method", "address", "unknown", "nearest"),
    [
        ("post", "/map-data", "backround", "background"),
        ("post", "/detect-mapping", "background", None),
        ("post", "/map-b2-data-async", "x", None),
        ("get", f"/tasks/{UNKNOWN_ID}", "wait", None),
        ("get", "/import-history", "tabel_name", "table_name"),
        ("get", "/import-history", "limits", "limit"),
        ("get", f"/import-history/{UNKNOWN_ID}", "include", None),
        ("get", f"/import-history/{UNKNOWN_ID}/mapping-errors", "error_typ", "error_type"),
        ("get", f"/import-history/{UNKNOWN_ID}/mapping-errors/summary", "ofset", "offset"),
        ("get", f"/import-history/{UNKNOWN_ID}/rows", "outcom", "outcome"),
        ("get", f"/import-history/{UNKNOWN_ID}/failed-rows.csv", "formulasafe", "formula_safe"),
        ("get", f"/import-history/{UNKNOWN_ID}/undo-preview", "changed_row", "changed_rows"),
        ("post", f"/import-history/{UNKNOWN_ID}/redo", "reason", None),
        ("get", "/import-statistics", "day", "days"),
        ("get", "/tables", "limt", "limit"),
        ("get", "/tables/t/lineage", "undone", "include_undone"),
        ("get", "/tables/t/schema", "metadata", "include_metadata"),
        ("get", "/lineage/graph", "tables", "table"),
        ("get", "/audit-log", "actors", "actor"),
        ("get", "/audit-log/verify", "anchors", "anchor"),
    ],
)
def test_unknown_query_parameters(api, method, address, unknown, nearest):
    message = refusal(getattr(api, method)(f"{address}?{unknown}=1"))
    assert f"Unknown query parameter “{unknown}”." in message
    assert (f"Did you mean “{nearest}”?" in message) == (nearest is not None)


def test_users_are_let_in_before_their_parameters_are_read(anonymous, unprivileged):
    assert anonymous.get("/tables?limt=1").status_code == 401
    assert unprivileged.get("/tables?limt=1").status_code == 403


def test_every_view_of_the_api_is_strict_and_documents_the_parameters_that_it_takes(api):
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    for one in api_urlpatterns:
        if one.name in SERVICE:
            continue
        view_class = one.callback.cls
        assert issubclass(view_class, StrictView), one.name
        actions = getattr(one.callback, "actions", {})
        view = view_class()
        view.action = next(iter(actions.values()), None)
        taken = view.parameters_taken()
        route = "/" + str(one.pattern).replace("<str:", "{").replace(">", "}")
        documented = {
            parameter["name"]
            for operation in paths[route].values()
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        }
        if taken is not None:
            assert documented - {"format"} <= set(taken), one.name
            assert set(taken) - documented <= {"group_id"}, one.name


def test_unknown_fields_and_keys_of_bodies(importer):
    for address in ("/map-data", "/detect-mapping"):
        refused = importer.post(address, {"mapping": "{}"})
        assert refused.status_code == 400
        assert "“mapping_json”" in refused.json()["error"]["message"]
    refused = importer.send({"records": [{"a": 1}], "maping": {"table_name": "t"}})
    assert refused.status_code == 400
    assert "mapping" in refused.json()["error"]["message"]


def test_an_unknown_field_of_the_upload_page_is_refused(importer):
    importer.defaults.pop("HTTP_AUTHORIZATION", None)
    importer.force_login(importer.user)
    refused = importer.post("/ui/upload", {"mapping": "{}"})
    assert refused.status_code == 400
    assert "Unknown form field “mapping”." in words(refused)
