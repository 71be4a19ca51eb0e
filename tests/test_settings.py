import re
import stat
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connection

from atlas import environment, settings
from atlas.server import addresses, back_off, supervised_process
from core.checks import no_debug_for_others


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
        (lambda: environment.positive_number("X", 1, unit="seconds"), "0", "X must be 1 or more seconds, not 0."),
        (lambda: environment.number_or_none("X", unit="days"), "soon", "X must be a whole number of days, not 'soon'."),
        (
            lambda: environment.whole_number("X", 1, unit="seconds"),
            "9" * 5000,  # more digits than int() takes
            f"X must be at most 2,147,483 seconds, not {'9' * 40}.",
        ),
        (lambda: environment.whole_number("X", 1, unit="percent"), "100", "X must be at most 99 percent, not 100."),
        (
            lambda: environment.positive_number("X", 2, unit="threads"),
            "9999",
            "X must be at most 1,000 threads, not 9999.",
        ),
        (
            lambda: environment.positive_number("X", 9000, unit="bytes", least=4096),
            "4095",
            "X must be 4,096 or more bytes, not 4095.",
        ),
        (lambda: environment.number_or_none("X", unit="days"), "99999", "X must be at most 36,500 days, not 99999."),
        (lambda: environment.switch("X"), "maybe", "X must be on or off, not 'maybe'."),
        (lambda: environment.one_of("X", "MDY", "DMY"), "XYZ", "X must be MDY or DMY, not 'XYZ'."),
        (
            lambda: environment.word_or_url("X", "production"),
            "nonsense",
            "X must be production or a URL that begins with https://, not 'nonsense'.",
        ),
    ],
    ids=[
        "unit",
        "number",
        "positive",
        "days",
        "digits",
        "percent",
        "threads",
        "least",
        "long",
        "switch",
        "choice",
        "address",
    ],
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


@pytest.mark.django_db
def test_a_session_of_any_server_compiles_no_queries_unless_its_url_says_so(monkeypatch):
    """With a server's default, `check_consistency` took 49 s for 11 tables that take 7 s without."""
    monkeypatch.setenv("DATABASE_URL", "postgres://atlas:p@db:5432/atlas?options=-c%20jit%3Don")
    options = settings.database()["OPTIONS"]["options"].split(" -c ")
    assert options.index("jit=off") < options.index("jit=on")
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


def test_an_incomplete_bucket_of_source_files_is_refused(monkeypatch, bucket):
    monkeypatch.delenv("S3_SECRET_ACCESS_KEY")
    with pytest.raises(ImproperlyConfigured, match="S3_SECRET_ACCESS_KEY must be set too"):
        settings.sources_storage()
    monkeypatch.delenv("S3_ACCESS_KEY_ID")
    monkeypatch.delenv("S3_BUCKET")
    with pytest.raises(ImproperlyConfigured, match="S3_BUCKET must be set too: without it, S3_ENDPOINT_URL"):
        settings.sources_storage()
    monkeypatch.delenv("S3_ENDPOINT_URL")
    with pytest.raises(ImproperlyConfigured, match="without it, S3_REGION has no effect"):
        settings.sources_storage()


def test_a_process_that_ended_is_told_and_started_again(monkeypatch, capsys):
    monkeypatch.setattr(back_off, "FIRST_PAUSE", 0.0)

    def dying():
        return subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])

    part = supervised_process.SupervisedProcess("A worker", dying, stop_seconds=10)
    while part.ends < 2:
        part.keep_running()
        time.sleep(0.01)
    part.stop()
    assert "A worker ended with exit status 3. Starting it again in 0 s.\n" * 2 in capsys.readouterr().err


def test_the_pauses_between_starts_grow_up_to_a_limit_and_begin_anew_for_what_ran_long():
    now = [0.0]
    pauses = back_off.BackOff(clock=lambda: now[0])
    grown = []
    for _ in range(7):
        grown.append(pauses.ended())
        assert not pauses.is_due()
        now[0] += grown[-1]
        assert pauses.is_due()
        pauses.started()
    assert grown == [1, 2, 4, 8, 16, 30, 30]
    now[0] += back_off.STABLE_SECONDS
    assert pauses.ended() == 1


@pytest.mark.parametrize("content", ["", "cut"])
def test_an_empty_or_cut_secret_key_is_refused(tmp_path, content):
    path = tmp_path / "secret-key"
    path.write_text(content)
    with pytest.raises(ImproperlyConfigured, match="is empty or cut off.*Restore the file from a backup, or delete it"):
        settings.kept_secret(path)
    path.unlink()
    assert settings.kept_secret(path) == settings.kept_secret(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_secret_key_of_the_environment_that_can_be_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("ATLAS_SECRET_KEY", "put-the-output-here")  # as in deploy/content-atlas.env
    with pytest.raises(ImproperlyConfigured, match="has 19 characters, and needs at least 50.*openssl rand"):
        settings.secret_of_environment()
    monkeypatch.setenv("ATLAS_SECRET_KEY", "x" * 50)
    assert settings.secret_of_environment() == "x" * 50


def test_processes_that_create_the_secret_key_at_once_get_the_same_one(tmp_path):
    """A file that is created before it is written would be read empty by some of them."""
    with ThreadPoolExecutor(16) as pool:
        for place in range(20):
            keys = list(pool.map(settings.kept_secret, [tmp_path / str(place)] * 16))
            assert len(set(keys)) == 1


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("localhost", True), ("::1", True), ("[::1]", True), ("0.0.0.0", False),
     ("::", False), ("", False), ("10.0.0.1", False), ("atlas.example.com", False)],
)  # fmt: skip
def test_debug_mode_is_for_addresses_of_this_machine_only(host, expected):
    assert addresses.is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "url"),
    [("127.0.0.1", "http://127.0.0.1:80"), ("0.0.0.0", "http://127.0.0.1:80"), ("", "http://127.0.0.1:80"),
     ("::", "http://[::1]:80"), ("10.0.0.1", "http://10.0.0.1:80"), ("[fd00::2]", "http://[fd00::2]:80"),
     ("atlas.example.com", "http://atlas.example.com:80")],
)  # fmt: skip
def test_this_machine_reaches_its_server_at_the_address_that_it_listens_on(host, url):
    assert addresses.url_of(host, 80) == url


def test_debug_mode_with_other_host_names_is_an_error_of_the_checks(settings):
    settings.DEBUG, settings.ALLOWED_HOSTS = True, ["localhost", "127.0.0.1", "[::1]"]
    assert no_debug_for_others(app_configs=None) == []
    settings.ALLOWED_HOSTS = ["localhost", "atlas.example.com"]
    assert [error.id for error in no_debug_for_others(app_configs=None)] == ["core.E001"]


def test_a_size_limit_that_would_refuse_everything_is_refused_itself():
    source = (settings.BASE_DIR / "atlas" / "settings.py").read_text()
    zero = re.findall(r'whole_number\("(ATLAS_MAX_\w+)"', source)
    assert sorted(zero) == ["ATLAS_MAX_ROWS", "ATLAS_MAX_RULES"]  # 0: no limit, and no rules
