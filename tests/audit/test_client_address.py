"""Where a request came from: a header counts only where the settings say that a proxy of ours wrote it."""

import pytest

from audit.models import AuditEntry


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (2, "203.0.113.9", "192.0.2.7"),
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "fe80::1%eth0", "fe80::1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "", "192.0.2.7"),
        (1, "somewhere", "192.0.2.7"),
        (1, "203.0.113.9, ", "192.0.2.7"),
    ],
)
def test_the_address_of_the_sender(anonymous, settings, proxies, header, address):
    settings.ATLAS_PROXIES = proxies

    anonymous.post(
        "/ui/sign-in", {"username": "eve", "password": "x"}, REMOTE_ADDR="192.0.2.7", HTTP_X_FORWARDED_FOR=header
    )

    assert AuditEntry.objects.get().address == address
