"""What the tests of the pages do in a browser again and again."""

import pytest
from playwright.sync_api import expect

PASSWORD = "correct horse"
WIDTHS = {"wide": 1280, "narrow": 390}


def sign_in(page):
    page.goto("/ui/sign-in")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url("/")
    page.wait_for_load_state()


def press_until(page, key, wanted):
    """Presses the key until the focus is on what has that text or id."""
    for _ in range(40):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()") == wanted:
            return
    pytest.fail(f"{key} never reaches {wanted!r}.")


def is_trouble(said):
    """A refusal that the page itself says is none."""
    return said.type in ("error", "warning") and "status of 422" not in said.text
