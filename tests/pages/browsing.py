"""What the tests of the pages do in a browser again and again."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PASSWORD = "correct horse"
WIDTHS = {"wide": 1280, "narrow": 390}
#: The rules of axe that ask for colours. A scheme changes nothing else: it is light-dark(…) in variables.css.
COLOR_RULES = ["color-contrast", "link-in-text-block"]

#: The administration fades the colours of its buttons from one to the other.
TRANSITIONS_ENDED = """() => Promise.allSettled(
  document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished))"""


def on_every_screen(test):
    """Wide and narrow, as `width`; `faults` looks at each in light and dark."""
    return pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)(test)


def faults(page, *, all_of_them=False):
    """What axe finds serious on the page as it stands, or all that it finds; and whether the page scrolls sideways."""
    # preload: axe would fetch the sheets that a sheet imports, in ways that the policy of the site forbids.
    options = {"preload": False, "resultTypes": ["violations"]}
    found = []
    for scheme, rules in (("light", {}), ("dark", {"runOnly": COLOR_RULES})):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(TRANSITIONS_ENDED)
        violations = Axe().run(page, options=options | rules).response["violations"]
        found += [
            (page.url, scheme, one["id"], one["nodes"][0]["html"])
            for one in violations
            if all_of_them or one["impact"] in ("serious", "critical")
        ]
    page.emulate_media(color_scheme="light")
    return found + [(page.url, "scrolls sideways")] * page.evaluate("document.documentElement.scrollWidth > innerWidth")


def faults_of(page, addresses, **how):
    """Of pages that answer with 200."""
    found = []
    for address in addresses:
        assert page.goto(address).status == 200
        found += faults(page, **how)
    return found


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
