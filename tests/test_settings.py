import stat
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from atlas import environment, settings
from atlas.server import worker_processes


@pytest.fixture
def bucket(monkeypatch):
    """A substitute for an S3 server without objects; it accepts all of them and records the requests."""
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


def test_source_files_go_to_the_bucket_of_the_settings_without_checksum_headers(bucket):
    storages.create_storage(settings.sources_storage()).save("a/file.csv", ContentFile(b"a,b\n1,2\n"))
    [(path, headers, body)] = bucket
    assert path == "/kept/a/file.csv"
    assert body == b"a,b\n1,2\n"
    assert not [name for name in headers if "checksum" in name.lower() or "trailer" in name.lower()]


def test_source_files_in_the_data_directory_are_readable_only_by_their_owner():
    kept = storages["sources"]
    name = kept.save("a/file.csv", ContentFile(b"a,b\n"))
    path = settings.DATA_DIR / "sources" / name
    assert [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)] == [0o600, 0o700]
    kept.delete(name)


def test_a_secret_is_created_once_and_readable_only_by_its_owner(tmp_path):
    path = tmp_path / "new" / "secret-key"
    first = settings.kept_secret(path)
    assert len(first) > 60
    assert settings.kept_secret(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (
            lambda: environment.whole_number("X", 1, unit="bytes"),
            "2 GB",
            "X must be a whole number of bytes, not '2 GB'.",
        ),
        (lambda: environment.whole_number("X", 1), "-1", "X must be a whole number, not '-1'."),
        (lambda: environment.number_or_none("X", unit="days"), "soon", "X must be a whole number of days, not 'soon'."),
        (lambda: environment.switch("X"), "maybe", "X must be on or off, not 'maybe'."),
        (lambda: environment.one_of("X", "MDY", "DMY"), "XYZ", "X must be MDY or DMY, not 'XYZ'."),
        (
            lambda: environment.word_or_url("X", "production"),
            "nonsense",
            "X must be production or a URL that begins with https://, not 'nonsense'.",
        ),
    ],
    ids=["unit", "number", "days", "switch", "choice", "address"],
)
def test_an_invalid_variable_is_named(monkeypatch, read, value, message):
    monkeypatch.setenv("X", value)
    with pytest.raises(ImproperlyConfigured) as error:
        read()
    assert str(error.value) == message


def test_valid_variables_are_read_and_empty_ones_count_as_not_set(monkeypatch):
    monkeypatch.setenv("X", "")
    assert (environment.whole_number("X", 7), environment.number_or_none("X"), environment.switch("X")) == (
        7,
        None,
        False,
    )
    assert (environment.one_of("X", "MDY", "DMY"), environment.word_or_url("X", "production")) == (
        "MDY", "production",
    )  # fmt: skip
    for value, meant in {"on": True, "True": True, "1": True, "off": False, "no": False}.items():
        monkeypatch.setenv("X", value)
        assert environment.switch("X") is meant


def test_an_incomplete_bucket_of_source_files_is_refused(monkeypatch, bucket):
    monkeypatch.delenv("S3_SECRET_ACCESS_KEY")
    with pytest.raises(ImproperlyConfigured, match="S3_SECRET_ACCESS_KEY must be set too"):
        settings.sources_storage()
    monkeypatch.delenv("S3_ACCESS_KEY_ID")
    monkeypatch.delenv("S3_BUCKET")
    with pytest.raises(ImproperlyConfigured, match="S3_BUCKET must be set too: without it, S3_ENDPOINT_URL"):
        settings.sources_storage()


def test_a_worker_that_ended_is_logged_and_restarted(monkeypatch, caplog):
    def dying():
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    monkeypatch.setattr(worker_processes, "start_process", dying)
    monkeypatch.setattr(worker_processes, "PAUSE_SECONDS", 0.0)
    worker = worker_processes.Worker()
    while "A worker ended with exit status 3. Restarting it." not in caplog.text:
        worker.keep_running()
        time.sleep(0.01)
    worker.stop()
