"""Permissions of all pages, and what users without permission see."""

import pytest
from django.test import Client
from django.urls import reverse

import access.urls
import audit.urls
import imports.urls
import lineage.urls
from atlas.urls import api_urlpatterns
from tests.pages.browsing import PASSWORD
from tests.pages.reading import links, words

pytestmark = pytest.mark.usefixtures("in_this_process")

UNKNOWN_ID = "550e8400-e29b-41d4-a716-446655440000"  # an id that no import has

PAGES = {
    f"{urls.app_name}:{one.name}": one
    for urls in (access.urls, imports.urls, lineage.urls, audit.urls)
    for one in urls.urlpatterns
}
PUBLIC = {"access:sign_in", "access:sign_out"}
FOR_EVERY_USER = {"access:password"}
POSTED = {  # by a form of another page
    "imports:read_again", "imports:import_all", "imports:use_mapping", "imports:save_mapping", "imports:upload_mapping",
    "imports:save_mapping_version", "imports:change_mapping", "imports:save_import_mapping", "lineage:check_repair",
}  # fmt: skip
EXAMPLES = {"name": "t", "row_id": "1", "sha256": "0" * 64, "key": "days", "number": "1", "repair_id": "1"}

#: Each endpoint of the API -> the page with the same function.
PAGE_OF_ENDPOINT = {
    "map_data": "imports:analysis",
    "map_b2_data": "imports:bucket",
    "map_b2_data_async": "imports:bucket",
    "detect_mapping": "imports:upload",
    "task": "imports:progress",
    "cancel_task": "imports:cancel",
    "mappings": "imports:mappings",
    "mapping": "imports:mapping",
    "mapping_versions": "imports:mapping",
    "mapping_differences": "imports:mapping",
    "mapping_export": "imports:mapping",
    "mapping_test_run": "imports:mapping_test_run",
    "import_history": "imports:history",
    "import_details": "imports:detail",
    "mapping_errors": "imports:errors",
    "error_summary": "imports:errors",
    "record_fates": "imports:skipped",
    "failed_rows": "imports:errors",
    "not_read": "imports:detail",
    "source_file": "imports:detail",
    "retry": "lineage:repair",
    "repairs": "lineage:repairs",
    "undo_repair": "lineage:undo_repair",
    "undo": "lineage:undo",
    "undo_group": "lineage:undo_group",
    "undo_preview": "lineage:undo",
    "redo": "lineage:redo",
    "rerun": "lineage:rerun",
    "rerun_preview": "lineage:rerun",
    "import_statistics": "lineage:statistics",
    "tables": "lineage:tables",
    "table_rows": "lineage:table",
    "table_schema": "lineage:columns",
    "table_lineage": "lineage:table",
    "table_columns": "lineage:columns",
    "table_export": "lineage:table",
    "row_lineage": "lineage:row",
    "file_lineage": "lineage:file",
    "lineage_graph": "lineage:graph",
    "audit_log": "audit:log",
    "audit_log_verify": "audit:verify",
}
FOR_PROGRAMS = {"schema", "docs", "health", "ready"}  # the documentation is a page itself

READING = ["/", "/ui/imports", "/ui/tables", "/ui/lineage", "/ui/statistics", "/ui/audit", "/ui/audit/verify"]


def test_every_endpoint_has_its_page():
    assert {one.name for one in api_urlpatterns} == PAGE_OF_ENDPOINT.keys() | FOR_PROGRAMS
    assert set(PAGE_OF_ENDPOINT.values()) <= PAGES.keys()


def address_of(name):
    arguments = {key: EXAMPLES.get(key, UNKNOWN_ID) for key in PAGES[name].pattern.converters}
    return reverse(name, kwargs=arguments)


def request_page(client, name):
    return (client.post if name in POSTED else client.get)(address_of(name))


@pytest.mark.parametrize("name", sorted(PAGES.keys() - PUBLIC))
def test_pages_require_sign_in(atlas_db, name):
    response = request_page(Client(), name)
    assert (response.status_code, response["Location"]) == (302, f"/ui/sign-in?next={address_of(name)}")


def test_sign_in_returns_to_the_requested_page(people):
    response = Client().post("/ui/sign-in", {"username": "audrey", "password": PASSWORD, "next": "/ui/tables"})
    assert (response.status_code, response["Location"]) == (302, "/ui/tables")


def test_sign_in_never_redirects_to_another_site(people):
    response = Client().post(
        "/ui/sign-in", {"username": "audrey", "password": PASSWORD, "next": "https://evil.example/"}
    )
    assert response["Location"] == "/"


def test_wrong_password_is_reported(people):
    response = Client().post("/ui/sign-in", {"username": "audrey", "password": "wrong"})
    assert "Please enter a correct username and password." in words(response)


def test_sign_in_names_the_file_with_the_first_password_until_the_first_sign_in(people):
    assert "first-login.txt" in words(Client().get("/ui/sign-in"))
    Client().post("/ui/sign-in", {"username": "audrey", "password": PASSWORD})
    assert "first-login.txt" not in words(Client().get("/ui/sign-in"))


def test_sign_out_requires_a_post(signed_in):
    client = signed_in("audrey")
    assert client.get("/ui/sign-out").status_code == 405
    assert client.post("/ui/sign-out")["Location"] == "/ui/sign-in"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("address", READING)
def test_auditors_can_open_every_page(signed_in, address):
    assert signed_in("audrey").get(address).status_code == 200


def test_users_without_permission_see_access_denied_on_every_page(signed_in):
    norman = signed_in("norman")
    for name in sorted(PAGES.keys() - PUBLIC - FOR_EVERY_USER):
        response = request_page(norman, name)
        assert response.status_code == 403, name
        assert "You are signed in as norman , but this account can't open this page." in words(response)


def test_auditors_can_neither_upload_nor_undo(signed_in, people_table):
    audrey = signed_in("audrey")
    undo = f"/ui/imports/{people_table[0].pk}/undo"
    assert audrey.get("/ui/upload").status_code == 403
    assert audrey.post(undo, {"reason": "just so"}).status_code == 403
    shown = audrey.get(f"/ui/imports/{people_table[0].pk}")
    assert "/ui/upload" not in links(shown)
    assert undo not in links(shown)


def test_a_preview_is_visible_to_its_owner_only(signed_in, upload_of):
    address = upload_of("imogen", "people.csv", "name,age\nAda,36\n")
    assert signed_in("imogen").get(address).status_code == 200
    assert signed_in("ada").get(address).status_code == 404


def test_an_unknown_address_shows_a_page_with_links(imogen):
    response = imogen.get("/ui/nothing/here")
    assert response.status_code == 404
    assert "Page not found" in words(response)
    assert "/ui/imports" in links(response)


def test_no_page_has_inline_styles_or_scripts(imogen, people_table):
    for address in [*READING, "/ui/upload", f"/ui/imports/{people_table[1].pk}", "/ui/tables/people"]:
        response = imogen.get(address)
        html = response.content.decode()
        assert response["Content-Security-Policy"].startswith("default-src 'self'")
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<style" not in html
        assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in html


def test_an_expired_form_is_refused_with_an_explanation(people):
    response = Client(enforce_csrf_checks=True).post("/ui/sign-in", {"username": "audrey", "password": PASSWORD})
    assert response.status_code == 403
    assert "This form has expired" in words(response)


def test_an_internal_error_shows_no_details(imogen, monkeypatch):
    monkeypatch.setattr("imports.pages.history.page_of", lambda *_: 1 / 0)
    imogen.raise_request_exception = False
    response = imogen.get("/ui/imports")
    assert response.status_code == 500
    assert "Something went wrong on our side" in words(response)
    assert "ZeroDivisionError" not in words(response)
