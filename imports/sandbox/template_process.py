"""The template of this process: started when it is first needed, or early; started again when it has ended."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
#: What libraries read. No other variable of this process reaches a template: they include credentials.
ENVIRONMENT = {
    "PYTHONPATH": str(PROJECT),
    "PYTHONUTF8": "1",
    "TZ": "UTC",
    "OPENBLAS_NUM_THREADS": "1",  # a process that forks has one thread
}
END_SECONDS = 5.0  # for a template that ends by itself when its orders end


@dataclass(frozen=True)
class Program:
    """What a template loads before the first child needs it."""

    modules: tuple[str, ...]
    warm_up: str = ""  # a function to call then, "package.module:name": for what else children would have to do


class TemplateEnded(Exception):
    """The template could not be started, or ended with an order unread."""


class _Template:
    """The process, and the socket for its orders."""

    def __init__(self, program: Program) -> None:
        self._orders, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command: list[str] = [sys.executable, "-P", "-m", "imports.sandbox.template", program.warm_up, *program.modules]
        with theirs:
            self._process: subprocess.Popen[bytes] = subprocess.Popen(
                command,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,  # Ctrl-C in a terminal reaches this process only, which ends the template
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def send(self, order: bytes, descriptors: list[int]) -> None:
        """Raises OSError where the template has ended."""
        socket.send_fds(self._orders, [order], descriptors)

    def leave(self) -> None:
        """Close the socket, which ends the template unless another process has it too."""
        self._orders.close()

    def end(self) -> None:
        """End the process, and wait until it has ended."""
        self.leave()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(END_SECONDS)
            return
        self._process.kill()
        self._process.wait()


class Templates:
    """The one template of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._template: _Template | None = None
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.end)

    def start(self, program: Program) -> int:
        """Start the template where none runs; return its process id. Raises TemplateEnded."""
        return self._running(program).pid

    def _running(self, program: Program) -> _Template:
        with self._lock:
            if self._template is None or not self._template.is_running:
                if self._template:
                    self._template.leave()
                try:
                    self._template = _Template(program)
                except OSError as error:
                    raise TemplateEnded from error
            return self._template

    def order(self, program: Program, order: Mapping[str, Any], descriptors: list[int]) -> None:
        """Have a child forked. descriptors: of the two sockets for it. Raises TemplateEnded: then try again."""
        message = json.dumps(order).encode()
        try:
            self._send(program, message, descriptors)
        except OSError:  # the template has just ended, which `is_running` may not know yet
            try:
                self._send(program, message, descriptors)
            except OSError as error:
                raise TemplateEnded from error

    def _send(self, program: Program, message: bytes, descriptors: list[int]) -> None:
        template = self._running(program)
        try:
            template.send(message, descriptors)
        except OSError:
            template.end()
            raise

    def end(self) -> None:
        with self._lock:
            if self._template:
                self._template.end()
            self._template = None

    def _forget(self) -> None:
        """Leave the template to the process that this one was forked from."""
        if self._template:
            self._template.leave()
        self._template = None
        self._lock = threading.Lock()


templates = Templates()
