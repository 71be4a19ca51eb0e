"""The address that a request came from, where proxies stand before the site."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest, HttpResponse


def address_of_sender(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Puts into REMOTE_ADDR what the outermost of our own proxies saw; whatever the sender itself claims stays out."""

    def respond(request: HttpRequest) -> HttpResponse:
        if address := _forwarded_for(request.META.get("HTTP_X_FORWARDED_FOR", "")):
            request.META["REMOTE_ADDR"] = address
        return get_response(request)

    return respond


def _forwarded_for(header: str) -> str | None:
    """Each proxy adds one address at the end: ours is so many from there as there are proxies."""
    proxies: int = settings.ATLAS_PROXIES
    addresses = header.split(",")
    if not 0 < proxies <= len(addresses):
        return None
    text = addresses[-proxies].strip()
    try:
        ip_address(text)
    except ValueError:
        return None
    return text.partition("%")[0]  # no zone: it means something on that machine only
