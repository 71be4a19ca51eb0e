"""What shows data is in no cache: not after a sign-out, and not in a proxy."""

from playwright.sync_api import expect

from tests.pages.browsing import sign_in

NEVER = "private, no-store"


ADDRESSES = [
    "/", "/ui/tables/people", "/ui/sign-in", "/ui/upload", "/ui/nothing", "/admin/", "/admin/imports/importhistory/",
    "/tables/people", "/tables/people/export.csv", "/import-history", "/nothing", "/health",
]  # fmt: skip


def test_nothing_but_static_files_may_be_stored(signed_in, people_table):
    client = signed_in("ada")

    assert {address: client.get(address)["Cache-Control"] for address in ADDRESSES} == dict.fromkeys(ADDRESSES, NEVER)


def test_static_files_may_be_stored(signed_in):
    response = signed_in("ada").get("/static/css/variables.css")

    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]
    response.close()


def test_the_back_button_shows_no_data_after_a_sign_out_and_a_form_is_there_again(open_page, people_table, tmp_path):
    path = tmp_path / "ages.csv"
    path.write_text("name,age,city\nEdsger,72,Rotterdam\n")
    page = open_page()
    sign_in(page)
    page.goto("/ui/upload")
    page.get_by_label("Drag a file here").set_input_files(path)
    page.get_by_role("button", name="Preview").click()
    page.get_by_label("Table", exact=True).fill("ages")
    page.get_by_role("link", name="Tables", exact=True).click()
    page.go_back()
    expect(page.get_by_role("button", name="Import 1 row")).to_be_visible()
    page.goto("/ui/tables/people")
    expect(page.get_by_role("cell", name="Margaret")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Password")).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Password")).to_be_visible()
    expect(page.get_by_text("Margaret")).not_to_be_visible()
