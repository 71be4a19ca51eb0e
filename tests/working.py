"""Workers as real processes, on the test database."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

PROJECT = Path(__file__).resolve().parent.parent


def worker(database_url, *arguments):
    """Starts one; it shares spool and source storage with this process."""
    environment = {
        **os.environ, "DATABASE_URL": database_url, "ATLAS_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "atlas.settings",
    }  # fmt: skip
    command = [sys.executable, "manage.py", "run_worker", *arguments]
    return subprocess.Popen(command, cwd=PROJECT, env=environment, start_new_session=True)


@contextmanager
def workers(database_url, count, *arguments):
    """So many, for the length of a block; those that live at its end are stopped."""
    started = [worker(database_url, *arguments) for _ in range(count)]
    try:
        yield started
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            process.wait(120)


def wait_for(what, seconds=180):
    """Returns what it returns as soon as that is true. Fails after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"{what} was not so within {seconds} s")
