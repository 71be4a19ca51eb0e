"""The web server as a real process on the test database, and clients that misbehave."""

import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

from tests.working import wait_for

PROJECT = Path(__file__).resolve().parent.parent


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def is_open(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


def children(process):
    pid = process.pid
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def bytes_written(pids):
    """Bytes that processes have written to files."""
    return sum(int(Path(f"/proc/{pid}/io").read_text().split("wchar: ")[1].split()[0]) for pid in pids)


def open_connections(pids, port):
    """The number of connections of clients that the processes have open on a port."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] != "0A"}
    files = [path for pid in pids for path in Path(f"/proc/{pid}/fd").iterdir()]
    return sum(inode_of(path) in inodes for path in files)


def inode_of(path):
    """Of the socket that is open there; another text where it is another file, or closed by now."""
    try:
        return os.readlink(path).removeprefix("socket:[").removesuffix("]")
    except FileNotFoundError:
        return ""


class WebServer:
    """A running server."""

    def __init__(self, process, port, data):
        self.process, self.port, self.data = process, port, data

    @property
    def workers(self):
        return children(self.process)

    def written(self):
        return bytes_written(self.workers)

    def connections(self):
        return open_connections(self.workers, self.port)

    def connect(self, *, receive_buffer=None):
        connection = socket.socket()
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(60)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def ask(self, method, path, body=None, headers=None, *, chunked=False):
        """Status, headers and content of the answer."""
        client = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            client.request(method, path, body, headers or {}, encode_chunked=chunked)
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            client.close()

    def tell(self, text):
        """Send bytes as they are; status and error of the answer."""
        with self.connect() as connection:
            connection.sendall(text)
            return answer_on(connection)


def answer_on(connection):
    """Status and error in JSON of the answer on a connection; (0, {}) if the server closes it without one."""
    answer = http.client.HTTPResponse(connection)
    try:
        answer.begin()
        return answer.status, json.loads(answer.read())["error"]
    except (http.client.RemoteDisconnected, ConnectionResetError):
        return 0, {}
    finally:
        answer.close()


def bytes_until_closed(connection):
    """Read, as a client that was slow, until the server has closed the connection; return how many bytes."""
    total = 0
    try:
        while block := connection.recv(1 << 20):
            total += len(block)
    except OSError:
        pass
    return total


def tls(port, source, name, *, receive_buffer=None):
    """An encrypted connection from this address of the machine."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.socket()
    if receive_buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    plain.settimeout(60)
    plain.bind((source, 0))
    plain.connect(("127.0.0.1", port))
    return context.wrap_socket(plain, server_hostname=name)


def static_folder(data):
    """The folder of static files, with the names that the pages ask for."""
    folder = data / "static"
    folder.mkdir(parents=True, exist_ok=True)
    names = [path.relative_to(PROJECT / "static").as_posix() for path in (PROJECT / "static").rglob("*.*")]
    manifest = {"version": "1.1", "paths": {name: name for name in names}, "hash": ""}
    (folder / "staticfiles.json").write_text(json.dumps(manifest))
    return folder


@contextmanager
def web_server(database_url, data, **environment):
    """Start gunicorn as ./run does, with limits of the test."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "--bind", f"127.0.0.1:{port}"],
        cwd=PROJECT,
        env=os.environ | {
            "DATABASE_URL": database_url, "ATLAS_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "atlas.settings",
            "ATLAS_SECRET_KEY": "x" * 50, "ATLAS_WEB_PROCESSES": "1",
        } | environment,
    )  # fmt: skip
    try:
        wait_for(lambda: is_open(port))
        yield WebServer(process, port, data)
    finally:
        process.terminate()
        process.wait(120)
