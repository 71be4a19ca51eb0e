"""The address of the client, where the site runs behind proxies."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def client_address(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Set REMOTE_ADDR to the address that our outermost proxy saw, whatever the client itself sent."""

    def respond(request: HttpRequest) -> HttpResponse:
        if address := _forwarded_for(request.META.get("HTTP_X_FORWARDED_FOR", "")):
            request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return respond


def _forwarded_for(header: str) -> str | None:
    """Return the client's address from the header, or None. Each of ATLAS_PROXIES appends one address at the end."""
    proxies: int = settings.ATLAS_PROXIES
    addresses = header.split(",")
    if not 0 < proxies <= len(addresses):
        return None
    text = addresses[-proxies].strip()
    try:
        ip_address(text)
    except ValueError:
        return None
    return text.partition("%")[0]  # without the zone, which is meaningful only on that machine
