"""Sign-ins leave an entry in the audit log, with the address."""

from django.test import Client

from audit.models import AuditEntry


def test_a_sign_in_is_recorded_once(api):
    Client().post("/ui/sign-in", {"username": "admin", "password": "a-long-password"}, REMOTE_ADDR="192.0.2.7")

    entry = AuditEntry.objects.get(action="sign_in")
    assert (entry.actor, entry.subject, entry.address) == ("admin", "admin", "192.0.2.7")


def test_a_failed_sign_in_is_recorded_without_the_password(api):
    Client().post("/ui/sign-in", {"username": "eve", "password": "guess-1234"}, REMOTE_ADDR="2001:db8::1")

    entry = AuditEntry.objects.get(action="sign_in.failed")
    assert (entry.actor, entry.address) == ("eve", "2001:db8::1")
    assert "guess-1234" not in str([vars(entry), entry.detail])


def test_a_sign_out_is_recorded(api):
    browser = Client()
    browser.force_login(api.user)
    browser.post("/ui/sign-out", REMOTE_ADDR="192.0.2.7")

    entry = AuditEntry.objects.get(action="sign_out")
    assert (entry.actor, entry.subject, entry.address) == ("admin", "admin", "192.0.2.7")
