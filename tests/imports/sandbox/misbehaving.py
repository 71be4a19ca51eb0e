"""An object that misbehaves in a child of imports/sandbox in every way; the tests of this folder call it."""

import ctypes
import enum
import hashlib
import os
import re
import signal
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from django.conf import settings

from core.errors import BadRequest
from core.messages import STORED_TEXT
from imports.errors import UnreadableFile


class Colour(enum.Enum):
    RED = "red"


@dataclass(frozen=True)
class Table:
    """Something with arrays."""

    name: str
    columns: list[pa.Array]
    rows: pa.RecordBatch
    colour: Colour = Colour.RED


class Stopped(Exception):
    """An exception that is no AtlasError."""


CLASSES = (Table, Colour, BadRequest, UnreadableFile, Stopped)
MB = 1024**2


class Misbehaving:
    """Behaves, too."""

    def __init__(self, path=None):
        self.path = path
        self.calls = 0

    # --- well

    def echo(self, value):
        self.calls += 1
        return value

    def table(self, rows):
        numbers = pa.array(range(rows))
        texts = pa.array([f"text {number}" for number in range(rows)])
        batch = pa.RecordBatch.from_arrays([texts.slice(1)], names=["text"])
        return Table("t", [numbers, texts, numbers.slice(2)], batch)

    def numbers(self, count):
        try:
            yield from range(count)
        finally:
            Path(settings.ATLAS_SPOOL_DIR, "closed").touch()

    def numbers_then_error(self):
        yield 1
        raise BadRequest(STORED_TEXT(text="after one"), line=2)

    def files(self):
        return sorted(path.name for path in Path(settings.ATLAS_SPOOL_DIR).iterdir())

    def surroundings(self):
        return {
            "environment": dict(os.environ),
            "folder": os.getcwd(),
            "pid": os.getpid(),
            "template": os.getppid(),
            "sockets": sum(map(is_socket, os.listdir("/proc/self/fd"))),
            "oom": Path("/proc/self/oom_score_adj").read_text().strip(),
            "date_order": settings.ATLAS_DATE_ORDER,
            "threads": threading.active_count(),
        }

    # --- with exceptions

    def refuse(self):
        try:
            raise KeyError("secret of the row")
        except KeyError as error:
            raise UnreadableFile(STORED_TEXT(text="no table"), not_read={"lines": 3}) from error

    def refuse_text(self):
        try:
            b"\xff".decode()
        except UnicodeDecodeError as error:
            raise UnreadableFile(STORED_TEXT(text="no text"), not_read={"lines": 3}) from error

    def fail_at_text(self):
        return b"secret of the row \xff".decode()

    def stop(self):
        raise Stopped("early")

    def fail(self):
        raise ValueError("secret of the row")

    def out_of_memory(self):
        return bytearray(2**50)

    def unknown_class(self):
        return socket.socket()

    # --- without an answer

    def eat_at_once(self):
        return len(b"x" * (20 * 1024 * MB))

    def eat_slowly(self):
        eaten = []
        while True:
            eaten.append(b"x" * MB)
            time.sleep(0.0001)

    def eat_in_a_fork(self):
        if os.fork() == 0:
            self.eat_slowly()
        time.sleep(600)

    def burn(self):
        # In C, with the interpreter's lock: no thread of Python runs meanwhile.
        return bool(re.match("(a|a)*$", "a" * 60 + "b"))

    def burn_without_lock(self):
        return hashlib.pbkdf2_hmac("sha256", b"", b"", 2**31 - 1)

    def sleep(self):
        time.sleep(600)

    def ignore_signals(self):
        for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        while True:
            pass

    def fill_one_file(self):
        with open(Path(settings.ATLAS_SPOOL_DIR, "large"), "wb", buffering=0) as file:
            while True:
                file.write(b"x" * MB)

    def fill_many_files(self):
        for number in range(10**6):
            Path(settings.ATLAS_SPOOL_DIR, f"file-{number}").write_bytes(b"x" * MB)

    def exit(self, status):
        os._exit(status)

    def crash(self):
        ctypes.string_at(0)

    def abort(self):
        os.abort()

    def leave_forks(self):
        """Leave processes of sessions of their own behind."""
        pids = []
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                os.setsid()
                time.sleep(600)
                os._exit(0)
            pids.append(pid)
        return pids

    # --- with a wrong answer

    def send(self, content):
        """Write bytes of one's own to the caller, and end."""
        own = next(descriptor for descriptor in map(int, os.listdir("/proc/self/fd")) if is_socket(descriptor))
        socket.socket(fileno=own).sendall(content)
        os._exit(0)


def is_socket(descriptor):
    try:
        return "socket" in os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return False
