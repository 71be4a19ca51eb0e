"""Every address of the service, and who may use it: a new one without a rule fails the test."""

import re

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import get_resolver
from django.urls.resolvers import URLResolver

UNKNOWN_ID = "550e8400-e29b-41d4-a716-446655440000"
EXAMPLES = {"kind": "csv", "row_id": "1", "sha256": "0" * 64, "key": "days", "table_name": "t", "name": "t", "url": "x",
            "app_label": "auth", "object_id": "0", "id": "0", "content_type_id": "0",
            "number": "1", "repair_id": "1"}  # fmt: skip

ENDS_SESSION = {"ui/sign-out", "admin/logout/"}  # tests/pages/test_access.py
ROLES = ("anonymous", "user", "analyst", "auditor", "staff", "superuser")

ROLES_OF_ADMIN = ("anonymous", "staff", "superuser")  # without staff status it is closed as a whole: last test but one
# Who may use an address of this kind.
EVERYBODY = frozenset(ROLES)
SIGNED_IN = EVERYBODY - {"anonymous"}
READERS = frozenset({"analyst", "auditor", "superuser"})
ANALYSTS = frozenset({"analyst", "superuser"})
AUDITORS = frozenset({"auditor", "superuser"})
STAFF = frozenset({"staff", "superuser"})
SUPERUSERS = frozenset({"superuser"})
NO_ROLE = frozenset()

#: Route -> who may use it. A method in front: others are refused to all, unless another rule names them.
RULES = {
    # the API
    "POST map-data": ANALYSTS, "POST map-b2-data": ANALYSTS, "POST map-b2-data-async": ANALYSTS,
    "POST detect-mapping": ANALYSTS,
    "GET mappings": READERS, "POST mappings": ANALYSTS,
    "GET mappings/<str:name>": READERS, "PUT mappings/<str:name>": ANALYSTS,
    "mappings/<str:name>/versions": READERS, "mappings/<str:name>/differences": READERS,
    "mappings/<str:name>/export.json": READERS, "POST mappings/<str:name>/test-run": ANALYSTS,
    "tasks/<str:task_id>": READERS, "POST tasks/<str:task_id>/cancel": ANALYSTS,
    "import-history": READERS, "import-history/<str:import_id>": READERS,
    "import-history/<str:import_id>/mapping-errors": READERS,
    "import-history/<str:import_id>/mapping-errors/summary": READERS,
    "import-history/<str:import_id>/rows": READERS, "import-history/<str:import_id>/failed-rows.<str:kind>": READERS,
    "import-history/<str:import_id>/not-read.csv": READERS, "import-history/<str:import_id>/source-file": READERS,
    "import-history/<str:import_id>/undo-preview": READERS,
    "POST import-history/<str:import_id>/undo": ANALYSTS, "POST import-history/<str:import_id>/redo": ANALYSTS,
    "POST import-groups/<str:group_id>/undo": ANALYSTS,
    "POST import-history/<str:import_id>/rerun": ANALYSTS, "import-history/<str:import_id>/rerun-preview": ANALYSTS,
    "POST import-history/<str:import_id>/retry": ANALYSTS, "import-history/<str:import_id>/repairs": READERS,
    "POST import-history/<str:import_id>/repairs/<str:repair_id>/undo": ANALYSTS,
    "import-statistics": READERS,
    "tables": READERS, "tables/<str:table_name>": READERS, "tables/<str:table_name>/schema": READERS,
    "tables/<str:table_name>/lineage": READERS, "tables/<str:table_name>/columns": READERS,
    "tables/<str:table_name>/rows/<str:row_id>/lineage": READERS, "tables/<str:table_name>/export.<str:kind>": READERS,
    "files/<str:sha256>/lineage": READERS, "lineage/graph": READERS,
    "audit-log": AUDITORS, "audit-log/verify": AUDITORS,
    "schema": SIGNED_IN, "docs": SIGNED_IN, "health": EVERYBODY, "ready": EVERYBODY,
    # pages
    "ui/sign-in": EVERYBODY, "POST ui/sign-out": EVERYBODY, "ui/password": SIGNED_IN, "ui/api-sign-in": EVERYBODY,
    "": READERS,
    "ui/upload": ANALYSTS, "ui/upload/b2": ANALYSTS, "ui/upload/<uuid:analysis_id>": ANALYSTS,
    "POST ui/upload/<uuid:analysis_id>/read-again": ANALYSTS, "POST ui/upload/<uuid:analysis_id>/all": ANALYSTS,
    "ui/upload/<uuid:analysis_id>/preview": ANALYSTS,
    "POST ui/upload/<uuid:analysis_id>/use-mapping": ANALYSTS,
    "POST ui/upload/<uuid:analysis_id>/save-mapping": ANALYSTS,
    "ui/mappings": READERS, "ui/mappings/<str:name>": READERS, "POST ui/upload-mapping": ANALYSTS,
    "POST ui/mappings/<str:name>/save": ANALYSTS, "POST ui/mappings/<str:name>/change": ANALYSTS,
    "ui/mappings/<str:name>/test-run": ANALYSTS, "POST ui/imports/<uuid:import_id>/save-mapping": ANALYSTS,
    "ui/imports": READERS, "ui/imports/<uuid:import_id>": READERS, "ui/imports/<uuid:import_id>/progress": READERS,
    "ui/imports/<uuid:import_id>/cancel": ANALYSTS, "ui/imports/<uuid:import_id>/errors": READERS,
    "ui/imports/<uuid:import_id>/errors/repair": ANALYSTS,
    "ui/imports/<uuid:import_id>/skipped": READERS, "ui/imports/<uuid:import_id>/updated": READERS,
    "ui/imports/<uuid:import_id>/kept": READERS,
    "ui/imports/<uuid:import_id>/undo": ANALYSTS, "ui/import-groups/<uuid:group>/undo": ANALYSTS,
    "ui/imports/<uuid:import_id>/redo": ANALYSTS, "ui/imports/<uuid:import_id>/rerun": ANALYSTS,
    "ui/imports/<uuid:import_id>/repair": ANALYSTS, "POST ui/imports/<uuid:import_id>/repair/check": ANALYSTS,
    "ui/imports/<uuid:import_id>/repair/<int:number>": ANALYSTS,
    "ui/imports/<uuid:import_id>/repairs": READERS,
    "ui/imports/<uuid:import_id>/repaired-rows": ANALYSTS,
    "ui/imports/<uuid:import_id>/repaired-rows/<uuid:file_id>": ANALYSTS,
    "ui/imports/<uuid:import_id>/repairs/<int:repair_id>/undo": ANALYSTS,
    "ui/imports/<uuid:import_id>/repairs/<uuid:batch>/undo": ANALYSTS,
    "ui/tables": READERS, "ui/tables/<str:name>": READERS, "ui/tables/<str:name>/columns": READERS,
    "ui/tables/<str:name>/rows/<str:row_id>": READERS, "ui/lineage": READERS, "ui/files/<str:sha256>": READERS,
    "ui/statistics": READERS, "ui/statistics/<str:key>.csv": READERS,
    "ui/audit": AUDITORS, "ui/audit/verify": AUDITORS,
    # the admin; here the staff has no permissions, and permissions without staff status open nothing
    "admin": EVERYBODY, "admin/imports/handchange/": EVERYBODY, "admin/password_change/": EVERYBODY,  # redirects
    "admin/login/": STAFF, "POST admin/logout/": EVERYBODY,
    "admin/": STAFF, "admin/password_change/done/": STAFF, "admin/autocomplete/": NO_ROLE, "admin/jsi18n/": STAFF,
    "admin/r/<path:content_type_id>/<path:object_id>/": STAFF, "admin/(?P<url>.*)$": STAFF,
    "admin/auth/user/<id>/password/": SUPERUSERS, "admin/imports/importhistory/consistency/": SUPERUSERS,
}  # fmt: skip

#: Model of the admin -> what a superuser may do with it. Its history page names nothing that is not there.
MODELS = {
    "audit/auditentry": set(),
    "core/usedlimit": {"delete"},
    "knox/authtoken": {"add", "delete"},
    "auth/user": {"add", "delete", "change"},
    "auth/group": {"add", "delete", "change"},
    "imports/mappingerror": set(),
    "imports/keptrecord": set(),
    "imports/manualedit": set(),
    "imports/savedmapping": set(),
    "imports/savedmappingversion": set(),
    "imports/importtask": set(),
    "imports/importhistory": set(),
    "procrastinate/procrastinatejob": set(),
}


def routes():
    """Return every route of the service, without the anchors of its patterns."""
    return dict.fromkeys(_walk(get_resolver().url_patterns))


def _walk(patterns, before=""):
    for one in patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from _walk(one.url_patterns, route)
        elif not re.match(r"admin/\^\(\?P<app_label>", route):  # the names of apps change; see test_apps_of_the_admin
            yield route


def rules_of(route):
    """Return who may use the route by method; None, instead of a method: GET and POST. Empty where no rule is."""
    found = {
        method or None: roles for (method, _, rest), roles in ((key.rpartition(" "), RULES[key]) for key in RULES)
        if rest == route
    }  # fmt: skip
    return found or rules_of_admin(route)


def rules_of_admin(route):
    match = re.fullmatch(r"admin/(\w+/\w+)/(?:<path:object_id>/)?(\w*)/?", route)
    if not match or match[1] not in MODELS:
        return {}
    what = match[2]
    if what in ("", "history"):
        return {None: STAFF if what or "object_id" in route else SUPERUSERS}
    return {None: SUPERUSERS if what in MODELS[match[1]] or what == "change" else NO_ROLE}


def address_of(route):
    route = re.sub(r"\(\?P<(\w+)>.*", lambda name: EXAMPLES[name[1]], route).removesuffix("$")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda name: EXAMPLES.get(name[1], UNKNOWN_ID), route)


@pytest.fixture
def clients(atlas_db):
    users = {"superuser": User.objects.create_superuser("superuser")}
    for name in ("user", "analyst", "auditor", "staff"):
        users[name] = User.objects.create_user(name, is_staff=name == "staff")
    users["analyst"].groups.add(Group.objects.get(name="importer"))
    users["auditor"].groups.add(Group.objects.get(name="auditor"))
    found = {role: Client(raise_request_exception=False) for role in ROLES}
    for name, user in users.items():
        found[name].force_login(user)
    return found


def is_let_in(response):
    """Whether the view was reached: neither refused nor sent to the page of signing in."""
    if response.status_code in (401, 403, 405):
        return False
    assert response.status_code < 500 or response.status_code == 503, response
    return not response.headers.get("Location", "").startswith(("/ui/sign-in?", "/admin/login/"))


def test_every_route_has_a_rule():
    without = [route for route in routes() if not rules_of(route)]
    assert without == [], "say in RULES or MODELS who may use these"
    rules = {key.rpartition(" ")[2] for key in RULES}
    assert rules <= set(routes()), "rules of routes that are gone"


def tried(route, rules, role):
    """Yield the methods that are tried, and whether each lets the role in."""
    for only, roles in rules.items():
        if role not in roles:
            yield from ((method, False) for method in ([only] if only and len(rules) > 1 else ["GET", "POST"]))
        elif route not in ENDS_SESSION:
            yield only or "GET", True
    if None not in rules and "GET" not in rules and role == "superuser":
        yield "GET", False


def test_every_role_reaches_what_its_rule_says_and_nothing_else(clients):
    faults = []
    for route in routes():
        rules = rules_of(route)
        for role in ROLES_OF_ADMIN if route.startswith("admin/") else ROLES:
            for method, let_in in tried(route, rules, role):
                reached = is_let_in(getattr(clients[role], method.lower())(address_of(route)))
                if reached != let_in:
                    faults.append((route, role, method, "is let in" if reached else "is refused"))

    assert faults == []


def test_permissions_without_staff_status_open_nothing_in_the_admin_and_with_it_what_they_say(clients):
    assert {clients["auditor"].get(f"/admin/{model}/").status_code for model in MODELS} == {302}
    User.objects.filter(username="auditor").update(is_staff=True)
    seen = {model for model in MODELS if clients["auditor"].get(f"/admin/{model}/").status_code == 200}
    assert seen == {
        "audit/auditentry", "imports/mappingerror", "imports/keptrecord", "imports/manualedit", "imports/importtask",
        "imports/importhistory", "procrastinate/procrastinatejob", "imports/savedmapping",
        "imports/savedmappingversion",
    }  # fmt: skip
    for model in MODELS:
        for action in ("add/", "0/delete/", "0/change/"):
            assert clients["auditor"].post(f"/admin/{model}/{action}").status_code == 403


def test_apps_of_the_admin(clients):
    apps = {model.split("/")[0] for model in MODELS}
    assert {clients["superuser"].get(f"/admin/{app}/").status_code for app in apps} == {200}
    assert {clients["staff"].get(f"/admin/{app}/").status_code for app in apps} == {404}
