"""Rows that the server sends bit by bit."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from typing import Any

from django.db.models import QuerySet

FETCHED = 5_000  # rows at a time


@contextmanager
def streamed(rows: QuerySet[Any, Any]) -> Iterator[Iterator[Any]]:
    """Give the rows through a cursor of the server, which is closed at the end of the `with` block.

    A loop that is left half way leaves its cursor to the garbage collector. That closes it in whichever transaction
    runs by then in the same session, where there is no such cursor: the server then aborts that transaction.
    """
    with closing(_each(rows)) as each:
        yield each


def _each(rows: QuerySet[Any, Any]) -> Generator[Any]:
    yield from rows.iterator(FETCHED)
