"""Run one instance for ./run: start its database, web server and workers, keep them running, and stop them in order."""

import contextlib
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error

from atlas.server import child_process, embedded_postgres, preparation, stop_signals
from atlas.server.addresses import url_of
from atlas.server.instance_lock import locked_instance
from atlas.server.listener import listening
from atlas.server.postgres_connection import is_listening
from atlas.server.postgres_home import EmbeddedPostgresError
from atlas.server.start_error import StartError
from atlas.server.supervised_database import SupervisedDatabase
from atlas.server.supervised_process import SupervisedProcess
from core.errors import AtlasError

WEB_STOP_SECONDS = 30.0  # more than the web server gives its requests (gunicorn.conf.py)
WORKER_STOP_SECONDS = 15.0  # more than a worker gives its running import
WEB_ATTEMPTS = 5  # of the web server to answer for the first time
TICK_SECONDS = 0.5


class Part(Protocol):
    """A part of the instance that is supervised."""

    def keep_running(self) -> None:
        """Start it again if it has ended. Called about every second."""

    def stop(self) -> None:
        """Stop it for good."""


def main(directory: Path, *, host: str, port: int, demo: bool, worker_count: int) -> int:
    """Serve until a signal, and return the exit status. An error is printed as one line."""
    os.environ["ATLAS_HOST"] = host or "0.0.0.0"  # noqa: S104  for the settings, which refuse some of them with ATLAS_DEBUG
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
    except (StartError, EmbeddedPostgresError, CommandError, ImproperlyConfigured, AtlasError) as error:
        message = str(error)
    except OSError as error:
        message = f"{error.strerror}: {error.filename or directory}"
    except Error as error:
        message = f"Database error: {str(error).strip().splitlines()[0]}"
    print(f"Content Atlas stopped. {message}", file=sys.stderr)
    return 1


def run_instance(directory: Path, *, host: str, port: int, demo: bool, worker_count: int) -> None:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = url_of(host, port)
    with (
        locked_instance(directory, url) as lock,
        listening(host, port, last_instance=lock.last) as listener,
        embedded_postgres.running(directory) as server,
    ):
        try:
            serve(directory, url, listener, [SupervisedDatabase(server)] if server else [], demo, worker_count)
        finally:
            lock.announce_stop()


def serve(
    directory: Path,
    url: str,
    listener: socket.socket,
    database: Sequence[SupervisedDatabase],
    demo: bool,
    worker_count: int,
) -> None:
    """Prepare the instance, and keep its parts running until a signal. database: the embedded one, if there is one."""
    with stopped_at_end(database):
        preparation.prepare(directory, url, *database)
        if demo:
            preparation.load_demo()
        web = web_server(listener)
        with stopped_at_end([web]):
            wait_until_answering(web, database, url)
            print(f"Content Atlas is running at {url} (press Ctrl-C to stop)", flush=True)
            workers = [worker() for _ in range(worker_count)]
            with stopped_at_end(workers):
                watch([*database, web, *workers])


def run_worker(directory: Path) -> None:
    """Run a worker for the instance of a data directory, or on any machine with its DATABASE_URL and source files."""
    if not (embedded_postgres.uses_external_database() or is_listening(directory)):
        raise StartError(
            f"No instance is running on {directory}. Start ./run first, or set DATABASE_URL to the instance's database."
        )
    preparation.check_database()
    workers = [worker()]
    with stopped_at_end(workers):
        print("Worker is running (press Ctrl-C to stop)", flush=True)
        watch(workers)


@contextlib.contextmanager
def stopped_at_end(parts: Sequence[Part]) -> Iterator[None]:
    """Stop the parts after the block."""
    try:
        yield
    finally:
        for part in parts:
            part.stop()


def worker() -> SupervisedProcess:
    """Return a worker. It ends when the database does, or when an import crashes it."""
    # Not with manage.py, which would start the embedded database too.
    return SupervisedProcess(
        "A worker", lambda: child_process.start("-m", "django", "run_worker"), stop_seconds=WORKER_STOP_SECONDS
    )


def web_server(listener: socket.socket) -> SupervisedProcess:
    """Return gunicorn on the port. At a stop it may finish its running requests."""
    # The port stays open in this process: while the web server is started again, requests wait.
    port = listener.fileno()

    def start() -> subprocess.Popen[bytes]:
        return child_process.start(
            "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"fd://{port}", pass_fds=[port]
        )

    return SupervisedProcess("The web server", start, stop_seconds=WEB_STOP_SECONDS, before_stop=listener.close)


def wait_until_answering(web: SupervisedProcess, database: Sequence[SupervisedDatabase], url: str) -> None:
    """Start the web server, and wait for its first response with any status."""
    while True:
        tick([*database, web])
        if web.ends >= WEB_ATTEMPTS:
            raise StartError(f"The web server ended {WEB_ATTEMPTS} times before it answered. The lines above say why.")
        try:
            urllib.request.urlopen(f"{url}/health", timeout=5).close()  # noqa: S310  our own URL
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)


def watch(parts: Sequence[Part]) -> None:
    """Keep the parts running until a signal."""
    while True:
        tick(parts)
        time.sleep(TICK_SECONDS)


def tick(parts: Sequence[Part]) -> None:
    stop_signals.exit_if_requested()
    for part in parts:
        part.keep_running()
