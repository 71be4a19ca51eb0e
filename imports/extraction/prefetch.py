"""Two steps of the way at once: the next item is made while the one before is used."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")


def prefetch(items: Iterator[_Item]) -> Generator[_Item]:
    """Yield the items, computing the next one while the current one is used."""
    with ThreadPoolExecutor(1) as pool:
        next_item = pool.submit(next, items, None)
        while (item := next_item.result()) is not None:
            next_item = pool.submit(next, items, None)
            yield item


def timed(items: Iterable[_Item], make: Callable[[_Item], _Made]) -> Generator[tuple[_Made, float]]:
    """Yield what is made of each item, with the seconds that it took."""
    for item in items:
        start = perf_counter()
        made = make(item)
        yield made, perf_counter() - start
