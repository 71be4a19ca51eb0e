"""Run as a program: a process that has loaded what children need, and forks one for each order.

It has one thread, no connection to the database and an environment without credentials. Orders come over the socket
that is its standard input, each with two more sockets: one for the data of the child, and one that tells the caller how
the child ended and the template that the caller has left. It ends with its parent, and its children with it.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Iterable

from django.conf import settings

from imports.sandbox.child import named, prctl
from imports.sandbox.job import Job, children

TICK = 0.05  # seconds from one look at what the children use to the next
IDLE = 5.0  # seconds from one look whether the parent is still there to the next; its end closes the socket, too
MAX_ORDER = 64 * 1024  # bytes
PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


class Template:
    """The children that run, and what is waited for."""

    def __init__(self, orders: socket.socket) -> None:
        self._orders = orders
        self._jobs: dict[int, Job] = {}  # by descriptor: of its process, and of its control socket
        self._poll = selectors.DefaultSelector()
        self._poll.register(orders, selectors.EVENT_READ)
        self._parent = os.getppid()

    def serve(self) -> None:
        """Fork children until the parent ends."""
        while os.getppid() == self._parent:
            for key, _ in self._poll.select(TICK if self._jobs else IDLE):
                if key.fileobj is self._orders:
                    if not self._take_order():
                        return
                elif key.fd in self._jobs:
                    self._take_event(key.fd, self._jobs[key.fd])
            for job in set(self._jobs.values()):
                job.watch()

    def _take_order(self) -> bool:
        """Fork a child; return False where the parent has ended."""
        message, descriptors, _, _ = socket.recv_fds(self._orders, MAX_ORDER, 2)
        if not message:
            return False
        data, control = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        try:
            job = Job(json.loads(message), data, control)
        except OSError:  # no memory for a process, or too many: the caller learns it from the closed sockets
            data.close()
            control.close()
            return True
        for descriptor in (job.pidfd, control.fileno()):
            self._poll.register(descriptor, selectors.EVENT_READ)
            self._jobs[descriptor] = job
        return True

    def _take_event(self, descriptor: int, job: Job) -> None:
        """End the child of a caller who has left, or tell a caller that his child has ended."""
        if descriptor != job.pidfd:
            job.kill()
            self._forget(descriptor)
            return
        for one in [one for one, other in self._jobs.items() if other is job]:
            self._forget(one)
        job.close()
        self._end_strays()

    def _forget(self, descriptor: int) -> None:
        self._poll.unregister(descriptor)
        del self._jobs[descriptor]

    def _end_strays(self) -> None:
        """End what a child has started and left behind: Linux makes it ours, because we asked for that."""
        ours = {job.pid for job in self._jobs.values()}
        _end_processes(pid for pid in children(os.getpid()) if pid not in ours)

    def end(self) -> None:
        """End all children, and what becomes ours when they have ended."""
        for job in set(self._jobs.values()):
            job.kill()
        while pids := list(children(os.getpid())):
            _end_processes(pids)


def _end_processes(pids: Iterable[int]) -> None:
    for pid in list(pids):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def main(modules: list[str], warm_up: str) -> None:
    """Load modules, call a function that prepares more (package.module:name; none if empty), and serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    settings.configure(USE_TZ=True, TIME_ZONE="UTC")  # a child sets the few more that it needs
    for module in modules:
        importlib.import_module(module)
    if warm_up:
        try:
            named(warm_up)()
        except Exception:  # children are slower then, and no more
            traceback.print_exc()
    # What is loaded stays: a collection in a child would copy all of its pages.
    gc.collect()
    gc.freeze()
    template = Template(socket.socket(fileno=sys.stdin.fileno()))
    try:
        template.serve()
    finally:
        template.end()


if __name__ == "__main__":
    main(sys.argv[2:], sys.argv[1])
