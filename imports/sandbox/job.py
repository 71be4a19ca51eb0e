"""One child, as the template sees it: forked, watched, ended."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from imports.sandbox import child
from imports.sandbox.limits import Limits

PAGE = resource.getpagesize()


class Exceeded(StrEnum):
    """The limits that the template watches."""

    MEMORY = "memory"
    DISK = "disk"


@dataclass(frozen=True)
class Ending:
    """How a child ended."""

    status: int  # of os.waitpid
    exceeded: str | None  # an Exceeded: why the template ended it
    processor: float  # seconds that it used

    @property
    def signal(self) -> int | None:
        """Return the signal that ended it; None where it ended by itself."""
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else None

    def as_bytes(self) -> bytes:
        return json.dumps(asdict(self)).encode()

    @classmethod
    def of_bytes(cls, data: bytes) -> Ending:
        return cls(**json.loads(data))


class Job:
    """A running child. Its caller leaves by closing the other end of `control`."""

    def __init__(self, order: dict[str, Any], data: socket.socket, control: socket.socket) -> None:
        """order: what `template_process` sends, with the limits, the folder and the object to serve."""
        self.control = control
        self._limits = Limits(**order["limits"])
        self._folder = Path(order["folder"])
        self._exceeded: Exceeded | None = None
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            child.run(order, self._limits, data, parent)
        data.close()
        self.pidfd = os.pidfd_open(self.pid)

    def watch(self) -> None:
        """End the child if it exceeds its memory or its disk."""
        if self._exceeded:
            return
        if resident(self.pid) > self._limits.memory:
            self._exceeded = Exceeded.MEMORY
        elif on_disk(self._folder) > self._limits.disk:
            self._exceeded = Exceeded.DISK
        if self._exceeded:
            self.kill()

    def kill(self) -> None:
        """End the child and what it has started."""
        for pid in [self.pid, *descendants(self.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        """Tell the caller how the child ended. Call it when `pidfd` says that it has."""
        os.close(self.pidfd)
        _, status, used = os.wait4(self.pid, 0)
        ending = Ending(status, self._exceeded, used.ru_utime + used.ru_stime)
        with contextlib.suppress(OSError):  # the caller has left
            self.control.send(ending.as_bytes())
        self.control.close()


def resident(pid: int) -> int:
    """Return the bytes of memory that a process and its descendants hold; 0 where it has ended."""
    return sum(map(_resident, [pid, *descendants(pid)]))


def _resident(pid: int) -> int:
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * PAGE
    except (OSError, IndexError):
        return 0


def on_disk(folder: Path) -> int:
    """Return the bytes that the files of a folder take on the disk."""
    total = 0
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):  # deleted by now
                total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def descendants(pid: int) -> list[int]:
    """Return the processes that a process has started, and those that they have, as far as they still run."""
    return [found for one in children(pid) for found in (one, *descendants(one))]


def children(pid: int) -> Iterator[int]:
    """Yield the processes that a process has started."""
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                yield from map(int, file.read().split())
