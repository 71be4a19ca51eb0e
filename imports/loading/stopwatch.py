"""Wall seconds of the phases of an import."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


class Stopwatch:
    """Phases are the keys of `seconds`; one phase may be entered any number of times."""

    def __init__(self, already: float = 0.0) -> None:
        """already: seconds that were spent before the watch started."""
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._start = time.perf_counter() - already

    @property
    def total(self) -> float:
        return time.perf_counter() - self._start

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] += time.perf_counter() - start

    def each(self, name: str, items: Iterable[_Item]) -> Iterator[_Item]:
        """The items, the time of waiting for each counted to the phase."""
        source = iter(items)
        while True:
            with self.phase(name):
                item = next(source, None)
            if item is None:
                return
            yield item
