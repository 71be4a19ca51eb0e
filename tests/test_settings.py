import stat
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from atlas import settings


@pytest.fixture
def bucket(monkeypatch):
    """A stand-in for an S3 server that has no objects and takes every one; what it was sent, in order."""
    received = []

    class Bucket(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self):
            self.send_response(404)
            self.end_headers()

        def do_PUT(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Bucket)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("S3_BUCKET", "kept")
    monkeypatch.setenv("S3_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("S3_REGION", "eu-central-003")
    monkeypatch.setenv("S3_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("S3_SECRET_ACCESS_KEY", "secret")
    yield received
    server.shutdown()
    server.server_close()


def test_sources_go_to_the_bucket_that_the_environment_names_without_checksum_headers(bucket):
    storages.create_storage(settings.sources_storage()).save("a/file.csv", ContentFile(b"a,b\n1,2\n"))
    [(path, headers, body)] = bucket
    assert path == "/kept/a/file.csv"
    assert body == b"a,b\n1,2\n"
    assert not [name for name in headers if "checksum" in name.lower() or "trailer" in name.lower()]


def test_sources_are_kept_in_the_data_directory_where_only_its_owner_reads_them():
    kept = storages["sources"]
    name = kept.save("a/file.csv", ContentFile(b"a,b\n"))
    path = settings.DATA_DIR / "sources" / name
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)] == [0o600, 0o700]
    kept.delete(name)


def test_a_secret_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "new" / "secret-key"
    first = settings.kept_secret(path)
    assert len(first) > 60
    assert settings.kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
