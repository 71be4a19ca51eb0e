"""What is said where something goes wrong: to people with what to do next, to programs in the one shape of error."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client
from playwright.sync_api import expect

from tests.pages.browsing import sign_in
from tests.pages.reading import links, words

PAGE = "/ui/imports"
MULTIPART = "multipart/form-data; boundary=x"


def error_of(response):
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"success", "error"}
    assert body["success"] is False
    return body["error"]


# --- 400 ---


def test_a_name_that_the_service_does_not_know_is_said(imogen):
    answer = imogen.get(PAGE, headers={"Host": "elsewhere.example"})

    assert answer.status_code == 400
    assert "under a name or address that it does not know" in words(answer)
    assert "ATLAS_ALLOWED_HOSTS" in words(answer)


def test_a_name_that_the_service_does_not_know_is_json_for_the_api(atlas_db):
    answer = Client().get("/import-history", headers={"Host": "elsewhere.example"})

    assert (answer.status_code, error_of(answer)["code"]) == (400, "bad_request")


def test_an_upload_without_its_boundary_is_said(imogen):
    answer = imogen.post("/ui/upload", b"--x", content_type="multipart/form-data")

    assert answer.status_code == 400
    assert "Nothing of it was imported. What you can do" in words(answer)


# --- 403 ---


def test_whoever_may_not_is_told_who_can_help_and_can_come_back_as_another(signed_in):
    answer = signed_in("norman").get(f"{PAGE}?status=failed")

    assert answer.status_code == 403
    assert "add you to the group importer" in words(answer)
    assert "/ui/sign-in?next=%2Fui%2Fimports%3Fstatus%3Dfailed" in links(answer)


@pytest.mark.parametrize("address", ["/admin/", "/admin/imports/importhistory/"])
def test_people_without_staff_status_are_told_so(imogen, address):
    answer = imogen.get(address, follow=True)

    assert answer.status_code == 403
    assert "give you staff status, which opens the administration" in words(answer)


def test_an_old_form_is_refused_as_a_page_and_as_json(people):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["imogen"])
    page, api = strict.post("/ui/upload", {}), strict.post("/health", {})

    assert (page.status_code, api.status_code) == (403, 403)
    assert "This page was open for too long" in words(page)
    assert error_of(api)["code"] == "permission_denied"


# --- 404 ---


def test_an_address_of_nothing_leads_on(imogen):
    answer = imogen.get("/ui/nothing/here")

    assert answer.status_code == 404
    assert {"/", "/ui/imports", "/ui/tables", "/docs"} <= set(links(answer))


def test_a_mistyped_address_is_a_page_in_a_browser_and_json_for_a_program(imogen):
    browser = imogen.get("/import-histroy", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    program = imogen.get("/import-histroy", headers={"Accept": "*/*"})

    assert (browser.status_code, program.status_code) == (404, 404)
    assert "There is nothing at this address" in words(browser)
    assert error_of(program) == {"code": "not_found", "message": "There is nothing at this address.", "details": {}}


# --- 413 ---


def test_too_large_a_file_is_said_with_the_limit_and_what_to_do(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    answer = imogen.post("/ui/upload", {"file": SimpleUploadedFile("large.csv", b"a,b\n" * 600_000)})

    assert answer.status_code == 413
    assert (
        "File too large. The limit is 1 MB. Split it into parts, each with the header row. Nothing was imported."
        in words(answer)
    )
    assert "Compress the file" in words(answer)
    assert "/ui/upload" in links(answer)


def test_too_large_a_file_is_json_for_the_api(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    answer = imogen.post("/map-data", {"file": SimpleUploadedFile("large.csv", b"a,b\n" * 600_000)})

    assert answer.status_code == 413
    assert error_of(answer)["details"] == {
        "limit_bytes": 1_000_000, "reason": "file_too_large", "params": {"limit_mb": 1}
    }  # fmt: skip


def test_too_large_a_form_is_no_bad_request(imogen, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    strict = Client(enforce_csrf_checks=True)  # the form is read before any view does
    strict.cookies = imogen.cookies
    strict.get("/ui/upload")
    answer = strict.post("/ui/upload", {"file_name": "x" * 2000})

    assert answer.status_code == 413
    assert "larger than 1,000 bytes" in words(answer)


def test_a_browser_shows_the_page_after_too_large_an_upload(browser, site, people, settings, tmp_path):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    path = tmp_path / "large.csv"
    path.write_bytes(b"name,age\n" + b"Ada,36\n" * 2_000_000)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/ui/upload")
        page.get_by_label("Drop a file here").set_input_files(path)
        page.get_by_role("button", name="Look inside").click()
        expect(page.get_by_role("heading", name="That is too large")).to_be_visible()
        page.get_by_role("link", name="Choose another file").click()
        expect(page.get_by_role("button", name="Look inside")).to_be_visible()


# --- 500 ---


@pytest.fixture
def broken(monkeypatch):
    """The database is away, for everything that asks who somebody is."""

    def away(*_, **__):
        raise OperationalError("connection to server at 10.1.2.3 failed")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)


@pytest.fixture
def visitor(imogen):
    imogen.raise_request_exception = False
    return imogen


def test_trouble_says_where_and_when_without_the_database(visitor, broken):
    answer = visitor.get(PAGE)
    said = words(answer)

    assert answer.status_code == 500
    assert re.search(r"it was at /ui/imports , [A-Z][a-z]{2} \d+, \d{4}, \d\d:\d\d UTC :", said)
    assert "10.1.2.3" not in said
    assert "/" in links(answer)


def test_trouble_is_json_for_the_api(visitor, broken):
    answer = visitor.get("/import-history")

    assert (answer.status_code, error_of(answer)["code"]) == (500, "internal_error")


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500])
def test_every_page_names_its_number_and_keeps_the_policy(visitor, signed_in, settings, monkeypatch, status):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1
    ask = {
        400: lambda: visitor.get(PAGE, headers={"Host": "elsewhere.example"}),
        403: lambda: signed_in("norman").get(PAGE),
        404: lambda: visitor.get("/ui/nothing"),
        413: lambda: visitor.generic("POST", "/ui/upload", b"x" * 2_000_000, content_type=MULTIPART),
        500: lambda: visitor.get("/ui/tables"),
    }
    monkeypatch.setattr("lineage.provenance.tables.tables", lambda: 1 / 0)
    answer = ask[status]()

    assert answer.status_code == status
    assert "Skip to the content Content Atlas" in words(answer)
    assert f" {status} " in words(answer)
    assert "What you can do" in words(answer)
    assert answer["Content-Security-Policy"].startswith("default-src 'self'")
    assert " style=" not in answer.content.decode()
