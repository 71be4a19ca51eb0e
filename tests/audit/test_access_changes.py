"""Users and permissions: every change is in the log, by any user and in any way."""

import threading

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from knox.models import AuthToken

from atlas.server.first_admin import create_first_login
from audit.models import AuditEntry
from core.actors import Actor, acting_as
from tests.importing import query
from tests.working import wait_for

pytestmark = pytest.mark.usefixtures("atlas_db")


@pytest.fixture
def ada():
    return User.objects.create_user("ada", "ada@example.com", "a-long-password")


@pytest.fixture
def seen(ada):
    """What the log says since the beginning of the test: action, subject, detail."""
    start = AuditEntry.objects.count()

    def entries():
        found = AuditEntry.objects.filter(id__gt=start).order_by("id")
        return [(entry.action, entry.subject, entry.detail) for entry in found]

    return entries


def permission(codename):
    return Permission.objects.get(codename=codename)


# --- users and groups ---


def test_a_new_user_is_told_with_what_it_may(seen):
    User.objects.create_superuser("root")

    assert seen() == [("user.added", "root", {"is_active": True, "is_staff": True, "is_superuser": True})]


@pytest.mark.parametrize("flag", ["is_active", "is_staff", "is_superuser"])
def test_a_changed_flag_is_told(seen, ada, flag):
    before = getattr(ada, flag)
    setattr(ada, flag, not before)
    ada.save()

    assert seen() == [("user.changed", "ada", {flag: [before, not before]})]


def test_a_new_password_is_told_and_not_shown(seen, ada):
    ada.set_password("another-long-password")
    ada.save()

    assert seen() == [("user.changed", "ada", {"password": "changed"})]


def test_a_new_name_is_told_under_the_new_one(seen, ada):
    ada.username = "ada.lovelace"
    ada.save()

    assert seen() == [("user.changed", "ada.lovelace", {"username": ["ada", "ada.lovelace"]})]


def test_what_gives_no_right_is_not_told(seen, ada):
    ada.first_name = "Ada"
    ada.save()
    ada.is_staff = True
    ada.save(update_fields=["first_name"])

    assert seen() == []


def test_a_deleted_user_is_told_with_the_tokens_that_go_along(seen, ada):
    token, _ = AuthToken.objects.create(ada, expiry=None)
    ada.delete()

    assert [(action, subject) for action, subject, _ in seen()] == [
        ("token.made", "ada"), ("token.revoked", "ada"), ("user.deleted", "ada"),
    ]  # fmt: skip


def test_groups_that_come_change_their_name_and_go_are_told(seen):
    group = Group.objects.create(name="clerks")
    group.name = "Clerks"
    group.save()
    group.delete()

    assert seen() == [
        ("group.added", "clerks", {}), ("group.changed", "Clerks", {"name": ["clerks", "Clerks"]}),
        ("group.deleted", "Clerks", {}),
    ]  # fmt: skip


# --- who is where, who has what ---


def test_groups_given_and_taken_are_told(seen, ada):
    importer, auditor = Group.objects.get(name="importer"), Group.objects.get(name="auditor")
    ada.groups.add(importer, auditor)
    ada.groups.add(importer)
    ada.groups.remove(auditor)
    ada.groups.clear()
    ada.groups.clear()

    assert seen() == [
        ("group.given", "ada", {"groups": ["auditor", "importer"]}),
        ("group.taken", "ada", {"groups": ["auditor"]}),
        ("group.taken", "ada", {"groups": ["importer"]}),
    ]  # fmt: skip


def test_from_the_groups_side_each_user_is_told(seen, ada):
    importer, eve = Group.objects.get(name="importer"), User.objects.create_user("eve")
    importer.user_set.set([ada, eve])
    importer.user_set.clear()

    told = ({"groups": ["importer"]},)
    assert sorted(seen()[1:]) == [
        ("group.given", "ada", *told), ("group.given", "eve", *told),
        ("group.taken", "ada", *told), ("group.taken", "eve", *told),
    ]  # fmt: skip


def test_permissions_of_a_user_are_told(seen, ada):
    ada.user_permissions.set([permission("undo_importhistory"), permission("view_auditentry")])
    ada.user_permissions.set([permission("view_auditentry")])

    assert seen() == [
        ("permission.given", "ada", {"permissions": ["audit.view_auditentry", "imports.undo_importhistory"]}),
        ("permission.taken", "ada", {"permissions": ["imports.undo_importhistory"]}),
    ]  # fmt: skip


def test_permissions_of_a_group_are_told(seen):
    group = Group.objects.create(name="clerks")
    group.permissions.add(permission("add_importhistory"))
    group.permissions.clear()
    group.delete()

    assert seen()[1:3] == [
        ("permission.given", "group clerks", {"permissions": ["imports.add_importhistory"]}),
        ("permission.taken", "group clerks", {"permissions": ["imports.add_importhistory"]}),
    ]  # fmt: skip


# --- tokens ---


def test_tokens_made_and_revoked_are_told_without_what_opens_the_door(seen, ada):
    token, secret = AuthToken.objects.create(ada, expiry=None)
    ada.auth_token_set.all().delete()

    assert seen() == [
        ("token.made", "ada", {"token": token.digest[:12], "expires": None}),
        ("token.revoked", "ada", {"token": token.digest[:12], "expired": False}),
    ]  # fmt: skip
    assert secret[:8] not in str(seen())


# --- who it was ---


def test_in_the_admin_it_was_the_person_from_that_address(ada):
    root = User.objects.create_superuser("root", password="a-long-password")
    browser = Client(REMOTE_ADDR="192.0.2.7")
    browser.force_login(root)
    form = {"username": "ada", "is_active": "on", "is_staff": "on", "groups": [Group.objects.get(name="importer").pk],
            "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}  # fmt: skip

    answer = browser.post(f"/admin/auth/user/{ada.pk}/change/", form)

    assert answer.status_code == 302
    told = AuditEntry.objects.filter(subject="ada", actor="root").order_by("id")
    assert [(entry.action, entry.address) for entry in told] == [
        ("user.changed", "192.0.2.7"), ("group.given", "192.0.2.7"),
    ]  # fmt: skip


def test_the_first_start_says_so(tmp_path):
    create_first_login(tmp_path, "http://127.0.0.1:8000")

    assert list(AuditEntry.objects.order_by("id").values_list("actor", "action", "subject")) == [
        ("first start", "user.added", "admin"), ("first start", "token.made", "admin"),
    ]  # fmt: skip


def test_two_first_starts_at_once_make_one_administrator(tmp_path):
    logins = {}

    def start(name):
        (tmp_path / name).mkdir()
        try:
            logins[name] = create_first_login(tmp_path / name, "http://127.0.0.1:8000")
        finally:
            connection.close()

    threads = [threading.Thread(target=start, args=[name]) for name in "ab"]
    with transaction.atomic():
        query("LOCK TABLE auth_user IN SHARE MODE")  # both may look, neither may write
        for thread in threads:
            thread.start()
        wait_for(lambda: query("SELECT count(*) FROM pg_locks WHERE NOT granted") == [(2,)])
    for thread in threads:
        thread.join()

    assert sorted(login is not None for login in logins.values()) == [False, True]
    assert User.objects.count() == 1


def test_a_command_says_which(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/srv/atlas/manage.py", "createsuperuser", "--username=root"])
    call_command("createsuperuser", "--noinput", "--username=root", "--email=root@example.com", verbosity=0)

    assert AuditEntry.objects.get(action="user.added").actor == "manage.py createsuperuser"


def test_code_can_say_who_acts():
    with acting_as(Actor("nightly job")):
        User.objects.create_user("eve")

    assert AuditEntry.objects.get(action="user.added").actor == "nightly job"
