"""Measure the phases of an import in seconds of wall time."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


class Stopwatch:
    """A stopwatch for phases. `seconds` maps each phase to its total time; a phase may be entered several times."""

    def __init__(self, already: float = 0.0) -> None:
        """already: seconds spent before the stopwatch was started."""
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
        """Yield the items, counting the time of waiting for each to the phase."""
        source = iter(items)
        while True:
            with self.phase(name):
                item = next(source, None)
            if item is None:
                return
            yield item
