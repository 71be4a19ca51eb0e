"""A transaction that only looks."""

from __future__ import annotations

from django.db import connection


def look_only(seconds: float) -> None:
    """Let the transaction that has just begun see one state of the database, and wait so long for locks at most."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute(f"SET LOCAL lock_timeout = '{seconds}s'")
