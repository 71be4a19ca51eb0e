"""Every URL responds to every Accept header."""

import pytest

from atlas.urls import api_urlpatterns
from tests.importing import import_text

ACCEPT = ["text/html", "*/*", "application/xml", "application/json", "nonsense", "text/html;q=x, ;;,/", ""]
MISSING = {"import_id": "550e8400-e29b-41d4-a716-446655440000", "table_name": "none", "row_id": "x", "kind": "pdf",
           "sha256": "0" * 64, "task_id": "x", "group_id": "x", "repair_id": "x", "name": "none"}  # fmt: skip
KINDS = ["csv", "json", "xlsx", "xml"]


def addresses(values):
    """Every address of the API, with these values in their places."""
    routes = [pattern.pattern._route for pattern in api_urlpatterns]
    for name, value in values.items():
        routes = [route.replace(f"<str:{name}>", str(value)) for route in routes]
    return [f"/{route}" for route in routes]


@pytest.fixture
def existing(api, tmp_path):
    found = import_text(tmp_path, "people.csv", "name,age\nAnn,3\nBob,x\nCid,4\n", on_error="reject_row")
    return {"import_id": found.import_id, "table_name": "people", "row_id": 1, "sha256": found.file_hash}


@pytest.mark.parametrize("accept", ACCEPT)
def test_no_form_of_answer_is_a_server_error(api, existing, accept):
    api.raise_request_exception = False
    others = dict.fromkeys(("task_id", "group_id", "repair_id"), existing["import_id"]) | {"name": "people"}
    values = [{**existing, **others, "kind": kind} for kind in KINDS]
    failed = {}
    for address in {one for each in [*values, MISSING] for one in addresses(each)}:
        assert "<" not in address
        for method in (api.get, api.options):
            response = method(address, headers={"Accept": accept})
            b"".join(response.streaming_content) if response.streaming else response.content
            if response.status_code >= 500:
                failed[address] = response.status_code

    assert failed == {}


@pytest.mark.parametrize("accept", ACCEPT)
def test_no_form_of_answer_to_a_post_is_a_server_error(api, existing, accept):
    api.raise_request_exception = False
    failed = {}
    for address in addresses({**MISSING, "kind": "csv"}):
        response = api.post(address, {}, headers={"Accept": accept})
        if response.status_code >= 500:
            failed[address] = response.status_code

    assert failed == {}
