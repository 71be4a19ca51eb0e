"""How long a statement of a page or of a reading request may take, and how long its transaction may be idle."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

#: Seconds of a statement, and of an idle transaction, which a client may cause that does not read its answer.
Limits = tuple[int, int]
NONE: Limits = (0, 0)


@contextmanager
def statements_limited(*, is_read: bool) -> Iterator[None]:
    """Limit the statements of this thread's database session in the block; set before the first of them."""
    limits = (settings.ATLAS_STATEMENT_SECONDS, settings.ATLAS_IDLE_SECONDS) if is_read else NONE

    def limited(execute: Callable[..., Any], query: Any, params: Any, many: bool, context: Any) -> Any:
        _set(limits)
        return execute(query, params, many, context)

    with connection.execute_wrapper(limited):
        yield


def allow_long_statements() -> None:
    """Let the statements of this database session take as long as the client reads: for exports."""
    connection.ensure_connection()
    _set((0, settings.ATLAS_IDLE_SECONDS))


def limit_statements_of_transaction(seconds: float) -> None:
    """Let no further statement of the transaction take longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{max(1, round(seconds * 1000))}ms"])


_SET = "SELECT set_config('statement_timeout', %s, false), set_config('idle_in_transaction_session_timeout', %s, false)"


def _set(limits: Limits) -> None:
    """Set the limits of the session, unless it has them. Not in a transaction, whose end may take them back."""
    session = connection.connection
    if connection.in_atomic_block or getattr(session, "atlas_limits", NONE) == limits:
        return
    statement, idle = (f"{seconds}s" for seconds in limits)
    with connection.wrap_database_errors:
        session.execute(_SET, [statement, idle])
    session.atlas_limits = limits
