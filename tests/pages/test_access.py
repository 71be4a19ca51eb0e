"""Who may open what, and what they are told where they may not."""

import pytest
from django.test import Client

from tests.pages.browsing import PASSWORD
from tests.pages.reading import links, words

NOBODYS = "550e8400-e29b-41d4-a716-446655440000"  # an id that no import has

READING = ["/", "/ui/imports", "/ui/tables", "/ui/statistics"]


@pytest.mark.parametrize("address", [*READING, "/ui/upload", f"/ui/imports/{NOBODYS}", f"/ui/imports/{NOBODYS}/undo"])
def test_pages_ask_strangers_to_sign_in(atlas_db, address):
    answer = Client().get(address)
    assert (answer.status_code, answer["Location"]) == (302, f"/ui/sign-in?next={address}")


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


@pytest.mark.parametrize("address", [*READING, "/ui/upload"])
def test_without_rights_a_page_says_who_can_help(signed_in, address):
    answer = signed_in("norman").get(address)
    assert answer.status_code == 403
    assert "You are signed in as norman , who does not have the right for it." in words(answer)


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
    assert "There is nothing at this address" in words(answer)
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
    assert "This page was open for too long" in words(answer)


def test_trouble_of_ours_says_that_nothing_is_half_loaded(imogen, monkeypatch):
    monkeypatch.setattr("imports.history_views.page_of", lambda *_: 1 / 0)
    imogen.raise_request_exception = False
    answer = imogen.get("/ui/imports")
    assert answer.status_code == 500
    assert "Something broke on our side" in words(answer)
    assert "ZeroDivisionError" not in words(answer)
