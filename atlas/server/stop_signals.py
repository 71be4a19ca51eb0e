"""The signals that stop ./run."""

import signal
import sys

_is_requested = False


def install() -> None:
    """Let SIGINT, SIGTERM and SIGHUP exit this process through every `finally`; later ones do not interrupt them."""
    signal.signal(signal.SIGINT, _stop)
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
        signal.signal(signal.SIGHUP, _stop)


def exit_if_requested() -> None:
    """Exit if a signal has arrived whose exception was lost: Python ignores exceptions in destructors."""
    if _is_requested:
        sys.exit(0)


def _stop(*_: object) -> None:
    global _is_requested
    if not _is_requested:
        _is_requested = True
        sys.exit(0)
