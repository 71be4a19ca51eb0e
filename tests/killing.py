"""An instance whose parts are killed: it is served as a system's service manager would, and looked at from outside."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from http.client import HTTPException

import psutil
import psycopg

from atlas.server import embedded_postgres, postgres_connection
from tests.processes import is_there
from tests.test_run import PROJECT, Lines, first_login, free_port, run, silent_environment
from tests.working import wait_for

PART_SECONDS = 5  # for a part of an instance that runs
SECONDS = 240  # for anything to come back, on a machine that does other work too
SETTINGS = {"ATLAS_RETAIN_KEPT_RECORDS_DAYS": "0"}
STATE = (
    "SELECT import_id, table_name, status, error_message, created_at, now() FROM import_history"
    " ORDER BY created_at DESC LIMIT 3",
    "SELECT id, phase, percent, attempts, started_at, job_id, waiting_for FROM imports_importtask",
    "SELECT id, status, attempts, worker_id, scheduled_at, lock, priority FROM procrastinate_jobs",
    "SELECT * FROM procrastinate_workers",
    "SELECT pid, state, wait_event, application_name, xact_start, left(query, 200) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend'",
    "SELECT pid, mode, granted, locktype, relation::regclass, objid FROM pg_locks"
    " WHERE locktype = 'advisory' OR NOT granted",
)
COMMANDS = """
import io, json, sys, django
django.setup()
from django.core.management import call_command
from django.db import connection
for line in sys.stdin:
    out = io.StringIO()
    try:
        call_command(*json.loads(line), stdout=out, stderr=out, no_color=True)
        error = ""
    except (Exception, SystemExit) as problem:
        error = f"{type(problem).__name__}: {problem}"
    connection.close()
    print(json.dumps([error, out.getvalue()]), flush=True)
"""


class Instance:
    """./run on a data directory of its own. What ends by itself is started again, as systemd does."""

    def __init__(self, data, **settings):
        self.data, self.port, self.settings = data, free_port(), SETTINGS | settings
        self.process = self.lines = self.commands = None
        self.earlier = []  # lines of a ./run that has ended

    def start(self):
        self.process = run(self.data, self.port, **self.settings)
        self.lines = Lines(self.process)

    def is_running(self):
        return any("Content Atlas is running at" in line for line in self.lines.printed) if self.lines else False

    def come_back(self):
        """Wait until the instance serves from the database. Nothing is done but to start ./run if it has ended."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                self.end_reading()
                self.start()
            if self.ask("/ready")[0] == 200 and job_worker(self):
                return
            time.sleep(0.1)
        raise AssertionError(f"It did not come back.\n{''.join(self.printed())}")

    def stop(self):
        """Stop everything, and return what is left of the processes."""
        running = processes(self)
        self.process.terminate()
        assert self.process.wait(SECONDS) == 0
        self.end_reading()
        self.process = None
        return gone(running)

    def end_reading(self):
        self.lines.reader.join(SECONDS)
        self.process.stdout.close()
        self.earlier += self.lines.printed
        self.lines = None

    def printed(self):
        """Return the lines of ./run, however often it was started."""
        return self.earlier + (self.lines.printed if self.lines else [])

    def state(self):
        """Return what happens in the database, for a test that fails."""
        try:
            return "\n".join(f"{query}\n{self.query(query)}" for query in STATE)
        except psycopg.Error as error:
            return str(error)

    def ask(self, path, body=None, kind="application/json"):
        """Return the status and the JSON of an answer; (0, {}) if the connection broke."""
        login = first_login(self.data) if (self.data / "first-login.txt").exists() else {"token": ""}
        headers = {"Authorization": f"Token {login['token']}", "Content-Type": kind}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())
        except (OSError, HTTPException):
            return 0, {}

    def upload(self, text, table, *, background=False, **mapping):
        """Import a CSV text into a table."""
        fields = {"mapping_json": json.dumps({"table_name": table} | mapping)}
        parts = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{field}\r\n' for name, field in fields.items()
        ]
        file = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{table}.csv"\r\n\r\n'
        body = "".join([*parts, file, text, "\r\n--b--\r\n"]).encode()
        path = "/map-data?background=true" if background else "/map-data"
        return self.ask(path, body, "multipart/form-data; boundary=b")

    def query(self, query, *values):
        """Return the rows, also of a database that is being restarted."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                with self.connected() as connection:
                    return connection.execute(query, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def connected(self):
        """Connect to the instance's database, past the service."""
        folder = str(postgres_connection.socket_dir(self.data))
        return psycopg.connect(host=folder, user="atlas", dbname="atlas", autocommit=True)

    def command(self, *arguments):
        """Run a command of manage.py, in a process that has loaded them all. Return its error, and what it said."""
        if self.commands is None or self.commands.poll() is not None:
            self.commands = subprocess.Popen(
                [sys.executable, "-c", COMMANDS], cwd=PROJECT, text=True, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, env=silent_environment() | self.settings | {
                    "ATLAS_DATA_DIR": str(self.data), "DJANGO_SETTINGS_MODULE": "atlas.settings"},
            )  # fmt: skip
        self.commands.stdin.write(json.dumps(arguments) + "\n")
        self.commands.stdin.flush()
        return json.loads(self.commands.stdout.readline())


@contextmanager
def instance_on(data, **settings):
    """Yield an instance that is not started, and leave nothing of it behind."""
    instance = Instance(data, **settings)
    try:
        yield instance
    finally:
        if instance.commands:
            instance.commands.communicate(timeout=SECONDS)
        if instance.process and instance.process.poll() is None:
            instance.stop()
        with suppress(FileNotFoundError):
            embedded_postgres.remove(data)


# --- its processes ---


def descendants(pid):
    with suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).children(recursive=True)
    return []


def processes(instance):
    """Return ./run, PostgreSQL, and all processes below them."""
    found = [psutil.Process(instance.process.pid), *descendants(instance.process.pid)]
    server = database(instance)
    return [*found, server, *descendants(server.pid)] if server else found


def gone(those):
    """Wait for the end of processes, and return those that go on."""
    _, left = psutil.wait_procs(those, timeout=SECONDS)
    return [each for each in left if each.status() != psutil.STATUS_ZOMBIE]


def command_of(process):
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def find(processes, words):
    return next((each for each in processes if words in command_of(each)), None)


def children(process):
    try:
        return process.children() if process else []
    except psutil.NoSuchProcess:
        return []


def run_itself(instance):
    return psutil.Process(instance.process.pid)


def database(instance):
    """Return PostgreSQL's first process, of which the others are children."""
    with suppress(FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
        process = psutil.Process(int((instance.data / "postgres/data/postmaster.pid").read_text().split()[0]))
        return process if process.name() == "postgres" else None
    return None


def session(instance):
    """Return PostgreSQL's process of a connection, of a busy one if there is one."""
    sessions = [each for each in children(database(instance)) if "postgres: atlas atlas" in command_of(each)]
    return min(sessions, key=lambda each: "idle" in command_of(each), default=None)


def web_server(instance):
    return find(children(run_itself(instance)), "gunicorn")


def web_worker(instance):
    return find(children(web_server(instance)), "gunicorn")


def job_worker(instance):
    return find(children(run_itself(instance)), "run_worker")


def template(instance):
    """Return the process that forks the readers of files, for the web server if it has one."""
    owners = [*children(web_server(instance)), job_worker(instance)]
    return find([child for owner in owners if owner for child in children(owner)], "imports.sandbox.template")


def reader(instance):
    """Return a process that reads a file; else the one that would fork it."""
    first = template(instance)
    return next(iter(children(first)), first)


PARTS = {
    "./run": run_itself, "the database": database, "a session": session, "the web server": web_server,
    "a web worker": web_worker, "the worker": job_worker, "a reader": reader, "a template": template,
}  # fmt: skip


def kill(instance, part):
    """Kill a part as soon as it is there, and wait for its end.

    Return what was killed, or None if the running instance has none.
    """
    deadline = None
    while deadline is None or time.monotonic() < deadline:
        if deadline is None and instance.is_running():
            deadline = time.monotonic() + PART_SECONDS
        if instance.process is None:  # a start that has not begun
            time.sleep(0.01)
            continue
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            victim = PARTS[part](instance)
            if victim:
                name = command_of(victim)
                end(victim)
                return name
        if instance.process.poll() is not None:
            return None
        time.sleep(0.05)
    return None


def end(process):
    """Kill a process, and wait for its end and that of those below it; until then they may answer as if it ran."""
    ending = [process.pid, *(each.pid for each in descendants(process.pid) if "python" in command_of(each))]
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: not any(map(is_there, ending)), SECONDS)


class Act(threading.Thread):
    """Something that a client does meanwhile, with its answer."""

    def __init__(self, act):
        super().__init__(daemon=True)
        self._act, self.answer = act, None
        self.start()

    def run(self):
        self.answer = self._act()

    def finish(self):
        self.join(SECONDS)
        assert not self.is_alive(), "no answer"
        return self.answer
