"""Who may give what to whom: every way through the admin that could give rights which its user does not hold."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from django.test import Client
from knox.models import AuthToken

from tests.pages.reading import words

PASSWORD = "correct horse battery"
NEW = "another horse battery"
TWICE = {"password1": NEW, "password2": NEW}
PERMISSION_NAMES = [
    *[f"{one}_{model}" for model in ("user", "group", "authtoken") for one in ("add", "change", "delete", "view")],
    "view_importhistory",
]  # fmt: skip


@pytest.fixture
def site_users(atlas_db):
    """root is a superuser; stan of the staff may manage users, groups and tokens; others hold more or less."""
    users = {"root": User.objects.create_superuser("root", password=PASSWORD)}
    for name in ("stan", "imogen", "norman", "gone", "retired"):
        users[name] = User.objects.create_user(name, password=PASSWORD)
    users["stan"].is_staff = True
    users["stan"].save()
    users["stan"].user_permissions.set(Permission.objects.filter(codename__in=PERMISSION_NAMES))
    users["imogen"].groups.add(Group.objects.get(name="importer"))
    users["gone"].groups.add(Group.objects.get(name="importer"))
    User.objects.filter(username="gone").update(is_active=False)
    User.objects.filter(username="retired").update(is_active=False, is_superuser=True)
    users["token"] = AuthToken.objects.create(users["imogen"])[0]
    users["own token"] = AuthToken.objects.create(users["stan"])[0]
    clerks = Group.objects.create(name="clerks")
    clerks.permissions.set(Permission.objects.filter(codename="view_importhistory"))
    yield users
    Group.objects.exclude(name__in=["importer", "auditor"]).delete()
    Group.objects.get_or_create(name="importer")


@pytest.fixture
def stan(site_users):
    browser = Client()
    browser.force_login(site_users["stan"])
    return browser


def rights():
    """Everything that anybody holds, by name."""
    users = {
        user.username: (
            user.is_active, user.is_staff, user.is_superuser, sorted(user.groups.values_list("name", flat=True)),
            sorted(user.user_permissions.values_list("codename", flat=True)),
        )
        for user in User.objects.all()
    }  # fmt: skip
    groups = {
        group.name: sorted(group.permissions.values_list("codename", flat=True))
        for group in Group.objects.prefetch_related("permissions")
    }
    tokens = sorted(AuthToken.objects.values_list("user__username", "digest"))
    passwords = {user.username: user.password for user in User.objects.all()}
    return users, groups, tokens, passwords


def user_form(user, **more):
    return {"username": user.username, "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"} | (
        {"is_active": "on"} if user.is_active else {}
    ) | more  # fmt: skip


def pk_of(codename):
    return str(Permission.objects.get(codename=codename).pk)


#: What stan tries: the address, the form; what is in braces is the id of a user, group, token or permission.
ATTEMPTS = {
    "make himself superuser": ("user/{stan}/change/", {"is_superuser": "on"}),
    "make himself superuser and stay on the page": ("user/{stan}/change/", {"is_superuser": "on", "_continue": "1"}),
    "save himself as a new superuser": ("user/{stan}/change/", {"is_superuser": "on", "_saveasnew": "1"}),
    "give himself a permission": ("user/{stan}/change/", {"user_permissions": ["{undo_importhistory}"]}),
    "join a group": ("user/{stan}/change/", {"groups": ["{importer}"]}),
    "join a group that holds no more": ("user/{stan}/change/", {"groups": ["{clerks}"]}),
    "make another user staff": ("user/{norman}/change/", {"is_staff": "on"}),
    "make another user superuser": ("user/{norman}/change/", {"is_superuser": "on"}),
    "give another user a permission": ("user/{norman}/change/", {"user_permissions": ["{view_auditentry}"]}),
    "add a superuser": ("user/add/", {"is_superuser": "on"}),
    "add staff": ("user/add/", {"is_staff": "on"}),
    "add a user into a group": ("user/add/", {"groups": ["{importer}"]}),
    "set a superuser's password": ("user/{root}/password/", TWICE),
    "set the password of one who holds more": ("user/{imogen}/password/", TWICE),
    "set the password of an inactive one who holds more": ("user/{gone}/password/", TWICE),
    "disable a superuser's password": ("user/{root}/password/", {"usable_password": "false", "unset-password": "1"}),
    "rename a superuser": ("user/{root}/change/", {"username": "toor"}),
    "deactivate a superuser": ("user/{root}/change/", {"username": "root", "is_active": ""}),
    "activate one who holds more": ("user/{gone}/change/", {"username": "gone", "is_active": "on"}),
    "activate a retired superuser": ("user/{retired}/change/", {"username": "retired", "is_active": "on"}),
    "delete a superuser": ("user/{root}/delete/", {"post": "yes"}),
    "delete one who holds more": ("user/{gone}/delete/", {"post": "yes"}),
    "delete superusers by the list": (
        "user/", {"action": "delete_selected", "_selected_action": ["{root}", "{gone}"], "post": "yes"}
    ),
    "give a group a permission": (
        "group/{clerks}/change/", {"name": "clerks", "permissions": ["{view_importhistory}", "{undo_importhistory}"]}
    ),
    "rename a group that holds more": ("group/{importer}/change/", {"name": "clerks 2"}),
    "delete a group that holds more": ("group/{importer}/delete/", {"post": "yes"}),
    "delete groups by the list": (
        "group/", {"action": "delete_selected", "_selected_action": ["{importer}"], "post": "yes"}
    ),
    "add a group with permissions": ("group/add/", {"name": "new", "permissions": ["{undo_importhistory}"]}),
    "make a token of a superuser": ("token/add/", {"user": "{root}"}),
    "make a token of another user": ("token/add/", {"user": "{norman}"}),
    "revoke another's token": ("token/{token}/delete/", {"post": "yes"}),
    "revoke another's token by the list": (
        "token/", {"action": "delete_selected", "_selected_action": ["{token}"], "post": "yes"}
    ),
}  # fmt: skip


def filled(value, ids):
    if isinstance(value, list):
        return [filled(one, ids) for one in value]
    return value.format_map(ids)


class Ids(dict):
    """Ids by the names in braces."""

    def __missing__(self, name):
        if (user := User.objects.filter(username=name).first()) is not None:
            return str(user.pk)
        if (group := Group.objects.filter(name=name).first()) is not None:
            return str(group.pk)
        return pk_of(name)


def address_of(path, ids):
    kind, _, rest = path.partition("/")
    app = "knox/authtoken" if kind == "token" else f"auth/{kind}"
    return f"/admin/{app}/{filled(rest, ids)}"


def form_of(path, extra, ids):
    """The form as its page sends it, with what the attempt adds."""
    form = {name: filled(value, ids) for name, value in extra.items()}
    if path == "user/add/":
        return {"username": "new", "usable_password": "true"} | TWICE | form
    if path.startswith("user/{") and path.endswith("/change/"):
        return user_form(User.objects.get(username=path[6:-9])) | form
    return form


def test_no_staff_gives_rights_that_it_does_not_hold(stan, site_users):
    before, faults = rights(), {}
    for attempt, (path, extra) in ATTEMPTS.items():
        ids = Ids(token=site_users["token"].pk)
        answer = stan.post(address_of(path, ids), form_of(path, extra, ids))
        if rights() != before:
            faults[attempt] = "changed"
            before = rights()
        if "delete_selected" not in extra.values() and (answer.status_code, is_explained(answer)) != (403, True):
            faults[attempt] = (answer.status_code, words(answer))

    assert faults == {}
    assert not LogEntry.objects.exists()


def is_explained(answer):
    reasons = ("Only a superuser can change", "has permissions that you do not have", "API tokens of other users")
    return any(reason in words(answer) for reason in reasons)


def test_every_attempt_is_open_to_a_superuser(site_users):
    """The attempts fail because of rights, and not because of a form that no user could send."""
    root = Client()
    root.force_login(site_users["root"])
    skipped = {"save himself as a new superuser"}  # Django offers it nowhere
    for attempt, (path, extra) in ATTEMPTS.items():
        ids = Ids(token=site_users["token"].pk)
        if "{root}" in path + str(extra) or attempt in skipped:
            continue  # they would end the session
        with transaction.atomic():
            assert root.post(address_of(path, ids), form_of(path, extra, ids)).status_code == 302, attempt
            transaction.set_rollback(True)


def test_the_forms_do_not_offer_what_is_refused(stan, site_users):
    own = stan.get(f"/admin/auth/user/{site_users['norman'].pk}/change/").content.decode()
    for name in ("is_staff", "is_superuser", "groups", "user_permissions"):
        assert f'name="{name}"' not in own
    assert 'name="is_active"' in own
    clerks = stan.get(f"/admin/auth/group/{Group.objects.get(name='clerks').pk}/change/").content.decode()
    assert 'name="name"' in clerks
    assert 'name="permissions"' not in clerks
    of_root = stan.get(f"/admin/auth/user/{site_users['root'].pk}/change/").content.decode()
    assert 'name="username"' not in of_root
    assert 'name="_save"' not in of_root
    tokens = stan.get("/admin/knox/authtoken/add/").content.decode()
    assert "stan" in tokens
    assert "imogen" not in tokens
    assert words(stan.get("/admin/knox/authtoken/")).count("stan") >= 1
    assert "imogen" not in words(stan.get("/admin/knox/authtoken/"))


def test_staff_does_what_gives_no_rights(stan, site_users):
    norman = site_users["norman"]
    answer = stan.post(f"/admin/auth/user/{norman.pk}/change/", user_form(norman, email="norman@example.com"))
    assert answer.status_code == 302
    norman.refresh_from_db()
    assert norman.email == "norman@example.com"
    assert norman.is_active
    stan.post(f"/admin/auth/user/{norman.pk}/password/", TWICE | {"usable_password": "true"})
    norman.refresh_from_db()
    assert check_password(NEW, norman.password)
    stan.post("/admin/auth/user/add/", {"username": "new", "usable_password": "true"} | TWICE)
    new = User.objects.get(username="new")
    assert (new.is_staff, new.is_superuser, new.groups.count(), new.user_permissions.count()) == (False, False, 0, 0)
    assert stan.post(f"/admin/auth/user/{new.pk}/delete/", {"post": "yes"}).status_code == 302
    assert stan.post("/admin/auth/group/add/", {"name": "new clerks"}).status_code == 302
    assert Group.objects.get(name="new clerks").permissions.count() == 0
    stan.post("/admin/knox/authtoken/add/", {"user": site_users["stan"].pk})
    assert AuthToken.objects.filter(user=site_users["stan"]).count() == 2


def test_a_superuser_gives_everything(site_users):
    root = Client()
    root.force_login(site_users["root"])
    norman = site_users["norman"]
    importer = Group.objects.get(name="importer")
    form = user_form(norman, is_staff="on", is_superuser="on", groups=[importer.pk])
    assert root.post(f"/admin/auth/user/{norman.pk}/change/", form).status_code == 302
    norman.refresh_from_db()
    assert (norman.is_staff, norman.is_superuser, list(norman.groups.all())) == (True, True, [importer])
