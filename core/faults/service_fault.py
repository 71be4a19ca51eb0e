"""Tell a fault of our disks or our database by its errno or SQLSTATE, never by its words."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db.utils import Error as DatabaseError
from django.db.utils import InterfaceError, OperationalError

from core.errors import AtlasError, DatabaseUnavailable, DiskFull, StorageUnavailable
from core.faults import messages
from core.messages import Sentence
from core.sqlstates import sqlstate_of

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: What a disk, its permissions or the limits of the process cause; not what a missing file or a closed pipe does.
_FAILED = {
    errno.EACCES, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENODEV, errno.ENXIO, errno.EPERM, errno.EROFS,
    errno.ESTALE,
}  # fmt: skip

_LOST = (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
#: SQLSTATE, or the beginning of one, the longest first. https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: dict[str, tuple[type[AtlasError], Sentence]] = {
    "53100": (DiskFull, messages.DATABASE_DISK_FULL),
    "53200": (DatabaseUnavailable, messages.DATABASE_OUT_OF_MEMORY),
    "53300": (DatabaseUnavailable, messages.DATABASE_OUT_OF_CONNECTIONS),
    "25P03": (DatabaseUnavailable, messages.DATABASE_SESSION_ENDED),
    "25P04": (DatabaseUnavailable, messages.DATABASE_SESSION_ENDED),
    "57P05": (DatabaseUnavailable, messages.DATABASE_SESSION_ENDED),
    "57P03": (DatabaseUnavailable, messages.DATABASE_STARTING),
    "25006": (DatabaseUnavailable, messages.DATABASE_READ_ONLY),
    "57P": (DatabaseUnavailable, messages.DATABASE_STOPPING),
    "08": (DatabaseUnavailable, messages.DATABASE_AWAY),
    "53": (DatabaseUnavailable, messages.DATABASE_OVERLOADED),
    "58": (DatabaseUnavailable, messages.DATABASE_FILES_FAILED),
}


def service_fault(error: BaseException) -> AtlasError | None:
    """Return an exception as a fault of the service; None if it is another's, a bug, or has its words already."""
    if isinstance(error, AtlasError):
        return None
    if isinstance(error, DatabaseError | psycopg.Error):
        return _of_database(error)
    if isinstance(error, OSError):
        return _of_disk(error)
    return service_fault(error.__cause__) if error.__cause__ else None


def _of_database(error: BaseException) -> AtlasError | None:
    state = sqlstate_of(error)
    if not state:
        # The server did not answer, so that there is no code: the connection was refused, or broke.
        return DatabaseUnavailable(messages.DATABASE_AWAY()) if isinstance(error, _LOST) else None
    kind, sentence = next((_STATES[part] for part in _STATES if state.startswith(part)), (None, None))
    return kind(sentence()) if kind and sentence else None


def _of_disk(error: OSError) -> AtlasError | None:
    if error.errno in _FULL:
        return DiskFull(messages.DISK_FULL())
    if error.errno in _FAILED:
        return StorageUnavailable(messages.FILES_FAILED(error=error.strerror))
    return None


@contextmanager
def faults_translated() -> Iterator[None]:
    """Raise a fault of the service in place of what a disk or the database raised."""
    try:
        yield
    except (OSError, DatabaseError, psycopg.Error) as error:
        fault = service_fault(error)
        if fault is None:
            raise
        raise fault from error
