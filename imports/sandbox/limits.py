"""What a child may use."""

from __future__ import annotations

import resource
from collections.abc import Mapping
from dataclasses import dataclass, field

OPEN_FILES = 256
#: Address space that is reserved and never used: Arrow's allocators and the stacks of threads take some GB.
RESERVED = 4 * 1024**3
#: From the signal that ends a child at its limit of processor time to the one that it cannot ignore, seconds.
PROCESSOR_GRACE = 1


@dataclass(frozen=True)
class Limits:
    """What a child may use; all numbers are for the child's whole life."""

    memory: int  # bytes that are resident, with those of processes that it starts
    processor: int  # seconds of processor time of each process
    seconds: float  # that are waited for its answers
    disk: int  # bytes of its folder
    counts_caller: bool = False  # whether the time in which it waits for us counts among the seconds, too
    settings: Mapping[str, str] = field(default_factory=dict)  # the names of these four -> the settings they are from

    def apply(self) -> None:
        """Let the kernel keep this process within the limits, as far as it can: the template watches the others."""
        _set(resource.RLIMIT_CORE, 0, 0)
        _set(resource.RLIMIT_NOFILE, OPEN_FILES, OPEN_FILES)
        _set(resource.RLIMIT_CPU, self.processor, self.processor + PROCESSOR_GRACE)
        _set(resource.RLIMIT_FSIZE, self.disk, self.disk)
        space = address_space() + 2 * self.memory + RESERVED
        _set(resource.RLIMIT_AS, space, space)


def _set(kind: int, soft: int, hard: int) -> None:
    """Set a limit, but none above what this process already has."""
    _, highest = resource.getrlimit(kind)
    if highest != resource.RLIM_INFINITY:
        soft, hard = min(soft, highest), min(hard, highest)
    resource.setrlimit(kind, (soft, hard))


def address_space() -> int:
    """Return the bytes of address space of this process."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
