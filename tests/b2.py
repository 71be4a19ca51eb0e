"""The stand-in for Backblaze B2 from the tests' side: everything over HTTP."""

import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class Remote:
    """A bucket, and its problems."""

    def __init__(self, url):
        self.url = url

    def put(self, name, content, **more):
        """content: bytes, or the path of a file. more: `sha1`, which is found where it is not given."""
        if isinstance(content, Path):
            return self._ask("put", name=name, path=str(content), **more)
        return self._ask("put", content, name=name, **more)

    def delete(self, name):
        self._ask("delete", name=name)

    def problem(self, **problems):
        """As Problems has them; all others end."""
        self._ask("problems", **problems)

    def clear(self):
        self._ask("clear")

    @property
    def calls(self):
        """Of the API, by name, and of downloads by their Range; since it was cleared."""
        return self._ask("calls")

    @property
    def ranges(self):
        return [call for call in self.calls if call.startswith("bytes=")]

    def put_many(self, names):
        """Empty objects."""
        self._ask("put_many", names=names)

    def _ask(self, what, content=None, **asked):
        if content is None:
            address, body, kind = what, json.dumps(asked).encode(), "application/json"
        else:
            address, body, kind = f"{what}?{urlencode(asked)}", content, "application/octet-stream"
        request = Request(f"{self.url}/standin/{address}", body, {"Content-Type": kind})
        with urlopen(request, timeout=120) as answer:
            return json.loads(answer.read())


@contextmanager
def running(folder):
    """A stand-in in a process of its own, for the length of the block."""
    process = subprocess.Popen([sys.executable, "-m", "tests.b2_standin", folder], stdout=subprocess.PIPE, text=True)
    try:
        yield Remote(f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.kill()
        process.communicate()
