"""Which addresses only this machine can reach, and what must not be served on others."""

import contextlib
import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address: an IP address, or localhost; other names may be anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def is_ipv6(host: str) -> bool:
    return ":" in host


def is_every_address(host: str) -> bool:
    """Tell whether a server on this address can be reached at all addresses of the machine."""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host.strip("[]")).is_unspecified
    return not host


def url_of(host: str, port: int) -> str:
    """Return the URL at which this machine reaches a server that listens on the address."""
    if is_every_address(host):
        host = "::1" if is_ipv6(host) else "127.0.0.1"
    return f"http://{url_host(host)}:{port}"


def url_host(host: str) -> str:
    """Return the address as URLs and the header Host have it."""
    return f"[{host.strip('[]')}]" if is_ipv6(host) else host


def debug_is_open(host: str) -> str:
    """Return why debug mode is refused on an address."""
    return (
        f"ATLAS_DEBUG is on, and {host or 'every address'} can be reached by others: error pages would show them"
        " settings and data. Set ATLAS_DEBUG to off, or serve on 127.0.0.1 (ATLAS_HOST, --host)."
    )
