"""What the database's refusals to wait any longer mean for users: SQLSTATE -> error."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import Error as DatabaseError

from core.errors import AtlasError, QueryStopped, QueryTooLong, TableBusy
from core.messages import Message
from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from core.waits import messages
from core.waits.operations import current_operation

CONFLICTS = ("40P01", "40001")  # a deadlock, a serialization failure
CANCELLED = "57014"  # by a timeout, by us, or by an administrator


def given_up_wait(error: BaseException, table_name: str | None = None) -> AtlasError | None:
    """Return what to raise in place of an error of the database; None for errors that have another reason.

    table_name: the table that it is about, if that is known.
    """
    state = sqlstate_of(error)
    if state == LOCK_TIMED_OUT:
        return table_busy(table_name)
    if state in CONFLICTS:
        return TableBusy(messages.DEADLOCK(), **_of_table(table_name))
    return _cancelled(table_name) if state == CANCELLED else None


def table_busy(table_name: str | None) -> TableBusy:
    """Return the error for a wait that was given up, with what holds which lock as far as it is known.

    table_name: the table that the request is about; what it waits for may be another one, such as the history.
    """
    operation = current_operation()
    holders = operation.holders if operation else ()
    holder = (holders[0].as_message() if holders else messages.HELD_BY_UNKNOWN()).as_json()
    held = (holders[0].relation if holders else None) or table_name
    if held:
        message: Message = messages.TABLE_HELD(table=held, holder=holder)
    else:
        message = messages.DATABASE_HELD(holder=holder)
    return TableBusy(message, held_by=[each.as_json() for each in holders], **_of_table(table_name))


def _of_table(table_name: str | None) -> dict[str, str]:
    return {"table_name": table_name} if table_name else {}


def _cancelled(table_name: str | None) -> AtlasError:
    operation = current_operation()
    if operation and operation.stop_reason:
        operation.unwind()
        return operation.stop_reason
    if operation and operation.is_waiting:  # the limit of the query came first
        return table_busy(table_name)
    seconds = settings.ATLAS_STATEMENT_SECONDS
    if seconds and operation and operation.seconds >= seconds:
        return QueryTooLong(messages.QUERY_TOO_LONG(seconds=seconds))
    return QueryStopped(messages.QUERY_STOPPED())


@contextmanager
def given_up_waits(table_name: str | None = None) -> Iterator[None]:
    """Raise TableBusy and the like in place of the database's errors."""
    try:
        yield
    except (DatabaseError, psycopg.Error) as error:
        translated = given_up_wait(error, table_name)
        if translated is None:
            raise
        raise translated from None
