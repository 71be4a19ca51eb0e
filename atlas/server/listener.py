"""The port of the web server."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

import psutil

from atlas.server.addresses import is_ipv6
from atlas.server.start_error import StartError
from atlas.server.waiting import notify, true_within

MAX_COMMAND_LENGTH = 80  # characters
LEAVE_SECONDS = 30.0  # for the web server of the last instance to end, when ./run itself was killed


@contextlib.contextmanager
def listening(host: str, port: int, *, last_instance: str = "") -> Iterator[socket.socket]:
    """Open the port first, so that a port in use is reported before anything is created.

    last_instance: "… at http://…"; if it had the same port, its web server may still be ending, and is waited for.
    """
    if last_instance.endswith(f":{port}") and not is_free(host, port):
        notify(f"Port {port} is still used{by_whom(port)}. Waiting up to {LEAVE_SECONDS:.0f} s for the last instance.")
        true_within(LEAVE_SECONDS, lambda: is_free(host, port))
    try:
        listener = opened(host, port)
    except OSError as error:
        raise StartError(why_not_opened(error, host, port)) from None
    with listener:
        yield listener


def opened(host: str, port: int) -> socket.socket:
    """Raises OSError."""
    family = socket.AF_INET6 if is_ipv6(host) else socket.AF_INET
    return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)


def why_not_opened(error: OSError, host: str, port: int) -> str:
    if (error.errno or 0) < 0:  # of the look-up of names
        return f"The address {host} is not known. Choose another one with --host or ATLAS_HOST."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This machine does not have the address {host}. Choose another one with --host or ATLAS_HOST."
    reason = os.strerror(error.errno or 0)
    return f"Port {port} is not available: {reason}{by_whom(port)}. Choose another one with --port or ATLAS_PORT."


def is_free(host: str, port: int) -> bool:
    """Tell whether no process has the port; any other error is not about that."""
    try:
        opened(host, port).close()
    except OSError as error:
        return error.errno != errno.EADDRINUSE
    return True


def by_whom(port: int) -> str:
    """Return " by process 4711 (nginx: master)"; an empty text where the system does not say."""
    with contextlib.suppress(psutil.Error, OSError):
        for each in psutil.net_connections(kind="tcp"):
            if each.status == psutil.CONN_LISTEN and each.laddr.port == port and each.pid:
                command = " ".join(psutil.Process(each.pid).cmdline())[:MAX_COMMAND_LENGTH]
                return f" by process {each.pid} ({command})"
    return ""
