"""Source files in a real S3 server (`rclone serve s3`), seen through a proxy that writes down what it is asked."""

import hashlib
import http.client
import io
import random
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from atlas import settings as atlas_settings
from imports.errors import SourceUnavailable, SourceUnreachable
from imports.models import ImportHistory
from imports.sources import kept_files
from imports.sources.upload import received
from tests.api.conftest import client_of
from tests.importing import rows_of

BYTES = b"a,b\n1,2\n" * 1000
SHA256 = hashlib.sha256(BYTES).hexdigest()
RCLONE = Path(sys.executable).with_name("rclone")


class Proxy(ThreadingHTTPServer):
    """Hands every request on to the S3 server as it came."""

    daemon_threads = True

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Request)
        self.port_behind = port
        self.requests = []  # method, path, headers


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def hand_on(self):
        self.server.requests.append((self.command, self.path, {name.lower(): v for name, v in self.headers.items()}))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        behind = http.client.HTTPConnection("127.0.0.1", self.server.port_behind)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "expect"}
        behind.request(self.command, self.path, body, headers)
        answer = behind.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() != "transfer-encoding":
                self.send_header(name, value)
        if "content-length" not in {name.lower() for name, _ in answer.getheaders()}:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
        behind.close()

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = hand_on  # noqa: N815

    def log_message(self, *_):
        pass


@pytest.fixture
def s3_server(tmp_path):
    """The port of an S3 server, and the folder whose folders are its buckets.

    One for each test, which takes 50 ms: after an upload in parts rclone goes round without end, on a core of its own.
    """
    folder = tmp_path / "s3"
    folder.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fresh = ["--config", "", "--dir-cache-time", "0s"]
    command = [RCLONE, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", "key,secret", *fresh, folder]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, folder
    finally:
        process.terminate()
        process.wait()


def wait_for(port):
    for _ in range(1200):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("rclone does not serve")


@pytest.fixture
def proxy(s3_server):
    server = Proxy(s3_server[0])
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def bucket(proxy, s3_server, settings, monkeypatch, tmp_path, atlas_db):
    """Source files go through the proxy into a bucket of the S3 server; the folder that it is."""
    settings.ATLAS_SPOOL_DIR = tmp_path / "spool"
    folder = s3_server[1] / "kept"
    folder.mkdir()
    use_bucket(settings, monkeypatch, proxy.server_port, S3_BUCKET=folder.name)
    return folder


def use_bucket(settings, monkeypatch, port, **changes):
    names = {
        "S3_ENDPOINT_URL": f"http://127.0.0.1:{port}", "S3_REGION": "eu-central-003",
        "S3_ACCESS_KEY_ID": "key", "S3_SECRET_ACCESS_KEY": "secret",
    }  # fmt: skip
    for name, value in (names | changes).items():
        monkeypatch.setenv(name, value)
    settings.STORAGES = {**settings.STORAGES, "sources": atlas_settings.sources_storage()}


def keep(content=BYTES):
    with received(io.BytesIO(content), "x.csv") as source:
        return kept_files.keep(source)


def checksum_headers(proxy):
    """Those that Backblaze B2 answers with 400."""
    names = {name for _, _, headers in proxy.requests for name in headers}
    return [name for name in names if "checksum" in name or "trailer" in name or name == "x-amz-sdk-checksum-algorithm"]


def test_a_file_goes_into_the_bucket_and_comes_back(bucket):
    assert keep() == f"{SHA256[:2]}/{SHA256}"
    assert (bucket / SHA256[:2] / SHA256).read_bytes() == BYTES

    with kept_files.fetched(SHA256, "x.csv") as source:
        assert source.path.read_bytes() == BYTES


def test_what_is_in_the_bucket_is_not_sent_again(bucket, proxy):
    keep()
    keep()

    assert [method for method, _, _ in proxy.requests].count("PUT") == 1


def test_half_a_file_in_the_bucket_is_replaced(bucket):
    (bucket / SHA256[:2]).mkdir()
    (bucket / SHA256[:2] / SHA256).write_bytes(BYTES[:10])

    keep()

    assert (bucket / SHA256[:2] / SHA256).read_bytes() == BYTES


def test_a_large_file_goes_in_parts_without_a_checksum_header(bucket, proxy):
    content = random.Random(6).randbytes(20_000_000)
    sha256 = hashlib.sha256(content).hexdigest()

    keep(content)
    with kept_files.fetched(sha256, "x.csv") as source:
        assert source.sha256 == sha256
    kept_files.delete_kept_file(sha256)

    assert len([path for method, path, _ in proxy.requests if method == "PUT" and "partNumber" in path]) == 3
    assert checksum_headers(proxy) == []


def test_no_request_has_a_checksum_header(bucket, proxy):
    keep()
    assert kept_files.is_kept(SHA256)
    assert [file.sha256 for file in kept_files.kept_files()] == [SHA256]
    with kept_files.beginning(SHA256, "x.csv", 100):
        pass
    kept_files.delete_kept_file(SHA256)

    assert {method for method, _, _ in proxy.requests} == {"HEAD", "GET", "PUT", "DELETE"}
    assert checksum_headers(proxy) == []


def test_the_beginning_of_a_file_is_all_that_travels(bucket, proxy):
    keep()
    proxy.requests.clear()

    with kept_files.beginning(SHA256, "x.csv", 99) as source:
        assert source.path.read_bytes() == BYTES[:96]
    assert [(method, headers.get("range")) for method, _, headers in proxy.requests] == [("GET", "bytes=0-98")]


def test_kept_files_are_listed_with_size_and_time(bucket):
    keep()
    keep(b"a\n1\n")

    found = {file.sha256: (file.size, file.kept_at.tzinfo is not None) for file in kept_files.kept_files()}

    assert found == {SHA256: (8000, True), hashlib.sha256(b"a\n1\n").hexdigest(): (4, True)}


def test_a_forgotten_file_is_gone_from_the_bucket(bucket):
    keep()

    kept_files.delete_kept_file(SHA256)
    kept_files.delete_kept_file(SHA256)

    assert not kept_files.is_kept(SHA256)
    assert list(kept_files.kept_files()) == []
    for use in (kept_files.fetched(SHA256, "x.csv"), kept_files.beginning(SHA256, "x.csv", 10)):
        with pytest.raises(SourceUnavailable, match="no longer stored"), use:
            pass


def test_an_import_is_undone_and_redone_out_of_the_bucket(bucket):
    ida = client_of("ida", "importer")

    import_id = ida.upload("customers.csv", "name,age\nAda,36\nAlan,41\n").json()["import_id"]
    assert ida.send({"reason": "too early"}, f"/import-history/{import_id}/undo").status_code == 200
    assert ida.send({}, f"/import-history/{import_id}/redo").status_code == 200

    assert [(row["name"], row["age"]) for row in rows_of("customers")] == [("Ada", 36), ("Alan", 41)]
    assert ida.get(f"/import-history/{import_id}/source-file").getvalue() == b"name,age\nAda,36\nAlan,41\n"
    assert [path.name for path in bucket.rglob("*/*")] == [ImportHistory.objects.get().file_hash]


WAYS_TO_FAIL = {
    "no server": (
        {"S3_ENDPOINT_URL": "http://127.0.0.1:1"},
        r"no response from the bucket \(EndpointConnectionError\)",
        "storage_bucket_silent",
    ),
    "wrong key": (
        {"S3_SECRET_ACCESS_KEY": "wrong-secret"},
        "the bucket responded with (403|SignatureDoesNotMatch)",
        "storage_bucket_refused",
    ),
    "no such bucket": (
        {"S3_BUCKET": "nothing-here"},
        "the bucket responded with NoSuchBucket",
        "storage_bucket_refused",
    ),
}


@pytest.mark.parametrize(("changes", "words", "code"), WAYS_TO_FAIL.values(), ids=list(WAYS_TO_FAIL))
def test_a_bucket_that_fails_is_reported_without_its_key(bucket, proxy, settings, monkeypatch, changes, words, code):
    use_bucket(settings, monkeypatch, proxy.server_port, **changes)

    with pytest.raises(SourceUnreachable, match=f"The source file storage is not available: .*{words}") as no:
        keep()
    assert "secret" not in f"{no.value} {no.value.details}"
    assert no.value.details["reason"] == code


def test_an_import_without_its_bucket_is_none(bucket, proxy, settings, monkeypatch):
    use_bucket(settings, monkeypatch, 1)

    response = client_of("ida", "importer").upload("customers.csv", "name,age\nAda,36\n")

    assert (response.status_code, response.json()["error"]["code"]) == (503, "source_unreachable")
    assert response.headers["Retry-After"] == "30"
    record = ImportHistory.objects.get()
    assert (record.status, record.rows_inserted) == ("failed", 0)
    assert record.error_message.startswith("The source file storage is not available")


def test_a_backup_has_the_files_of_the_bucket_or_is_not_there(bucket, proxy, settings, monkeypatch, tmp_path):
    """One that is missing in the bucket is said; a bucket that does not respond makes the backup fail."""
    importer = client_of("ida", "importer")
    here, gone = (b"a\n1\n", b"a\n2\n")
    for content in (here, gone):
        assert importer.upload("x.csv", content).status_code == 200
    sha256, gone = (hashlib.sha256(content).hexdigest() for content in (here, gone))
    kept_files.delete_kept_file(gone)
    said = io.StringIO()
    call_command("backup", tmp_path / "whole", stdout=io.StringIO(), stderr=said)

    assert (tmp_path / "whole" / "sources" / kept_files.address_of(sha256)).read_bytes() == here
    assert gone in said.getvalue() and sha256 not in said.getvalue()

    use_bucket(settings, monkeypatch, 1)
    with pytest.raises(CommandError, match="The source file storage is not available"):
        call_command("backup", tmp_path / "none", stdout=io.StringIO())
    assert not (tmp_path / "none").exists()


def test_the_page_of_an_import_is_there_without_its_bucket(bucket, proxy, settings, monkeypatch):
    ida = client_of("ida", "importer")
    import_id = ida.upload("customers.csv", "name,age\nAda,36\n").json()["import_id"]
    ida.force_login(ida.user)
    use_bucket(settings, monkeypatch, 1)

    assert ida.get(f"/ui/imports/{import_id}").status_code == 200
    assert ida.get(f"/import-history/{import_id}/source-file").status_code == 503
