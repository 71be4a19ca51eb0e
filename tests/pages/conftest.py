"""Fixtures of the pages: users, imports with known numbers, and a browser."""

import os
import shutil

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import expect

from imports.models import ImportHistory
from tests.importing import import_text
from tests.pages.browsing import PASSWORD, is_problem

# Playwright's own event loop runs in the thread of the tests, where the tests use the database too.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
expect.set_options(timeout=60_000)  # ms; five seconds are too few where others use the machine

PEOPLE = "name,age,city\nAda,36,London\nGrace,85,New York\nLinus,55,Helsinki\n"
MORE_PEOPLE = "name,age,city\nAda,36,London\nMargaret,88,Boston\nAlan,old,London\n"
#: The last row has more values than the header: it is rejected.
RAGGED = "Day;Amount\n31/12/2025;1.234,50\n30/11/2025;99,00\n29/11/2025;7,25\n28/11/2025;5,00;more\n"

CHROMIUM_FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)


@pytest.fixture
def people(atlas_db):
    """Create users: ada is an administrator, imogen an importer, audrey an auditor, norman has no permissions."""
    users = {"ada": User.objects.create_superuser("ada", "ada@example.com", PASSWORD)}
    for name, group in {"imogen": "importer", "audrey": "auditor", "norman": None}.items():
        users[name] = User.objects.create_user(name, f"{name}@example.com", PASSWORD)
        if group:
            users[name].groups.add(Group.objects.get(name=group))
    return users


@pytest.fixture
def signed_in(people):
    """Return a function that signs a user in and returns the client."""

    def client_of(name):
        client = Client()
        client.force_login(people[name])
        return client

    return client_of


@pytest.fixture
def imogen(signed_in):
    return signed_in("imogen")


@pytest.fixture
def people_table(atlas_db, tmp_path):
    """Import twice into `people`: 3 rows; then 2 rows, a duplicate, and an invalid age."""
    return [
        import_text(tmp_path, "people.csv", PEOPLE),
        import_text(tmp_path, "more people.csv", MORE_PEOPLE, table_name="people"),
    ]


@pytest.fixture
def ragged(atlas_db, tmp_path):
    """Import 4 rows, of which one is rejected."""
    return import_text(tmp_path, "ragged.csv", RAGGED)


@pytest.fixture
def failed(atlas_db):
    return ImportHistory.objects.create(
        source_type="local_upload",
        file_name="broken.xlsx",
        table_name="broken",
        status="failed",
        user_email="imogen@example.com",
        error_message="The workbook is encrypted. Save it without a password.",
    )


@pytest.fixture(scope="session")
def browser_type_launch_args():
    chromium = shutil.which("chromium")
    if chromium is None and not os.environ.get("CI"):
        pytest.skip("There is no chromium; ./test says how to get it.")
    return {"executable_path": chromium, "args": CHROMIUM_FLAGS.split()}


@pytest.fixture
def upload_of(signed_in):
    """Return a function that uploads a file as a user and returns the address of its preview."""

    def upload(name, file_name, text):
        file = SimpleUploadedFile(file_name, text if isinstance(text, bytes) else text.encode())
        response = signed_in(name).post("/ui/upload", {"file": file})
        assert response.status_code == 302, response.content.decode()
        return response["Location"]

    return upload


@pytest.fixture
def open_page(browser, site, people):
    """Return a function that opens a page of the browser; console errors and requests to other sites fail the test."""
    problems: list[tuple[str, str]] = []
    contexts = []

    def page_of(*, width=1280, javascript=True):
        context = browser.new_context(
            base_url=site,
            viewport={"width": width, "height": 900},
            java_script_enabled=javascript,
            timezone_id="Europe/Warsaw",
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on(
            "console",
            lambda said: problems.append((page.url, said.text)) if is_problem(said) else None,
        )
        page.on("pageerror", lambda error: problems.append((page.url, str(error))))
        page.on("request", lambda asked: None if asked.url.startswith(site) else problems.append((page.url, asked.url)))
        return page

    yield page_of
    for context in contexts:
        context.close()
    assert problems == []
