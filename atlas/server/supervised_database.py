"""The embedded PostgreSQL as ./run supervises it: it is started again when it ends, hangs or loses its socket."""

from __future__ import annotations

import contextlib

from atlas.server.back_off import BackOff
from atlas.server.directory_lock import locked_directory
from atlas.server.postgres_hang import HANG_SECONDS, HangWatch
from atlas.server.postgres_home import EmbeddedPostgresError
from atlas.server.postgres_log import last_error
from atlas.server.postgres_server import Server, Start
from atlas.server.waiting import notify


class SupervisedDatabase:
    """The running server of the instance. While it starts again, `keep_running` returns at once."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._hang_watch = HangWatch(server.directory)
        self._back_off = BackOff()
        self._starting: contextlib.ExitStack | None = None  # the lock of its home, and the start
        self._start: Start | None = None
        self._is_announced = False  # that it ended

    def keep_running(self) -> None:
        """Start the server again if needed, after a pause if that has failed. Call it about every second."""
        if self._start:
            self._follow(self._start)
        elif self.is_running() and not self._hang_watch.is_hanging(self._server.pid_lines()[0]):
            self._is_announced = False
        elif not self._is_announced:
            self._announce_end()
        elif self._back_off.is_due():
            self._begin()

    def is_running(self) -> bool:
        return self._server.is_running() and self._server.has_socket()

    def stop(self) -> None:
        """Wait no longer for a start. The server is stopped by its last user."""
        if self._starting:
            self._starting.close()
        self._starting = self._start = None

    def _announce_end(self) -> None:
        if self.is_running():
            reason = f"The database has not answered for {HANG_SECONDS:.0f} s. Restarting the database"
        elif self._server.is_running():
            reason = f"The socket of the database in {self._server.socket_dir} is gone. Restarting the database"
        else:
            reason = f"The database ended: {last_error(self._server.log) or 'it was killed'}. Starting it again"
        notify(f"{reason} in {self._back_off.ended():.0f} s.")
        self._is_announced = True

    def _begin(self) -> None:
        with contextlib.ExitStack() as stack:
            try:
                stack.enter_context(locked_directory(self._server.home, seconds=0))
            except TimeoutError:  # another process starts it
                return
            try:
                if self._server.is_running():  # without its socket, or without an answer
                    self._server.stop()
                self._hang_watch.reset()
                self._start = stack.enter_context(self._server.begin_start())
            except (EmbeddedPostgresError, OSError) as error:
                self._announce_failure(error)
                return
            self._starting = stack.pop_all()

    def _follow(self, start: Start) -> None:
        if not start.is_done():
            start.report()
            return
        try:
            start.raise_for_failure()
            self._back_off.started()
            notify("The database is running again.")
        except EmbeddedPostgresError as error:
            self._announce_failure(error)
        self.stop()

    def _announce_failure(self, error: Exception) -> None:
        notify(f"{error} Trying again in {self._back_off.ended():.0f} s.")
