"""Sign-ins leave an entry in the audit log, with the address."""

import pytest
from django.test import Client

from audit.models import AuditEntry


@pytest.mark.parametrize("address", ["/ui/sign-in", "/admin/login/"])
def test_a_sign_in_is_recorded_once(api, address):
    Client().post(address, {"username": "admin", "password": "a-long-password"}, REMOTE_ADDR="192.0.2.7")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.subject, entry.address) == ("sign_in", "admin", "admin", "192.0.2.7")


@pytest.mark.parametrize("address", ["/ui/sign-in", "/admin/login/"])
def test_a_failed_sign_in_is_recorded_without_the_password(api, address):
    Client().post(address, {"username": "eve", "password": "guess-1234"}, REMOTE_ADDR="2001:db8::1")

    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.address) == ("sign_in.failed", "eve", "2001:db8::1")
    assert "guess-1234" not in str(vars(entry))


def test_the_log_can_be_looked_at_in_the_admin_and_not_changed(api):
    browser = Client()
    browser.force_login(api.user)
    entry = AuditEntry.objects.get(action="sign_in")

    assert browser.get("/admin/audit/auditentry/").status_code == 200
    assert browser.get(f"/admin/audit/auditentry/{entry.pk}/change/").status_code == 200
    assert browser.get("/admin/audit/auditentry/add/").status_code == 403
    assert browser.post(f"/admin/audit/auditentry/{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.post(f"/admin/audit/auditentry/{entry.pk}/change/", {"actor": "x"}).status_code == 403
