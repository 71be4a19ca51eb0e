"""Which addresses only this machine can reach, and what must not be served on others."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach an address: an IP address, or localhost; other names may be anywhere."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def debug_is_open(host: str) -> str:
    """Return why debug mode is refused on an address."""
    return (
        f"ATLAS_DEBUG is on, and {host or 'every address'} can be reached by others: error pages would show them"
        " settings and data. Set ATLAS_DEBUG to off, or serve on 127.0.0.1 (ATLAS_HOST, --host)."
    )
