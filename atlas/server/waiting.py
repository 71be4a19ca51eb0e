"""Tell on the terminal what a long wait is for."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator

QUIET_SECONDS = 5.0  # a shorter wait prints nothing
REPORT_SECONDS = 10.0  # between two lines about the same wait
PAUSE_SECONDS = 0.1


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


class LongWait:
    """A wait that prints a line after QUIET_SECONDS, and then every REPORT_SECONDS."""

    def __init__(self, describe: Callable[[int], str]) -> None:
        """describe: returns the line, from the seconds waited so far."""
        self._describe = describe
        self._start = time.monotonic()
        self._next = self._start + QUIET_SECONDS

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def report(self) -> None:
        """Print the line if it is due. Call it often."""
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + REPORT_SECONDS
            notify(self._describe(round(self.seconds)))


def true_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait up to these seconds for a condition, and tell whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True


def notify(message: str) -> None:
    print(message, file=sys.stderr, flush=True)
