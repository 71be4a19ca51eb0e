"""The child: it makes one object, and calls its methods for the caller at the other end of a socket."""

from __future__ import annotations

import contextlib
import ctypes
import faulthandler
import importlib
import os
import pickle
import select
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Generator, Mapping
from pathlib import Path
from traceback import format_tb
from typing import Any, NoReturn

from django.conf import settings

from imports.sandbox import frames
from imports.sandbox.frames import Disconnected, Kind
from imports.sandbox.limits import Limits
from imports.sandbox.plain_data import Vocabulary

PR_SET_PDEATHSIG = 1  # linux/prctl.h
MAKE = "__init__"  # the method of the first call
_LIBC = ctypes.CDLL(None)


def prctl(option: int, value: int) -> None:
    """Call Linux's prctl, of which Python has no function."""
    _LIBC.prctl(option, value, 0, 0, 0)


def run(order: Mapping[str, Any], limits: Limits, data: socket.socket, template: int) -> NoReturn:
    """Serve the caller in this process, which was just forked, and end it. template: the process that forked it."""
    status = 1
    try:
        _become_child(limits, data, template)
        _use(Path(order["folder"]), order["settings"])
        _Server(data, named(order["serves"]), Vocabulary(named(order["vocabulary"]))).serve()
    except Disconnected:
        status = 0
    except BaseException:
        traceback.print_exc()  # ours: what the file causes is sent to the caller
    finally:
        os._exit(status)  # without what the template has registered for its own end


def _become_child(limits: Limits, data: socket.socket, template: int) -> None:
    """Leave all that belongs to the template, and end when it ends."""
    os.setsid()
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != template:
        os._exit(1)
    # The kernel ends this process before any other when memory runs out.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    log = os.dup(2)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):  # what libraries print may quote the file
        os.dup2(nothing, descriptor)
    sys.stderr = open(log, "w", buffering=1, closefd=False)  # Python's own, to the end of the process
    faulthandler.enable(log)
    for descriptor in map(int, os.listdir("/proc/self/fd")):
        if descriptor > 2 and descriptor not in (log, data.fileno()):
            with contextlib.suppress(OSError):
                os.close(descriptor)
    limits.apply()


def _use(folder: Path, values: Mapping[str, Any]) -> None:
    """Set what the readers need: a few settings of the service, and a folder for temporary files."""
    for name, value in values.items():
        setattr(settings, name, value)
    settings.ATLAS_SPOOL_DIR = folder
    tempfile.tempdir = str(folder)


def name_of(kind: type) -> str:
    """Return the name under which a child finds a class."""
    return f"{kind.__module__}:{kind.__qualname__}"


def named(path: str) -> Any:
    """Return what a module has under a name: "package.module:name"."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


class _Server:
    """Calls the methods of one object, one after the other."""

    def __init__(self, data: socket.socket, kind: type, vocabulary: Vocabulary) -> None:
        self._data = data
        self._fill = frames.fill_from(data)
        self._vocabulary = vocabulary
        self._kind = kind
        self._object: Any = None

    def serve(self) -> NoReturn:
        """Answer calls until the caller leaves. Raises Disconnected."""
        while True:
            frame = frames.read(self._fill)
            if frame.kind == Kind.CALL:  # a STOP may come after the last item
                self._answer(*pickle.loads(frame.plain))  # noqa: S301  # the caller is trusted: it is this process's origin

    def _answer(self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
        try:
            result = self._call(method, arguments, named)
            if isinstance(result, Generator):
                self._send(Kind.STREAM, None)
                self._send_items(result)
            else:
                self._send(Kind.RESULT, result)
        except Disconnected:
            raise
        except BaseException as error:
            self._send_error(error)

    def _call(self, method: str, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if method == MAKE:
            self._object = self._kind(*arguments, **named)
            return None
        return getattr(self._object, method)(*arguments, **named)

    def _send_items(self, items: Generator[Any]) -> None:
        """Send the items until there are no more, or the caller wants no more."""
        with contextlib.closing(items):
            for item in items:
                if self._is_stopped():
                    break
                self._send(Kind.ITEM, item)
        self._send(Kind.END, None)

    def _is_stopped(self) -> bool:
        """Return whether the caller has sent something: while there are items, it is that it wants no more."""
        return bool(select.select([self._data], [], [], 0)[0])

    def _send(self, kind: Kind, value: Any) -> None:
        parts = frames.parts_of(kind, *self._vocabulary.encode(value))
        try:
            for part in parts:
                self._data.sendall(part)
        except OSError as error:
            raise Disconnected from error

    def _send_error(self, error: BaseException) -> None:
        """Send an exception of the vocabulary as it is; of any other what a log may have."""
        trace = "".join(format_tb(error.__traceback__))
        if self._vocabulary.name_of(type(error)):
            with contextlib.suppress(TypeError):
                cause = error.__cause__
                kind = None if cause is None else type(cause).__name__
                self._send(Kind.ERROR, {"error": error, "cause": kind, "trace": trace})
                return
        errno = error.errno if isinstance(error, OSError) else None
        names = [kind.__name__ for kind in type(error).__mro__]
        self._send(Kind.FAULT, {"names": names, "errno": errno, "trace": trace})
