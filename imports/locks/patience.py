"""How long the current operation waits for locks: a request some seconds, a background import longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from core.waits.operations import stop_if_asked


@dataclass(frozen=True)
class Patience:
    """How long a background import waits."""

    seconds: float  # for locks that are not of imports and undos of ours; for these it waits as long as it takes
    meanwhile: Callable[[], None]  # called about once a second of a wait; may raise


_current: ContextVar[Patience | None] = ContextVar("patience", default=None)


@contextmanager
def patient(seconds: float, meanwhile: Callable[[], None]) -> Iterator[None]:
    """Wait like a background import in this block: Patience."""
    token = _current.set(Patience(seconds, meanwhile))
    limit_statements()
    try:
        yield
    finally:
        _current.reset(token)
        if connection.is_usable():
            limit_statements()


def wait_seconds() -> float:
    """Return how long to wait for a lock of another database session."""
    patience = _current.get()
    return patience.seconds if patience else float(settings.ATLAS_LOCK_WAIT_SECONDS)


def waits_for_imports() -> bool:
    """Return whether the operation waits for other imports and undos for as long as they take."""
    return _current.get() is not None


def between_tries() -> None:
    """Do what is to be done between two tries. Raises ClientGone, and what `meanwhile` raises."""
    stop_if_asked()
    patience = _current.get()
    if patience:
        patience.meanwhile()


def limit_statements() -> None:
    """Let every statement of the database session wait for a lock as long as the operation may."""
    set_lock_timeout(wait_seconds(), for_transaction=False)


def set_lock_timeout(seconds: float, *, for_transaction: bool) -> None:
    """for_transaction: until its end; else for the database session."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, %s)", [f"{max(1, round(seconds * 1000))}ms", for_transaction]
        )
