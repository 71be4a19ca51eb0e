"""An object in a child process, to be called like one here."""

from __future__ import annotations

import builtins
import contextlib
import errno
import logging
import os
import pickle
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, cast

from imports.errors import ReaderUnavailable, UnreadableFile
from imports.sandbox import ending, frames
from imports.sandbox.child import MAKE, name_of
from imports.sandbox.frames import Disconnected, InvalidFrame, Kind
from imports.sandbox.job import Ending
from imports.sandbox.limits import Limits
from imports.sandbox.plain_data import InvalidData, Vocabulary
from imports.sandbox.template_process import Program, TemplateEnded, templates
from imports.sources.spool_files import child_folder

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5  # from one look whether the work goes on to the next
START_SECONDS = 60.0  # for a template to start, and to fork a child
REPORT_SECONDS = 10.0  # for the template to tell how a child ended
MAX_REPORT = 4096  # bytes


class UnexpectedError(Exception):
    """An exception in a child, of a class that is not known here."""


@dataclass(frozen=True)
class Service:
    """A class whose objects are made in children."""

    kind: type
    classes: tuple[type, ...]  # of what its methods return and raise, as Vocabulary has them
    vocabulary: str  # where those are: "package.module:name"
    program: Program  # of the template
    meanwhile: Callable[[], None] = lambda: None  # called now and then while a child works; may raise


@contextlib.contextmanager
def opened(
    service: Service, limits: Limits, folder: Path, settings: Mapping[str, Any], *args: Any, **named: Any
) -> Iterator[Any]:
    """Give an object made in a child, and end the child after the `with` block. Its methods may raise what this does.

    folder: in which the child gets a folder for its files, deleted at the end. settings: of Django, that it needs.
    args, named: what the object is made of; it does not read the file for that.
    Raises FileTooCostly, UnreadableFile and ReaderUnavailable.
    """
    with child_folder(folder) as own:
        order = {
            "serves": name_of(service.kind),
            "vocabulary": service.vocabulary,
            "limits": asdict(limits),
            "folder": str(own),
            "settings": dict(settings),
        }
        make = partial(_made, service, order, limits, args, named)
        connection, calls = _again(make)
        try:
            yield Remote(service.kind, calls)
        finally:
            connection.end()


def _again(make: Callable[[], tuple[Connection, Calls]]) -> tuple[Connection, Calls]:
    """Try once more where the template has just ended: it is started again."""
    with contextlib.suppress(ReaderUnavailable):
        return make()
    return make()


def _made(
    service: Service, order: Mapping[str, Any], limits: Limits, args: tuple[Any, ...], named: Mapping[str, Any]
) -> tuple[Connection, Calls]:
    """Have a child make the object."""
    connection = _connection(service, order, limits)
    try:
        calls = Calls(connection, Vocabulary(service.classes))
        calls.call(MAKE, *args, **named)
    except BaseException:
        connection.end()
        raise
    connection.count_time()
    return connection, calls


def _connection(service: Service, order: Mapping[str, Any], limits: Limits) -> Connection:
    data, its_data = frames.pair()
    control, its_control = socket.socketpair()
    with its_data, its_control:
        try:
            templates.order(service.program, order, [its_data.fileno(), its_control.fileno()])
        except TemplateEnded as error:
            data.close()
            control.close()
            raise ending.unavailable() from error
    return Connection(data, control, limits, service.meanwhile)


class Connection:
    """The caller's end of the sockets of one child."""

    def __init__(
        self, data: socket.socket, control: socket.socket, limits: Limits, meanwhile: Callable[[], None]
    ) -> None:
        self.limits = limits
        self._data = data
        self._control = control
        self._meanwhile = meanwhile
        self._looked = time.monotonic()  # when `meanwhile` was called last
        self._seconds = START_SECONDS  # that may still be waited
        self._returned = 0.0  # when the last wait ended, if the time since then counts
        self._is_started = False
        self.is_open = True

    def count_time(self) -> None:
        """Let the time count that is waited for the child from now on: it has started."""
        self._is_started, self._seconds, self._returned = True, self.limits.seconds, time.monotonic()

    def end(self) -> None:
        """End the child, and wait until it has ended: what it had on the disk can then be deleted."""
        if self.is_open:
            self._control.shutdown(socket.SHUT_WR)  # which the template sees as the end
            self._ending()

    def send(self, kind: Kind, content: Any = None) -> None:
        """Send a frame to the child. Raises as `receive` does, but InvalidFrame where it is too large."""
        with self._translated():
            for part in frames.parts_of(kind, pickle.dumps(content)):
                rest = memoryview(part)
                while rest:
                    rest = rest[self._in_time(partial(self._data.send, rest)) :]

    def receive(self) -> frames.Frame:
        """Return the next frame. Raises FileTooCostly, UnreadableFile, ReaderUnavailable, and what `meanwhile` does."""
        if time.monotonic() - self._looked > LOOK_SECONDS:  # else not called where each frame comes at once
            self._look()
        with self._translated():
            return frames.read(self._fill)

    def refuse(self) -> UnreadableFile:
        """End a child that has sent something invalid; return the error."""
        self.end()
        return ending.invalid_answer()

    def _fill(self, buffer: memoryview) -> None:
        while buffer:
            received = self._in_time(partial(self._data.recv_into, buffer))
            if not received:
                raise Disconnected
            buffer = buffer[received:]

    def _in_time(self, act: Callable[[], int]) -> int:
        """Wait for the child, but not longer than all waits together may take. Raises TimeoutError."""
        start = self._returned if self._is_started and self.limits.counts_caller else time.monotonic()
        while True:
            self._seconds, start = self._seconds - (time.monotonic() - start), time.monotonic()
            if self._seconds <= 0:
                raise TimeoutError
            self._data.settimeout(min(self._seconds, LOOK_SECONDS))
            with contextlib.suppress(TimeoutError):
                done = act()
                self._returned = time.monotonic()
                self._seconds -= self._returned - start
                return done
            self._look()

    def _look(self) -> None:
        """Call `meanwhile`. Where it raises, end the child, whose next bytes may be the rest of a frame."""
        self._looked = time.monotonic()
        try:
            self._meanwhile()
        except BaseException:
            self.end()
            raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise an error for the user where the child has ended, takes too long or sends what is no frame."""
        if not self.is_open:
            raise RuntimeError("The child has ended.")
        try:
            yield
        except TimeoutError:
            self.end()
            raise ending.too_much_time(self.limits) if self._is_started else ending.unavailable() from None
        except InvalidFrame:
            raise self.refuse() from None
        except (Disconnected, OSError):
            raise ending.error_of(self._ending(), self.limits) from None

    def _ending(self) -> Ending | None:
        """Wait until the child has ended; return how, None where the template ended with it."""
        self.is_open = False
        self._data.close()
        self._control.settimeout(REPORT_SECONDS)
        try:
            report = self._control.recv(MAX_REPORT)
        except OSError:
            return None
        finally:
            self._control.close()
        return Ending.of_bytes(report) if report else None


class Remote:
    """The object in the child: it has the methods of its class. Call them from one thread at a time."""

    def __init__(self, kind: type, calls: Calls) -> None:
        self._kind = kind
        self._calls = calls

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name.startswith("_") or not callable(getattr(self._kind, name, None)):
            raise AttributeError(name)
        return partial(self._calls.call, name)


class Calls:
    """The calls of methods over a connection, and what they give."""

    def __init__(self, connection: Connection, vocabulary: Vocabulary) -> None:
        self._connection = connection
        self._vocabulary = vocabulary
        self._items: Items | None = None

    def call(self, method: str, *args: Any, **named: Any) -> Any:
        """Return what a method returns; an iterator for one that yields."""
        if self._items:
            self._items.close()
        self._connection.send(Kind.CALL, (method, args, named))
        frame = self._connection.receive()
        if frame.kind == Kind.STREAM:
            self._items = Items(self)
            return self._items
        if frame.kind == Kind.RESULT:
            return self.decode(frame)
        raise self.error_of(frame)

    def decode(self, frame: frames.Frame) -> Any:
        try:
            return self._vocabulary.decode(frame.plain, frame.arrow)
        except InvalidData as error:
            raise self._connection.refuse() from error

    def receive(self) -> frames.Frame:
        return self._connection.receive()

    def stop(self) -> None:
        """Have no more items sent, and pass over those that are on their way."""
        if self._connection.is_open:
            self._connection.send(Kind.STOP)
            while self._connection.receive().kind == Kind.ITEM:
                pass

    def error_of(self, frame: frames.Frame) -> BaseException:
        """Return the exception that a frame has. Any other than an expected one is logged, without its text."""
        content = self.decode(frame)
        try:
            if frame.kind == Kind.ERROR:
                return self._expected_error(content["error"], content["cause"], str(content["trace"]))
            if frame.kind == Kind.FAULT:
                return self._fault(list(map(str, content["names"])), content["errno"], str(content["trace"]))
        except (LookupError, TypeError, ValueError):
            pass
        return self._connection.refuse()

    def _expected_error(self, error: BaseException, cause: str | None, trace: str) -> BaseException:
        if not isinstance(error, BaseException):
            raise TypeError
        if cause is not None:
            error.__cause__ = _exception(cause)
            error.__cause__.add_note(trace)
        return error

    def _fault(self, names: list[str], number: int | None, trace: str) -> BaseException:
        if MemoryError.__name__ in names:
            return ending.too_much_memory(self._connection.limits)
        if number == errno.EFBIG:
            return ending.too_much_disk(self._connection.limits)
        log.error("%s in a process that reads a file\n%s", names[0], trace)
        return OSError(number, os.strerror(number)) if number else _exception(names[0])


def _exception(name: str) -> Exception:
    """Return an exception of a class that Python has, or of the next one above it that needs no arguments.

    UnexpectedError for any other.
    """
    kind = getattr(builtins, name, None)
    if isinstance(kind, type) and issubclass(kind, Exception):
        for one in kind.__mro__:
            with contextlib.suppress(TypeError):  # UnicodeDecodeError has five arguments
                return cast(Exception, one())
    return UnexpectedError()


class Items(Iterator[Any]):
    """What a method of the object yields. The child makes the next one meanwhile, and waits until it is asked for."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._has_ended = False

    def __next__(self) -> Any:
        if self._has_ended:
            raise StopIteration
        self._has_ended = True  # unless it goes well
        frame = self._calls.receive()
        if frame.kind == Kind.ITEM:
            item = self._calls.decode(frame)
            self._has_ended = False
            return item
        if frame.kind == Kind.END:
            raise StopIteration
        raise self._calls.error_of(frame)

    def close(self) -> None:
        """Leave what was not asked for."""
        if not self._has_ended:
            self._has_ended = True
            self._calls.stop()
