"""The port of the web server."""

import contextlib
import errno
import os
import socket
from collections.abc import Iterator

import psutil

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
        listener = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise StartError(
            f"Port {port} is not available: {reason}{by_whom(port)}. Choose another one with --port."
        ) from None
    with listener:
        yield listener


def is_free(host: str, port: int) -> bool:
    """Tell whether no process has the port; any other error is not about that."""
    try:
        socket.create_server((host, port)).close()
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
