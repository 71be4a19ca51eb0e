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
    text = _without_port(addresses[-proxies].strip())
    try:
        ip_address(text)
    except ValueError:
        return None
    return text.partition("%")[0]  # without the zone, which is meaningful only on that machine


def _without_port(text: str) -> str:
    """Return the address of 192.0.2.7:4711, [2001:db8::7]:4711 or [2001:db8::7], as some proxies write it."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
