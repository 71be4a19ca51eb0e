"""The log in the administration: to look at, never to change."""

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from audit.log import delete_details, record
from audit.models import AuditEntry
from core.actors import Actor
from tests.pages.reading import links, words

LIST = "/admin/audit/auditentry/"
VERIFY = "/ui/audit/verify"


@pytest.fixture
def staff(atlas_db):
    """A client of a staff user of a group."""

    def client_of(group):
        user = User.objects.create_user("someone", is_staff=True)
        user.groups.add(Group.objects.get(name=group))
        browser = Client()
        browser.force_login(user)
        return browser

    return client_of


@pytest.fixture
def audrey(staff):
    return staff("auditor")


def test_the_list_is_searched_and_filtered(audrey):
    record(Actor("ada"), "import.finished", "an import")
    record(Actor("eve"), "sign_in.failed", "eve")

    for query, found in {
        "?q=eve": 1,
        "?action=import.finished": 1,
        "?q=unknown": 0,
        "?happened_at__year=1999": 0,
    }.items():
        assert audrey.get(LIST + query).context["cl"].result_count == found, query
    assert VERIFY in links(audrey.get(LIST))


def test_an_entry_shows_its_detail_until_it_is_forgotten(audrey):
    record(Actor("ada"), "import.finished", "an import", rows=3, table_name="tä")
    entry = AuditEntry.objects.get(action="import.finished")
    assert "Rows: 3 Table name: tä" in words(audrey.get(f"{LIST}{entry.pk}/change/"))

    record(Actor("ada"), "x", "y")
    delete_details(AuditEntry.objects.get(action="x").happened_at, 1000)
    assert "Deleted by the retention policy." in words(audrey.get(f"{LIST}{entry.pk}/change/"))


def test_the_log_cannot_be_changed_in_the_admin(audrey):
    entry = AuditEntry.objects.last()

    assert audrey.get(f"{LIST}add/").status_code == 403
    assert audrey.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert audrey.post(f"{LIST}{entry.pk}/change/", {"actor": "x"}).status_code == 403


def test_the_log_needs_its_permission(staff):
    assert staff("importer").get(LIST).status_code == 403
