"""Who may open what, and what they are told where they may not."""

import pytest
from django.test import Client
from django.urls import reverse

import audit.urls
import imports.urls
import lineage.urls
from atlas.urls import api_urlpatterns
from tests.pages.browsing import PASSWORD
from tests.pages.reading import links, words

NOBODYS = "550e8400-e29b-41d4-a716-446655440000"  # an id that no import has

PAGES = {
    f"{urls.app_name}:{one.name}": one for urls in (imports.urls, lineage.urls, audit.urls) for one in urls.urlpatterns
}
FOR_EVERYBODY = {"imports:sign_in", "imports:sign_out"}
POSTED = {"imports:read_again"}  # by a form of another page
EXAMPLES = {"name": "t", "row_id": "1", "sha256": "0" * 64, "key": "days"}

#: What each endpoint of the API does, a person does on a page.
PAGE_OF_ENDPOINT = {
    "map_data": "imports:analysis",
    "map_b2_data": "imports:bucket",
    "map_b2_data_async": "imports:bucket",
    "detect_mapping": "imports:upload",
    "task": "imports:progress",
    "cancel_task": "imports:cancel",
    "import_history": "imports:history",
    "import_details": "imports:detail",
    "mapping_errors": "imports:errors",
    "error_summary": "imports:errors",
    "record_fates": "imports:skipped",
    "failed_rows": "imports:errors",
    "source_file": "imports:detail",
    "undo": "lineage:undo",
    "undo_preview": "lineage:undo",
    "redo": "lineage:redo",
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
    arguments = {key: EXAMPLES.get(key, NOBODYS) for key in PAGES[name].pattern.converters}
    return reverse(name, kwargs=arguments)


def asked(client, name):
    return (client.post if name in POSTED else client.get)(address_of(name))


@pytest.mark.parametrize("name", sorted(PAGES.keys() - FOR_EVERYBODY))
def test_pages_ask_strangers_to_sign_in(atlas_db, name):
    answer = asked(Client(), name)
    assert (answer.status_code, answer["Location"]) == (302, f"/ui/sign-in?next={address_of(name)}")


def test_sign_in_leads_to_the_page_that_was_asked_for(people):
    answer = Client().post("/ui/sign-in", {"username": "audrey", "password": PASSWORD, "next": "/ui/tables"})
    assert (answer.status_code, answer["Location"]) == (302, "/ui/tables")


def test_sign_in_never_leads_to_another_site(people):
    answer = Client().post("/ui/sign-in", {"username": "audrey", "password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_wrong_password_is_said(people):
    answer = Client().post("/ui/sign-in", {"username": "audrey", "password": "wrong"})
    assert "Please enter a correct username and password." in words(answer)


def test_sign_out_is_a_post(signed_in):
    client = signed_in("audrey")
    assert client.get("/ui/sign-out").status_code == 405
    assert client.post("/ui/sign-out")["Location"] == "/ui/sign-in"
    assert client.get("/").status_code == 302


@pytest.mark.parametrize("address", READING)
def test_auditors_read_everything(signed_in, address):
    assert signed_in("audrey").get(address).status_code == 200


def test_without_rights_every_page_says_who_can_help(signed_in):
    norman = signed_in("norman")
    for name in sorted(PAGES.keys() - FOR_EVERYBODY):
        answer = asked(norman, name)
        assert answer.status_code == 403, name
        assert "You are signed in as norman , but this account can't open this page." in words(answer)


def test_auditors_neither_upload_nor_undo(signed_in, people_table):
    audrey = signed_in("audrey")
    undo = f"/ui/imports/{people_table[0].pk}/undo"
    assert audrey.get("/ui/upload").status_code == 403
    assert audrey.post(undo, {"reason": "just so"}).status_code == 403
    shown = audrey.get(f"/ui/imports/{people_table[0].pk}")
    assert "/ui/upload" not in links(shown)
    assert undo not in links(shown)


def test_a_file_that_was_looked_at_is_its_owners_alone(signed_in, upload_of):
    address = upload_of("imogen", "people.csv", "name,age\nAda,36\n")
    assert signed_in("imogen").get(address).status_code == 200
    assert signed_in("ada").get(address).status_code == 404


def test_an_address_of_nothing_is_a_page_that_helps(imogen):
    answer = imogen.get("/ui/nothing/here")
    assert answer.status_code == 404
    assert "Page not found" in words(answer)
    assert "/ui/imports" in links(answer)


def test_no_page_brings_styles_or_scripts_of_its_own(imogen, people_table):
    for address in [*READING, "/ui/upload", f"/ui/imports/{people_table[1].pk}", "/ui/tables/people"]:
        answer = imogen.get(address)
        html = answer.content.decode()
        assert answer["Content-Security-Policy"].startswith("default-src 'self'")
        assert " style=" not in html
        assert " onclick=" not in html
        assert "<style" not in html
        assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
        assert "https://" not in html


def test_an_old_form_is_refused_with_an_explanation(people):
    answer = Client(enforce_csrf_checks=True).post("/ui/sign-in", {"username": "audrey", "password": PASSWORD})
    assert answer.status_code == 403
    assert "This form has expired" in words(answer)


def test_trouble_of_ours_says_that_nothing_is_half_loaded(imogen, monkeypatch):
    monkeypatch.setattr("imports.pages.history.page_of", lambda *_: 1 / 0)
    imogen.raise_request_exception = False
    answer = imogen.get("/ui/imports")
    assert answer.status_code == 500
    assert "Something went wrong on our side" in words(answer)
    assert "ZeroDivisionError" not in words(answer)
