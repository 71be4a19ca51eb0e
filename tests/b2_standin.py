"""A stand-in for Backblaze B2, in a process of its own: the calls that b2sdk makes, and problems on demand.

`python -m tests.b2_standin FOLDER` prints its port and serves until it is ended; tests/b2.py starts it. The bytes of
objects are files of the folder. The formats: https://www.backblaze.com/apidocs. What stands below `/standin/` is no
call of B2: it puts objects in and asks for problems.
"""

import base64
import hashlib
import json
import sys
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from urllib.parse import parse_qs, quote, unquote, urlsplit

KEY_ID, KEY, BUCKET, BUCKET_ID = "key-of-tests", "secret-of-tests", "bucket-of-tests", "b0b0b0"
RIGHTS = ["listBuckets", "listFiles", "readFiles", "writeFiles"]
#: What each call of the API needs.
NEEDED = {"b2_list_buckets": "listBuckets", "b2_list_file_names": "listFiles", "b2_list_file_versions": "listFiles"}
PIECE = 1 << 16  # bytes sent at once


@dataclass
class Version:
    """A version of an object."""

    file_id: str
    name: str
    path: str  # of its bytes
    size: int
    sha1: str  # or "none", as large objects have it
    uploaded_at: int  # ms


@dataclass
class Problems:
    """What goes wrong, until it is asked for otherwise."""

    rights: list = field(default_factory=lambda: list(RIGHTS))  # of the key
    bucket_of_key: str | None = None  # the key is for this bucket alone
    at: int | None = None  # when a download has come to this byte…
    cuts: int = 0  # …its connection is cut, so many times; -1: always
    then: str = ""  # …and to the object happens, once: "delete", "replace" (the old version goes) or "new version"
    bucket_id: str = BUCKET_ID  # another one where the bucket was made anew
    unavailable: int = 0  # so many calls are answered with 503
    pause: float = 0.0  # seconds before each piece


class StandIn(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, folder):
        super().__init__(("127.0.0.1", 0), Call)
        self.folder = Path(folder)
        self.lock = Lock()
        self.versions = []
        self.problems = Problems()
        self.calls = []  # of the downloads: the Range that was asked for; of all others: their name

    def handle_error(self, request, client_address):
        """A client that hangs up in the middle is no error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def put(self, name, path, sha1=None):
        size = Path(path).stat().st_size
        sha1 = sha1 or hashlib.sha1(Path(path).read_bytes()).hexdigest()
        with self.lock:
            number = len(self.versions) + 1
            version = Version(f"4_z{number:04}", name, str(path), size, sha1, 1_700_000_000_000 + number * 60_000)
            self.versions.append(version)
        return version

    def delete(self, file_id):
        with self.lock:
            self.versions[:] = [one for one in self.versions if one.file_id != file_id] + [
                Version("", "", "", 0, "none", 0)  # its number is not given again
            ]

    def newest(self):
        """By name."""
        found = {}
        for version in self.versions:
            if version.file_id:
                found[version.name] = version
        return dict(sorted(found.items()))

    def by_id(self, file_id):
        return next((one for one in self.versions if file_id and one.file_id == file_id), None)

    def happen(self, version):
        """What the problems have for the object. True where the connection is to be cut."""
        problems = self.problems
        then, problems.then = problems.then, ""
        if then in ("delete", "replace"):
            self.delete(version.file_id)
        if then in ("replace", "new version"):
            self.put(version.name, version.path)
        is_cut = problems.cuts != 0
        problems.cuts -= is_cut
        return is_cut


class Refusal(Exception):
    def __init__(self, status, code, message):
        super().__init__(message)
        self.body = {"status": status, "code": code, "message": message}


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer({})

    def do_HEAD(self):
        self.answer({})

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = self.headers.get("Content-Type", "").startswith("application/json")
        self.answer(json.loads(self.body) if is_json and self.body else {})

    def answer(self, asked):
        place = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(place.query).items()} | asked
        name = place.path.rpartition("/")[2]
        try:
            if place.path.startswith("/standin/"):
                self.send_json(getattr(self, f"standin_{name}")(asked))
            elif place.path.startswith("/file/"):
                self.send_version(self.server.newest().get(unquote(place.path.split("/", 3)[3])))
            elif name == "b2_download_file_by_id":
                self.send_version(self.server.by_id(asked["fileId"]))
            else:
                self.server.calls.append(name)
                self.refuse_with_problem(name)
                self.send_json(getattr(self, name)(asked))
        except Refusal as refusal:
            self.send_json(refusal.body, refusal.body["status"])

    def refuse_with_problem(self, name):
        problems = self.server.problems
        if problems.unavailable:
            problems.unavailable -= 1
            raise Refusal(503, "service_unavailable", "come back later")
        if name != "b2_authorize_account" and self.headers["Authorization"] != "token-of-tests":
            raise Refusal(401, "bad_auth_token", "no such token")
        if name in NEEDED and NEEDED[name] not in problems.rights:
            raise Refusal(401, "unauthorized", f"{NEEDED[name]} is needed")

    def send_json(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    # --- the calls of B2 ---

    def b2_authorize_account(self, asked):
        given = base64.b64decode(self.headers["Authorization"].partition(" ")[2]).decode()
        if given != f"{KEY_ID}:{KEY}":
            raise Refusal(401, "unauthorized", "Invalid accountId or applicationKeyId")
        problems, url = self.server.problems, self.server.url
        only = [{"id": BUCKET_ID, "name": problems.bucket_of_key}] if problems.bucket_of_key else None
        allowed = {"capabilities": problems.rights, "buckets": only, "namePrefix": None}
        storage = {
            "apiUrl": url, "downloadUrl": url, "s3ApiUrl": url, "allowed": allowed,
            "absoluteMinimumPartSize": 5_000_000, "recommendedPartSize": 100_000_000,
        }  # fmt: skip
        token = {"accountId": "account", "authorizationToken": "token-of-tests"}
        return token | {"apiInfo": {"storageApi": storage}, "applicationKeyExpirationTimestamp": None}

    def b2_list_buckets(self, asked):
        named = asked.get("bucketName") in (None, BUCKET)
        bucket = {
            "accountId": "account", "bucketId": self.server.problems.bucket_id, "bucketName": BUCKET,
            "bucketType": "allPrivate", "bucketInfo": {}, "corsRules": [], "lifecycleRules": [], "options": [],
            "revision": 1,
            "defaultServerSideEncryption": {"isClientAuthorizedToRead": True, "value": {"mode": None}},
            "fileLockConfiguration": {"isClientAuthorizedToRead": False, "value": None},
            "replicationConfiguration": {"isClientAuthorizedToRead": False, "value": None},
        }  # fmt: skip
        return {"buckets": [bucket] if named else []}

    def b2_list_file_names(self, asked):
        if asked["bucketId"] != self.server.problems.bucket_id:
            raise Refusal(400, "bad_bucket_id", "no such bucket")
        prefix, start, most = (
            asked.get("prefix") or "",
            asked.get("startFileName") or "",
            asked.get("maxFileCount") or 100,
        )
        found = [one for name, one in self.server.newest().items() if name >= start and name.startswith(prefix)]
        following = found[most].name if len(found) > most else None
        return {"files": list(map(facts, found[:most])), "nextFileName": following}

    def b2_list_file_versions(self, asked):
        found = [one for one in self.server.versions if one.file_id and one.name.startswith(asked.get("prefix") or "")]
        newest_first = sorted(found, key=lambda one: (one.name, -one.uploaded_at))
        return {"files": list(map(facts, newest_first)), "nextFileName": None, "nextFileId": None}

    def b2_get_file_info(self, asked):
        found = self.server.by_id(asked["fileId"])
        if found is None:
            raise Refusal(404, "not_found", "file not present")
        return facts(found)

    def b2_get_upload_url(self, asked):
        url = f"{self.server.url}/b2api/v4/b2_upload_file"
        return {"bucketId": BUCKET_ID, "uploadUrl": url, "authorizationToken": "token-of-tests"}

    def b2_upload_file(self, asked):
        content, sha1 = self.body, self.headers["X-Bz-Content-Sha1"]
        if sha1 == "hex_digits_at_end":
            content, sha1 = content[:-40], content[-40:].decode()
        if hashlib.sha1(content).hexdigest() != sha1:
            raise Refusal(400, "bad_request", "Sha1 did not match data received")
        return facts(self.server.put(unquote(self.headers["X-Bz-File-Name"]), self.kept(content)))

    def kept(self, content):
        path = self.server.folder / hashlib.sha256(content).hexdigest()
        path.write_bytes(content)
        return path

    def send_version(self, version):
        if "readFiles" not in self.server.problems.rights:
            raise Refusal(401, "unauthorized", "readFiles is needed")
        if version is None:
            raise Refusal(404, "not_found", "file not present")
        self.server.calls.append(self.headers["Range"] or "all of it")
        first, _, last = (self.headers["Range"] or "bytes=0-").removeprefix("bytes=").partition("-")
        first, last = int(first), int(last or version.size - 1)
        self.send_response(206 if self.headers["Range"] else 200)
        for name, value in headers_of(version).items():
            self.send_header(name, value)
        if self.headers["Range"]:
            self.send_header("Content-Range", f"bytes {first}-{last}/{version.size}")
        self.send_header("Content-Length", str(last - first + 1))
        self.end_headers()
        if self.command == "GET":
            self.send_content(version, first, last + 1)

    def send_content(self, version, place, end):
        problems = self.server.problems
        stops = [at for at in (problems.at, end) if at is not None and place <= at <= end]
        with open(version.path, "rb") as content:
            content.seek(place)
            for stop in stops:
                while piece := content.read(min(PIECE, stop - content.tell())):
                    time.sleep(problems.pause)
                    self.wfile.write(piece)
                if stop == problems.at and self.server.happen(version):
                    self.close_connection = True
                    return

    # --- what is no call of B2 ---

    def standin_put(self, asked):
        path = asked.get("path") or self.kept(self.body)
        return vars(self.server.put(asked["name"], path, asked.get("sha1")))

    def standin_put_many(self, asked):
        for name in asked["names"]:
            self.server.put(name, self.kept(b""))

    def standin_delete(self, asked):
        self.server.delete(self.server.newest()[asked["name"]].file_id)

    def standin_problems(self, asked):
        self.server.problems = Problems(**asked)

    def standin_clear(self, asked):
        self.server.versions.clear()
        self.server.calls.clear()
        self.server.problems = Problems()

    def standin_calls(self, asked):
        return self.server.calls

    def log_message(self, *_):
        pass


def facts(version):
    """A version as the API's JSON has it."""
    return {
        "accountId": "account", "action": "upload", "bucketId": BUCKET_ID, "contentLength": version.size,
        "contentSha1": version.sha1, "contentMd5": None, "contentType": "text/csv", "fileId": version.file_id,
        "fileInfo": {}, "fileName": version.name, "uploadTimestamp": version.uploaded_at, "replicationStatus": None,
        "serverSideEncryption": {"mode": None, "algorithm": None},
        "fileRetention": {"isClientAuthorizedToRead": False, "value": None},
        "legalHold": {"isClientAuthorizedToRead": False, "value": None},
    }  # fmt: skip


def headers_of(version):
    """A version as the headers of a download have it."""
    return {
        "Content-Type": "text/csv", "X-Bz-File-Id": version.file_id, "X-Bz-File-Name": quote(version.name),
        "X-Bz-Content-Sha1": version.sha1, "X-Bz-Upload-Timestamp": str(version.uploaded_at), "Accept-Ranges": "bytes",
        "X-Bz-Client-Unauthorized-To-Read": "X-Bz-File-Legal-Hold,X-Bz-File-Retention-Mode",
    }  # fmt: skip


if __name__ == "__main__":
    server = StandIn(sys.argv[1])
    print(server.server_port, flush=True)
    server.serve_forever()
