"""Error pages: for users with advice, for programs in the JSON format of all errors."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError
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


def test_an_unknown_host_is_explained(imogen):
    response = imogen.get(PAGE, headers={"Host": "elsewhere.example"})

    assert response.status_code == 400
    assert "does not accept requests for the host name or address that you used" in words(response)
    assert "ATLAS_ALLOWED_HOSTS" in words(response)


def test_an_unknown_host_is_json_for_the_api(atlas_db):
    response = Client().get("/import-history", headers={"Host": "elsewhere.example"})

    assert (response.status_code, error_of(response)["code"]) == (400, "bad_request")


def test_an_incomplete_upload_is_reported(imogen):
    response = imogen.post("/ui/upload", b"--x", content_type="multipart/form-data")

    assert response.status_code == 400
    assert "Nothing was imported. What you can do" in words(response)


# --- 403 ---


def test_access_denied_names_the_groups_and_links_to_another_account(signed_in):
    response = signed_in("norman").get(f"{PAGE}?status=failed")

    assert response.status_code == 403
    assert "add you to the group importer" in words(response)
    assert "/ui/sign-in?next=%2Fui%2Fimports%3Fstatus%3Dfailed" in links(response)


@pytest.mark.parametrize("address", ["/admin/", "/admin/imports/importhistory/"])
def test_users_without_staff_status_cannot_open_the_admin(imogen, address):
    response = imogen.get(address, follow=True)

    assert response.status_code == 403
    assert "The admin requires staff status." in words(response)


def test_an_expired_form_is_refused_as_a_page_and_as_json(people):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(people["imogen"])
    page, api = strict.post("/ui/upload", {}), strict.post("/health", {})

    assert (page.status_code, api.status_code) == (403, 403)
    assert "This form has expired" in words(page)
    assert error_of(api)["code"] == "permission_denied"


# --- 404 ---


def test_page_not_found_links_to_other_pages(imogen):
    response = imogen.get("/ui/nothing/here")

    assert response.status_code == 404
    assert {"/", "/ui/imports", "/ui/tables", "/docs"} <= set(links(response))


def test_an_unknown_address_is_a_page_in_a_browser_and_json_for_a_program(imogen):
    browser = imogen.get("/import-histroy", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    program = imogen.get("/import-histroy", headers={"Accept": "*/*"})

    assert (browser.status_code, program.status_code) == (404, 404)
    assert "Page not found" in words(browser)
    assert (error_of(program)["code"], error_of(program)["details"]["reason"]) == ("not_found", "no_such_address")


# --- 413 ---


def test_a_too_large_file_is_reported_with_the_limit(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    response = imogen.post("/ui/upload", {"file": SimpleUploadedFile("large.csv", b"a,b\n" * 600_000)})

    assert response.status_code == 413
    message = "File too large. The limit is 1 MB. Split it into parts, each with the header row. Nothing was imported."
    assert message in words(response)
    assert "Compress the file" in words(response)
    assert "/ui/upload" in links(response)


def test_a_too_large_file_is_json_for_the_api(imogen, settings):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    response = imogen.post("/map-data", {"file": SimpleUploadedFile("large.csv", b"a,b\n" * 600_000)})

    assert response.status_code == 413
    assert error_of(response)["details"] == {
        "limit_bytes": 1_000_000, "reason": "file_too_large", "params": {"limit_mb": 1}
    }  # fmt: skip


def test_a_too_large_form_is_reported_with_the_limit(imogen, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    strict = Client(enforce_csrf_checks=True)  # the form is read before any view does
    strict.cookies = imogen.cookies
    strict.get("/ui/upload")
    response = strict.post("/ui/upload", {"file_name": "x" * 2000})

    assert response.status_code == 413
    assert "limit of 1,000 bytes" in words(response)


def test_a_browser_shows_the_page_after_a_too_large_upload(browser, site, people, settings, tmp_path):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1_000_000
    path = tmp_path / "large.csv"
    path.write_bytes(b"name,age\n" + b"Ada,36\n" * 2_000_000)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page)
        page.goto("/ui/upload")
        page.get_by_label("Drag a file here").set_input_files(path)
        page.get_by_role("button", name="Preview").click()
        expect(page.get_by_role("heading", name="File too large")).to_be_visible()
        page.get_by_role("link", name="Choose a different file").click()
        expect(page.get_by_role("button", name="Preview")).to_be_visible()


# --- 500 ---


@pytest.fixture
def broken(monkeypatch):
    """Make everything fail that reads the session."""

    def away(*_, **__):
        raise ProgrammingError("a query of 10.1.2.3 failed")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)


@pytest.fixture
def visitor(imogen):
    imogen.raise_request_exception = False
    return imogen


def test_an_internal_error_names_page_and_time_without_the_database(visitor, broken):
    response = visitor.get(PAGE)
    said = words(response)

    assert response.status_code == 500
    assert re.search(r"page /ui/imports , [A-Z][a-z]{2} \d+, \d{4}, \d\d:\d\d UTC \.", said)
    assert "10.1.2.3" not in said
    assert "/" in links(response)


def test_an_internal_error_is_json_for_the_api(visitor, broken):
    response = visitor.get("/import-history")

    assert (response.status_code, error_of(response)["code"]) == (500, "internal_error")


@pytest.mark.parametrize("status", [400, 403, 404, 413, 500])
def test_every_error_page_names_its_status_and_keeps_the_policy(visitor, signed_in, settings, monkeypatch, status):
    settings.ATLAS_MAX_UPLOAD_BYTES = 1
    ask = {
        400: lambda: visitor.get(PAGE, headers={"Host": "elsewhere.example"}),
        403: lambda: signed_in("norman").get(PAGE),
        404: lambda: visitor.get("/ui/nothing"),
        413: lambda: visitor.generic("POST", "/ui/upload", b"x" * 2_000_000, content_type=MULTIPART),
        500: lambda: visitor.get("/ui/tables"),
    }
    monkeypatch.setattr("lineage.provenance.tables.tables", lambda: 1 / 0)
    response = ask[status]()

    assert response.status_code == status
    assert "Skip to main content Content Atlas" in words(response)
    assert f" {status} " in words(response)
    assert "What you can do" in words(response)
    assert response["Content-Security-Policy"].startswith("default-src 'self'")
    assert " style=" not in response.content.decode()
