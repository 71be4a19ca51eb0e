"""Run one instance for ./run: start its database, web server and workers, and stop them in order."""

import contextlib
import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from atlas.server import child_process, embedded_postgres
from atlas.server.worker_processes import Worker, workers

PROJECT = embedded_postgres.PROJECT
MIN_POSTGRESQL_VERSION = 15
STOP_SECONDS = 30.0  # more than the web server gives its requests (gunicorn.conf.py)


class StartError(Exception):
    """The instance cannot start or continue."""


def main(directory: Path, *, host: str, port: int, demo: bool, worker_count: int) -> int:
    """Serve until a signal, and return the exit status. An error is printed as one line."""
    return run_and_report(
        directory, lambda: run_instance(directory, host=host, port=port, demo=demo, worker_count=worker_count)
    )


def worker_main(directory: Path) -> int:
    """Run one more worker until a signal, and return the exit status. An error is printed as one line."""
    return run_and_report(directory, lambda: run_worker(directory))


def run_and_report(directory: Path, run: Callable[[], None]) -> int:
    os.environ |= {"ATLAS_DATA_DIR": str(directory), "DJANGO_SETTINGS_MODULE": "atlas.settings"}
    try:
        run()
    except (StartError, embedded_postgres.EmbeddedPostgresError, CommandError, ImproperlyConfigured) as error:
        message = str(error)
    except OSError as error:
        message = f"{error.strerror}: {error.filename or directory}"
    except DatabaseError as error:
        message = f"Database error: {str(error).strip().splitlines()[0]}"
    print(f"Content Atlas stopped. {message}", file=sys.stderr)
    return 1


def run_instance(directory: Path, *, host: str, port: int, demo: bool, worker_count: int) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = f"http://127.0.0.1:{port}"
    with locked_instance(directory, url), listening(host, port) as listener, embedded_postgres.running(directory):
        prepare(directory, url)
        if demo:
            load_demo()
        with web_server(listener) as server:
            wait_until_answering(server, url)
            print(f"Content Atlas is running at {url} (press Ctrl-C to stop)", flush=True)
            with workers(worker_count) as running:
                watch(server, running, directory)


def run_worker(directory: Path) -> None:
    """Run a worker for the instance of a data directory, or on any machine with its DATABASE_URL and source files."""
    if not (embedded_postgres.uses_external_database() or embedded_postgres.is_listening(directory)):
        raise StartError(
            f"No instance is running on {directory}. Start ./run first, or set DATABASE_URL to the instance's database."
        )
    django.setup()
    check_version()
    check_migrated()
    with workers(1) as running:
        print("Worker is running (press Ctrl-C to stop)", flush=True)
        while True:
            running[0].keep_running()
            time.sleep(1)


def check_migrated() -> None:
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise StartError("The database does not match this version. Start ./run of this version once to migrate it.")
    connection.close()


@contextlib.contextmanager
def locked_instance(directory: Path, url: str) -> Iterator[None]:
    """Lock the data directory for this instance. Raises StartError if another one runs on it."""
    with (directory / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise StartError(
                f"Another instance is running on {directory}: {lock.read()}. Stop it, or use another --data-dir."
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()} at {url}")
        lock.flush()
        yield


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """Open the port first, so that a port in use is reported before anything is created."""
    try:
        listener = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise StartError(f"Port {port} is not available: {reason}. Choose another one with --port.") from None
    with listener:
        yield listener


def prepare(directory: Path, url: str) -> None:
    """Update the database and the static files to this version."""
    django.setup()
    check_version()
    call_command("migrate", verbosity=0)
    call_command("sweep_imports", verbosity=0)
    collect_static()
    print_first_login(directory, url)
    connection.close()


def check_version() -> None:
    with connection.cursor():
        version = connection.get_database_version()[0]
    if version < MIN_POSTGRESQL_VERSION:
        raise StartError(
            f"The server of DATABASE_URL is PostgreSQL {version}; {MIN_POSTGRESQL_VERSION} or newer is required."
        )


def collect_static() -> None:
    """Collect the static files, which takes seconds, unless they are unchanged since the last start."""
    stamp = Path(settings.STATIC_ROOT) / "collected"
    digest = static_files_digest()
    if not stamp.exists() or stamp.read_text() != digest:
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.write_text(digest)


def static_files_digest() -> str:
    """Return a digest of the names, sizes and times of all static files."""
    files = [(name, Path(store.path(name)).stat()) for finder in get_finders() for name, store in finder.list([])]
    facts = sorted((name, stat.st_size, stat.st_mtime_ns) for name, stat in files)
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def print_first_login(directory: Path, url: str) -> None:
    """Create the first administrator and print the login, at the first start only."""
    from atlas.server.first_admin import create_first_login  # its models need Django's setup

    login = create_first_login(directory, url)
    if login:
        print(f"\nYour administrator account (saved in {directory / 'first-login.txt'}):\n{login}\n", flush=True)


def load_demo() -> None:
    """Import the sample files. Those imported at an earlier start are refused as duplicates, which is fine."""
    for path in sorted((PROJECT / "demo").glob("[a-z]*")):
        try:
            call_command("import_file", str(path))
        except CommandError as error:
            print(f"{path.name}: {error}")


@contextlib.contextmanager
def web_server(listener: socket.socket) -> Iterator[subprocess.Popen[bytes]]:
    """Run gunicorn on the port. At the end it may finish its running requests."""
    port = listener.fileno()
    server = child_process.start(
        "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"fd://{port}", pass_fds=[port]
    )
    # Only gunicorn holds the port now, so that it closes as soon as gunicorn ends.
    listener.close()
    try:
        yield server
    finally:
        child_process.stop(server, seconds=STOP_SECONDS)


def wait_until_answering(server: subprocess.Popen[bytes], url: str) -> None:
    """Wait for the first response with any status."""
    while True:
        fail_if_ended(server)
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()  # noqa: S310  our own URL
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)


def watch(server: subprocess.Popen[bytes], running: list[Worker], directory: Path) -> None:
    """Keep the workers running until a signal. Raises StartError when the web server or the database ends."""
    while True:
        fail_if_ended(server)
        for worker in running:
            worker.keep_running()
        if not (embedded_postgres.uses_external_database() or embedded_postgres.is_listening(directory)):
            raise StartError(f"The embedded PostgreSQL has stopped. See {directory / 'postgres' / 'postgres.log'}.")
        time.sleep(1)


def fail_if_ended(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is not None:
        raise StartError(f"The web server has stopped with exit status {server.returncode}.")
