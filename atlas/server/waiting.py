"""Tell on the terminal what a long wait is for."""

import contextlib
import sys
import threading
from collections.abc import Iterator

QUIET_SECONDS = 5.0  # a shorter wait prints nothing


@contextlib.contextmanager
def notify_if_slow(message: str) -> Iterator[None]:
    """Print the message once if the block takes more than QUIET_SECONDS."""
    timer = threading.Timer(QUIET_SECONDS, notify, [message])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def notify(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
