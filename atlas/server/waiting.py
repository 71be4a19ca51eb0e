"""What is said on the terminal of a wait that takes long."""

import contextlib
import sys
import threading
from collections.abc import Iterator

QUIET_SECONDS = 5.0  # that any wait may take without a word


@contextlib.contextmanager
def told_when_long(words: str) -> Iterator[None]:
    """Say on the terminal what is waited for, once, when the block takes more than QUIET_SECONDS."""
    timer = threading.Timer(QUIET_SECONDS, tell, [words])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)
