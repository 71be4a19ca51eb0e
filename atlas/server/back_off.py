"""When a part of the instance that ended is started again."""

import time
from collections.abc import Callable

FIRST_PAUSE = 1.0  # seconds; each further pause is twice as long
LONGEST_PAUSE = 30.0
STABLE_SECONDS = 60.0  # what ran so long is started after the first pause again


class BackOff:
    """The growing pauses between the starts of one part."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._pause = 0.0
        self._started_at = self._due_at = clock()

    def is_due(self) -> bool:
        return self._clock() >= self._due_at

    def started(self) -> None:
        self._started_at = self._clock()

    def ended(self) -> float:
        """Return the seconds until the next start."""
        was_stable = self._clock() - self._started_at >= STABLE_SECONDS
        self._pause = FIRST_PAUSE if was_stable or not self._pause else min(LONGEST_PAUSE, self._pause * 2)
        self._due_at = self._clock() + self._pause
        return self._pause
