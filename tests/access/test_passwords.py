"""A new password ends the tokens and sessions of its user, unless the tokens are kept by choice."""

import re

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from knox.models import AuthToken

from audit.models import AuditEntry
from tests.pages.browsing import PASSWORD
from tests.pages.reading import words

NEW = "another horse battery"


@pytest.fixture
def token(people):
    """Whether imogen's token is valid."""
    text = AuthToken.objects.create(people["imogen"])[1]

    def is_valid():
        return Client().get("/tables", headers={"Authorization": f"Token {text}"}).status_code == 200

    assert is_valid()
    return is_valid


def own_change(client, **more):
    form = {"old_password": PASSWORD, "new_password1": NEW, "new_password2": NEW} | more
    return client.post("/ui/password", form, follow=True)


def test_an_own_change_ends_tokens_and_other_sessions(token, signed_in):
    here, elsewhere = signed_in("imogen"), signed_in("imogen")

    done = own_change(here)

    assert "Password changed. Your API tokens and your sessions in other browsers have ended." in words(done)
    assert not token()
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    told = AuditEntry.objects.filter(subject="imogen", actor="imogen").exclude(action="sign_in")
    assert sorted(told.values_list("action", flat=True)) == ["token.revoked", "user.changed"]


def test_tokens_are_kept_by_choice(token, signed_in):
    done = own_change(signed_in("imogen"), keep_tokens="on")

    assert "Your API tokens are still valid" in words(done)
    assert token()


def test_the_fields_name_their_hints(signed_in):
    page = signed_in("imogen").get("/ui/password").content.decode()
    described = re.findall(r'aria-describedby="([^"]+)"', page)

    assert len(described) == 3
    assert [name for name in described if f'id="{name}"' not in page] == []


def test_a_wrong_old_password_changes_nothing(token, signed_in):
    refused = own_change(signed_in("imogen"), old_password="wrong")

    assert "Your old password was entered incorrectly." in words(refused)
    assert token()
    assert User.objects.get(username="imogen").check_password(PASSWORD)


@pytest.mark.parametrize(
    ("form", "valid"),
    [
        ({"password1": NEW, "password2": NEW, "usable_password": "true"}, False),
        ({"password1": NEW, "password2": NEW, "usable_password": "true", "keep_tokens": "on"}, True),
        ({"usable_password": "false", "unset-password": "1"}, False),
        ({"usable_password": "false", "unset-password": "1", "keep_tokens": "on"}, True),
    ],
    ids=["new", "new, kept", "disabled", "disabled, kept"],
)
def test_a_change_in_the_admin_ends_tokens_and_sessions(token, people, signed_in, form, valid):
    session, address = signed_in("imogen"), f"/admin/auth/user/{people['imogen'].pk}/password/"
    ada = signed_in("ada")
    assert 'name="keep_tokens"' in ada.get(address).content.decode()

    assert ada.post(address, form).status_code == 302

    assert token() == valid
    assert session.get("/").status_code == 302


def test_a_change_with_the_command_ends_tokens(token, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: NEW)
    call_command("changepassword", "imogen")

    assert not token()


def test_a_sign_in_that_renews_the_hash_keeps_tokens(token, settings, monkeypatch):
    monkeypatch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]

    assert Client().post("/ui/sign-in", {"username": "imogen", "password": PASSWORD}).status_code == 302

    assert User.objects.get(username="imogen").password.startswith("pbkdf2")
    assert token()


def test_tokens_of_inactive_users_do_not_work(token, people):
    User.objects.filter(username="imogen").update(is_active=False)
    assert not token()
    User.objects.filter(username="imogen").update(is_active=True)
    assert token()


def test_the_page_of_the_own_password_needs_a_sign_in_and_is_that_of_the_admin_too(signed_in):
    assert Client().get("/ui/password")["Location"] == "/ui/sign-in?next=/ui/password"
    assert "Keep my API tokens" in words(signed_in("norman").get("/ui/password"))
    assert signed_in("ada").get("/admin/password_change/")["Location"] == "/ui/password"
