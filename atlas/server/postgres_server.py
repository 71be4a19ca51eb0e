"""The embedded PostgreSQL server of one data directory: its processes share, start and stop it."""

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg.pq import Ping

from atlas.server import postgres_connection
from atlas.server.directory_lock import locked_directory
from atlas.server.postgres_connection import NAME, RESPONSE_SECONDS, create_database
from atlas.server.postgres_home import (
    EmbeddedPostgresError,
    chown,
    find_or_create_home,
    major_version,
    programs_for,
    run_as,
    start_as,
)
from atlas.server.postgres_log import last_error, recovery
from atlas.server.postgres_processes import kill_all, processes_in
from atlas.server.postgres_settings import server_settings
from atlas.server.waiting import PAUSE_SECONDS, LongWait, notify, notify_if_slow, true_within
from core.whole_files import write_whole

STATUS_LINE = 7  # of the pid file, from 0: the server writes what it does
NO_PROCESS = str(2**22 + 1)  # above the highest process number of Linux
START_ATTEMPTS = 3  # if the server is killed meanwhile
LAUNCH_SECONDS = 5  # for a new server to write its pid file
START_SECONDS = 900  # recovery after a crash may read gigabytes
#: The modes of stopping the server, in order, and the seconds that each may take. All of them keep committed data.
#: PostgreSQL 18 may never end after a fast stop during recovery.
STOPS = {"fast": 60, "immediate": 30}
KILL_SECONDS = 10
ORPHAN_SECONDS = 10  # for processes of a killed server to notice its end
LOCK_SECONDS = START_SECONDS + 180  # more than another process takes to start or to stop the server


class ServerKilled(EmbeddedPostgresError):
    """The server ended while it started, without an error of its own."""


class Server:
    """The embedded server of one data directory, from the side of a process that uses it."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory
        self.durable = durable
        self.home = find_or_create_home(directory)
        self.cluster = self.home / "data"
        self.log = self.home / "postgres.log"
        self.owner = pwd.getpwuid(self.home.stat().st_uid)
        self.programs = programs_for(self.owner)
        # A lock is released when its holder dies; a list of process ids would not be.
        self.users = open(self.home / "users.lock", "ab")

    def join(self) -> None:
        """Start the server unless it is running, and become one of its users."""
        with self.exclusive():
            ready = self.is_running() and self.becomes_ready()
            if not ready and self.is_running():
                self.stop_unresponsive()
            for attempts_left in reversed(range(START_ATTEMPTS)):
                try:
                    if not self.is_running():
                        self.start()
                    create_database(self.directory)
                    break
                except (ServerKilled, psycopg.OperationalError) as error:
                    if not attempts_left:
                        raise
                    notify(f"The database ended while it started: {error} Starting it again.")
            fcntl.flock(self.users, fcntl.LOCK_SH)

    def leave(self) -> None:
        """Stop the server unless other processes use it."""
        if self.users.closed:  # it never joined
            return
        with self.exclusive():
            if not self.is_used_by_others():
                self.stop()
            self.users.close()

    @contextlib.contextmanager
    def exclusive(self) -> Iterator[None]:
        """Let only this process start or stop the server. Raises EmbeddedPostgresError if the wait is too long."""
        with contextlib.ExitStack() as stack:
            try:
                with notify_if_slow(f"Waiting for another process to start or stop the database in {self.home}."):
                    stack.enter_context(locked_directory(self.home, seconds=LOCK_SECONDS))
            except TimeoutError:
                self.users.close()
                raise EmbeddedPostgresError(
                    f"Another process has been starting or stopping the database in {self.home} for"
                    f" {LOCK_SECONDS // 60} minutes. End that process, and start again."
                ) from None
            yield

    def is_used_by_others(self) -> bool:
        """Tell whether other processes use the server. This process no longer counts as a user."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

    # --- start ---

    def start(self) -> None:
        """Start the server, and wait until it accepts connections. Raises EmbeddedPostgresError."""
        with self.begin_start() as start:
            while not start.is_done():
                start.report()
                time.sleep(PAUSE_SECONDS)
            start.raise_for_failure()

    def begin_start(self) -> "Start":
        """Start the server without waiting for it. Raises EmbeddedPostgresError."""
        self.refuse_other_version()
        if not self.cluster.exists():
            self.initialise()
        self.end_orphans()
        self.clear_dead_pid()
        self.prepare_socket_dir()
        self.configure()
        with contextlib.suppress(FileNotFoundError):
            self.log.replace(self.home / "postgres.previous.log")
        return Start(self)

    def refuse_other_version(self) -> None:
        """Raise EmbeddedPostgresError if the cluster is of another major version of PostgreSQL than the programs."""
        try:
            found = (self.cluster / "PG_VERSION").read_text().strip()
        except FileNotFoundError:  # there is none yet, or PostgreSQL says what is missing
            return
        ours = major_version(self.programs)
        if found != ours:
            raise EmbeddedPostgresError(
                f"The database in {self.home} is of PostgreSQL {found}, but this version of Content Atlas has"
                f" PostgreSQL {ours}. Nothing was changed. With the version of Content Atlas that you used until now,"
                ' write a backup: "manage.py backup DIR". Then restore it with this version into a new data directory:'
                ' "manage.py restore DIR" (docs/operations.md).'
            )

    def progress(self) -> str:
        """Return how far a recovery is by the server's log, and how long it is waited for."""
        return f"{recovery(self.log)} Waiting up to {START_SECONDS // 60} minutes."

    def initialise(self) -> None:
        """Create the cluster, under another name until it is complete."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = [] if self.durable else ["--no-sync"]
        self.run("initdb", "-D", unfinished, "-U", NAME, "-A", "peer", *locale, *options)
        with open(unfinished / "postgresql.conf", "a") as file:
            file.write("\n# Written at each start; settings after it take precedence.\ninclude 'atlas.conf'\n")
        unfinished.rename(self.cluster)

    def end_orphans(self) -> None:
        """Wait for processes that outlived their server, and kill them if they take long: else none can start."""
        if true_within(ORPHAN_SECONDS, lambda: not processes_in(self.cluster)):
            return
        orphans = processes_in(self.cluster)
        notify(
            f"The last database server was killed, and {len(orphans)} of its processes still run after"
            f" {ORPHAN_SECONDS} seconds. Killing them: committed data is kept."
        )
        kill_all(self.cluster, seconds=KILL_SECONDS)

    def configure(self) -> None:
        """Write the server's settings and who may connect."""
        self.write("atlas.conf", server_settings(self.socket_dir, durable=self.durable))
        self.write("pg_hba.conf", [f"local all {NAME} peer map=owner"])
        self.write("pg_ident.conf", [f'owner "{pwd.getpwuid(os.geteuid()).pw_name}" {NAME}'])

    def write(self, name: str, lines: list[str]) -> None:
        """Write a file of the cluster if it differs: a full disk must not prevent a start."""
        path, text = self.cluster / name, "\n".join(lines) + "\n"
        if not path.exists() or path.read_text() != text:
            write_whole(path, text, owner=(self.owner.pw_uid, self.owner.pw_gid))

    @property
    def socket_dir(self) -> Path:
        # Without the link to the home: the server's user cannot read the data directory.
        path = postgres_connection.socket_dir(self.directory)
        return path.parent.resolve() / path.name

    def prepare_socket_dir(self) -> None:
        """Create the socket's directory. One in /tmp that belongs to another user is refused."""
        directory = self.socket_dir
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            chown(directory, self.owner, mode=0o700)
        stat = directory.lstat()
        if (stat.st_uid, stat.st_mode) != (self.owner.pw_uid, 0o040700):
            raise EmbeddedPostgresError(
                f"{directory} has another owner or other permissions than expected. Remove it, and start again."
            )
        # The process id of a killed server, in the socket's lock file, may be in use again.
        for path in directory.glob(".s.PGSQL.*"):
            path.unlink()

    def clear_dead_pid(self) -> None:
        """Mark the server of a pid file as dead for PostgreSQL, in case another process uses its id.

        The file is kept: PostgreSQL finds child processes that outlived their server by its other lines.
        """
        pid, *rest = self.pid_lines()
        if pid and Path(f"/proc/{pid}").exists():
            (self.cluster / "postmaster.pid").write_text("\n".join([NO_PROCESS, *rest]))

    # --- wait ---

    def becomes_ready(self) -> bool:
        """Wait while the running server recovers, and tell whether it accepts connections afterwards."""
        wait = LongWait(
            lambda seconds: (
                f"The database in {self.home} is running but does not accept connections yet. Waiting for"
                f" it since {seconds} s. {self.progress()}"
            )
        )
        while self.is_running():
            answer = self.ping()
            if answer is Ping.OK or self.is_stopping():
                return answer is Ping.OK
            if wait.seconds > (START_SECONDS if answer is Ping.REJECT else RESPONSE_SECONDS):
                return False
            wait.report()
            time.sleep(PAUSE_SECONDS)
        return False

    def ping(self) -> Ping:
        """Return how the running server answers an attempt to connect."""
        return postgres_connection.ping(self.directory)

    # --- stop ---

    def stop_unresponsive(self) -> None:
        """Stop a server that does not become ready. Raises EmbeddedPostgresError if other processes use it."""
        if self.is_used_by_others():
            raise EmbeddedPostgresError(
                f"The database in {self.home} is running but does not accept connections. Stop the processes that"
                " use it (./run, manage.py), and start again."
            )
        notify(f"The database in {self.home} is running but does not accept connections. Restarting it.")
        self.stop()

    def stop(self) -> None:
        """Stop the server: properly, else immediately, else by killing it. Each step has a time limit."""
        # During recovery there is nothing to write before the stop.
        recovers = self.is_running() and self.ping() is Ping.REJECT and not self.is_stopping()
        for mode, seconds in STOPS.items():
            if self.is_running() and not (recovers and mode == "fast"):
                self.ask_to_stop(mode, seconds)
        if self.is_running():
            self.kill()
        if self.socket_dir.parent != self.home:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def ask_to_stop(self, mode: str, seconds: float) -> None:
        """Ask the server to stop, and wait up to these seconds. mode: of pg_ctl."""
        with notify_if_slow(f"The database is still stopping. Waiting up to {seconds} seconds."):
            self.call("pg_ctl", "stop", "-W", "-m", mode, "-D", self.cluster)
            if not true_within(seconds, lambda: not self.is_running()):
                next_step = "Stopping it immediately" if mode == "fast" else "Killing its processes"
                notify(
                    f"The database did not stop within {seconds} seconds. {next_step}: committed data is kept, and"
                    " the next start recovers it."
                )

    def kill(self) -> None:
        """Kill the server and its processes, which would prevent the next server from starting."""
        server = self.pid_lines()[0]
        if not kill_all(self.cluster, seconds=KILL_SECONDS):
            notify(
                f"The database in {self.home} could not be killed (process {server}). The disk may not respond: check"
                " it, and restart the machine."
            )

    # --- state ---

    def is_running(self) -> bool:
        """Tell whether the process of the pid file is this server: its working directory is the cluster's."""
        pid = self.pid_lines()[0]
        if not Path("/proc/self/cwd").exists():
            return bool(pid) and self.call("pg_ctl", "status", "-D", self.cluster).returncode == 0
        try:
            return bool(pid) and os.readlink(f"/proc/{pid}/cwd") == str(self.cluster)
        except OSError:  # ended, a zombie, or of another user
            return False

    def has_socket(self) -> bool:
        """Tell whether the socket of a running server is where connections look for it."""
        return postgres_connection.socket_path(self.directory).exists()

    def is_stopping(self) -> bool:
        """Tell whether the running server was told to stop."""
        return [line.strip() for line in self.pid_lines()[STATUS_LINE:][:1]] == ["stopping"]

    def pid_lines(self) -> list[str]:
        """Return the lines of the pid file of a running or killed server; the first one is its process id."""
        try:
            return (self.cluster / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    # --- PostgreSQL's programs ---

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs. Raises EmbeddedPostgresError with its last error."""
        result = self.call(program, *arguments)
        if result.returncode != 0:
            reason = last_error(self.log, result.stderr) or "it says no reason"
            raise EmbeddedPostgresError(f"PostgreSQL's {program} failed in {self.home}: {reason}")

    def call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run_as(self.owner, [self.programs / program, *arguments], cwd=self.home)


class Start:
    """A start of the server that is under way: pg_ctl waits for the server. As a context, it ends with the block."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._output = tempfile.TemporaryFile("w+", errors="replace")
        command: list[str | Path] = [server.programs / "pg_ctl", "start", "-w", "-t", str(START_SECONDS)]
        command += ["-D", server.cluster, "-l", server.log]
        self._process = start_as(server.owner, command, cwd=server.home, output=self._output)
        self._wait = LongWait(lambda seconds: f"The database is still starting after {seconds} s. {server.progress()}")

    def is_done(self) -> bool:
        return self._process.poll() is not None

    def report(self) -> None:
        """Print a line if the start takes long. Call it often."""
        self._wait.report()

    def raise_for_failure(self) -> None:
        """Raise EmbeddedPostgresError with the reason if the server could not start."""
        if self._process.returncode != 0:
            self._output.seek(0)
            reason = last_error(self._server.log, self._output.read())
            if not reason:
                raise ServerKilled(f"The database in {self._server.home} was killed while it started.")
            raise EmbeddedPostgresError(f"The database in {self._server.home} could not start: {reason}")

    def close(self) -> None:
        """Stop waiting. What pg_ctl has started continues to start, so that `Server.stop` finds it."""
        true_within(LAUNCH_SECONDS, lambda: self.is_done() or self._server.is_running())
        self._process.kill()
        self._process.wait()
        self._output.close()

    def __enter__(self) -> "Start":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
