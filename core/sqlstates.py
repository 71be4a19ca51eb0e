"""The codes of the database's errors. https://www.postgresql.org/docs/current/errcodes-appendix.html"""

from __future__ import annotations

LOCK_TIMED_OUT = "55P03"


def sqlstate_of(error: BaseException) -> str:
    """Return the server's code of an error; empty if it has none."""
    return getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None) or ""
