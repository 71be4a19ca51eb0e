"""A running instance for measures that need one: ./run on the database, with a signed-in user."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests
from sides import HERE


class Instance:
    """The URL of the instance, and sessions of its administrator."""

    def __init__(self, directory: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        login = dict(line.split(": ", 1) for line in (directory / "first-login.txt").read_text().splitlines())
        self.api = requests.Session()
        self.api.headers["Authorization"] = f"Token {login['token']}"
        self.browser = self._signed_in(login["username"], login["password"])

    def _signed_in(self, name: str, password: str) -> requests.Session:
        session = requests.Session()
        page = session.get(f"{self.url}/ui/sign-in").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password}
        session.post(f"{self.url}/ui/sign-in", form, headers={"Referer": self.url}).raise_for_status()
        return session

    def queue(self, file: Path, mapping: str) -> str:
        """Queue an import and return the id of its task."""
        with file.open("rb") as content:
            response = self.api.post(
                f"{self.url}/map-data?background=true", {"mapping_json": mapping}, files={"file": content}
            )
        response.raise_for_status()
        return str(response.json()["task_id"])

    def task(self, task_id: str) -> dict[str, Any]:
        return self.api.get(f"{self.url}/tasks/{task_id}").json()

    def is_done(self, task_id: str) -> bool:
        return self.task(task_id)["status"] not in ("pending", "processing")


@contextmanager
def instance(directory: Path, workers: int) -> Iterator[Instance]:
    """Run an instance on the benchmark's database with this many workers for the length of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [HERE.parent / "run", "--data-dir", directory, "--port", str(port), "--workers", str(workers)]
    process = subprocess.Popen(command, env={**os.environ, "DATABASE_URL": database_url()}, stdout=subprocess.DEVNULL)
    try:
        wait_until_answering(port)
        yield Instance(directory, port)
    finally:
        process.terminate()
        process.wait()


def database_url() -> str:
    from django.conf import settings

    database = settings.DATABASES["default"]
    login = quote(database["USER"]) + (f":{quote(database['PASSWORD'], safe='')}" if database.get("PASSWORD") else "")
    port = f":{database['PORT']}" if database.get("PORT") else ""
    return f"postgres://{login}@{quote(database['HOST'], safe='')}{port}/{database['NAME']}"


def wait_until_answering(port: int) -> None:
    for _ in range(600):
        try:
            requests.get(f"http://127.0.0.1:{port}/health", timeout=5)
            return
        except requests.RequestException:  # the port is open before the web server responds
            time.sleep(0.1)
    raise SystemExit("The instance does not respond.")
