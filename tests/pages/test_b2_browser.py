"""The bucket in a real browser: with and without scripts, wide and narrow, light and dark."""

import pytest
from playwright.sync_api import expect

from tests.pages.browsing import PASSWORD, faults_of, on_every_screen
from tests.pages.conftest import PEOPLE


@pytest.fixture
def page_of(browser, site, people, b2):
    """Return a function that opens a page as ada. The bucket has a file, and a folder with another file."""
    for name in ("2025/may and the rest of a rather long year, corrected.csv", "people.csv"):
        b2.put(name, PEOPLE.encode())
    contexts = []

    def opened(**options):
        contexts.append(browser.new_context(base_url=site, **options))
        page = contexts[-1].new_page()
        page.goto("/ui/sign-in")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()
        return page

    yield opened
    for context in contexts:
        context.close()


def test_a_file_is_found_and_previewed_without_scripts(page_of):
    page = page_of(java_script_enabled=False)
    page.goto("/ui/upload")

    page.get_by_label("Or import from bucket").fill("20")
    page.get_by_role("button", name="Browse", exact=True).click()
    page.get_by_role("link", name="2025/").click()
    page.get_by_role("button", name="Preview may and the rest").click()

    expect(page.get_by_text("3 rows, 3 columns. Not imported yet.")).to_be_visible()
    expect(page.get_by_text("bucket-of-tests/2025/may and the rest")).to_be_visible()


def test_a_download_shows_that_it_is_running(page_of):
    page = page_of()
    page.goto("/ui/upload/b2")
    page.evaluate("document.querySelector('form[data-busy]').addEventListener('submit', sent => sent.preventDefault())")

    page.get_by_role("button", name="Preview people.csv").click()

    expect(page.get_by_text("Downloading and analyzing…")).to_be_visible()
    expect(page.get_by_role("button", name="Preview people.csv")).to_have_attribute("aria-disabled", "true")


@on_every_screen
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(page_of, width):
    page = page_of(viewport={"width": width, "height": 900})
    assert faults_of(page, ["/ui/upload", "/ui/upload/b2?prefix=2025/"]) == []
