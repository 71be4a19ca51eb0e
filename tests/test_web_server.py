"""The web server keeps its promises to everybody while some clients are slow, large, many or broken."""

import os
import select
import signal
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection as database

from core.web.lanes import LaneName, lane_of
from imports.locks import table_lock
from imports.models import ImportHistory
from tests.api.conftest import client_of
from tests.web_server import answer_on, bytes_until_closed, static_folder, web_server
from tests.working import wait_for

LARGE = 12_000_000  # bytes of a response, more than the system takes for a client that reads none
SECONDS = 6  # that a slow client has
FORM_BYTES = 262_144


@pytest.fixture(scope="module")
def server(django_db_setup, tmp_path_factory):
    data = tmp_path_factory.mktemp("data")
    (static_folder(data) / "large.bin").write_bytes(bytes(LARGE))
    place = database.settings_dict
    login = quote(place["USER"]) + (f":{quote(place['PASSWORD'], safe='')}" if place["PASSWORD"] else "")
    port = f":{place['PORT']}" if place["PORT"] else ""
    url = f"postgres://{login}@{quote(place['HOST'], safe='')}{port}/{place['NAME']}"
    limits = {
        "ATLAS_HEADER_SECONDS": SECONDS, "ATLAS_SILENT_SECONDS": SECONDS, "ATLAS_MAX_UPLOAD_BYTES": 3_000_000,
        "ATLAS_LEAST_BYTES_PER_SECOND": 100_000, "ATLAS_WORK_THREADS": 2, "ATLAS_READ_THREADS": 2,
        "ATLAS_WAITING_REQUESTS": 20, "ATLAS_REQUEST_WAIT_SECONDS": 2, "ATLAS_MAX_CONNECTIONS_PER_ADDRESS": 130,
        "ATLAS_READY_SECONDS": 1,
    }  # fmt: skip
    with web_server(url, data, **{name: str(value) for name, value in limits.items()}) as running:
        yield running


@pytest.fixture
def token(atlas_db):
    return client_of("ida", "importer").defaults["HTTP_AUTHORIZATION"]


@pytest.fixture
def importer_token(token):
    return {"Authorization": token}


def upload_head(token, length):
    return (
        f"POST /map-data HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n--x"
    ).encode()


def form(content):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\n'
    return head + content + b"\r\n--x--\r\n"


def blocks(data):
    return (data[start : start + 65_536] for start in range(0, len(data), 65_536))


@contextmanager
def dripping(connections):
    """Send one byte a second on each."""
    stop = threading.Event()

    def drip():
        while not stop.wait(1):
            for connection in connections:
                with suppress(OSError):
                    connection.send(b"a")

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_hundred_slow_clients_take_no_thread_and_are_cut_off(server, token, importer_token):
    with ExitStack() as opened:

        def many(text, **options):
            connections = [opened.enter_context(server.connect(**options)) for _ in range(20)]
            for connection in connections:
                connection.sendall(text)
            return connections

        silent = many(b"")
        headers = many(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        bodies = many(upload_head(token, 1_000_000))
        forms = many(b"POST /import-history/1/undo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\na=")
        readers = many(b"GET /static/large.bin HTTP/1.1\r\nHost: localhost\r\n\r\n", receive_buffer=4096)
        with dripping([*headers, *bodies, *forms]):
            answers = [server.ask("GET", path, headers=importer_token)[0] for path in ("/health", "/ready", "/tables")]
            in_time = [connection for connection in headers if not is_closed(connection)]

            assert (answers, len(in_time)) == ([200, 200, 200], 20)
            assert [answer_on(connection) for connection in silent] == [(0, {})] * 20
            for slow in (headers, forms):
                assert {(status, error["code"]) for status, error in map(answer_on, slow)} == {(408, "request_timeout")}
            # Who sends a file is asked of the database first, for which not all have a turn in time.
            assert {status for status, _ in map(answer_on, bodies)} <= {408, 503}
        wait_for(lambda: server.connections() == 0)
        assert max(map(bytes_until_closed, readers)) < LARGE
    wait_for(lambda: list((server.data / "spool").iterdir()) == [])


def is_closed(connection):
    """Whether the server has answered or closed it; nothing is taken from it."""
    return bool(select.select([connection], [], [], 0)[0])


def test_only_what_needs_no_database_runs_in_the_quick_lane():
    assert {lane_of(path, "GET") for path in ("/health", "/health/", "/static/a.css")} == {LaneName.QUICK}
    assert {lane_of(path, "GET") for path in ("/healthy", "/health/x", "/tables")} == {LaneName.READ}
    assert lane_of("/map-data", "POST") == LaneName.WORK


def test_connections_of_one_address_are_limited(server):
    with ExitStack() as opened:
        kept = [opened.enter_context(server.connect()) for _ in range(130)]
        one_more = opened.enter_context(server.connect())

        assert answer_on(one_more)[0] == 503
        assert not any(map(is_closed, kept))
    assert wait_for(lambda: server.ask("GET", "/health")[0] == 200)


def test_a_busy_table_leaves_room_for_short_requests(server, token, importer_token):
    statuses = []

    def import_one():
        body = b'{"mapping": {"table_name": "people"}, "records": [{"a": 1}]}'
        status, headers, _ = server.ask(
            "POST", "/map-data", body, importer_token | {"Content-Type": "application/json"}
        )
        statuses.append((status, headers["Retry-After"] is not None))

    threads = [threading.Thread(target=import_one) for _ in range(24)]
    with table_lock("people"):
        for thread in threads:
            thread.start()
        wait_for(lambda: len(statuses) >= 22)  # two run, twenty waited in vain, two were too many

        assert [server.ask("GET", path, headers=importer_token)[0] for path in ("/health", "/ready", "/tables")] == [
            200
        ] * 3
        assert set(statuses) == {(503, True)}
    for thread in threads:
        thread.join(60)
    assert sorted(statuses)[:2] in ([(200, False)] * 2, [(200, False), (409, False)])
    assert ImportHistory.objects.count() >= 1


@pytest.mark.parametrize(
    ("path", "status"),
    [("/map-data", 401), ("/import-history", 401), ("/nothing", 404), ("/ui/sign-in", 302), ("/admin/auth/user/", 302)],
)
def test_what_comes_from_strangers_is_not_written_to_the_disk(server, atlas_db, path, status):
    before = server.written()
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": "Token wrong"}
    body = form(b"a,b\n" + b"1,2\n" * 700_000)

    answers = [
        server.ask("POST", path, body, headers),
        server.ask("POST", path, blocks(body), headers | {"Transfer-Encoding": "chunked"}, chunked=True),
    ]

    assert [answer[0] for answer in answers] == [status, status]
    assert server.written() - before < 100_000


def test_a_body_that_comes_in_chunks_is_taken_up_to_the_limit(server, importer_token):
    headers = importer_token | {"Content-Type": "multipart/form-data; boundary=x", "Transfer-Encoding": "chunked"}

    def sent(content):
        status, _, answer = server.ask("POST", "/map-data", blocks(form(content)), headers, chunked=True)
        return status, answer

    rows = 3_000_000 // 4 - 1
    taken = sent(b"a,b\n" + b"1,2\n" * 1000)
    over = sent(b"a,b\n" + b"1,2\n" * rows + b"3")
    far_over = sent(b"a,b\n" + b"1,2\n" * rows * 2)

    assert (taken[0], b'"rows_inserted":1000' in taken[1].replace(b" ", b"")) == (200, True)
    assert [(status, b"file_too_large" in answer) for status, answer in (over, far_over)] == [(413, True)] * 2
    assert list((server.data / "spool").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/9.9\r\n\r\n", 400, "bad_request"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "url_too_long"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", 431, "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: a\r\n" * 200 + b"\r\n", 431, "headers_too_large"),
        (
            b"GET / HTTP/1.1\r\nHost: localhost\r\n" + (b"X: " + b"a" * 8_000 + b"\r\n") * 9 + b"\r\n",
            431,
            "headers_too_large",
        ),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX Y: a\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n", 400, "bad_request"),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n", 400, "bad_request"),
        (b"GET /" + b"a" * 9_000_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414, "url_too_long"),
        (b"POST /map-data HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request"),
        (
            b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
            400,
            "bad_request",
        ),
        (b"GET /tables HTTP/1.1\r\nHost: elsewhere\r\nConnection: close\r\n\r\n", 400, "bad_request"),
    ],
)
def test_broken_requests_are_answered_in_the_format_of_the_api(server, text, status, code):
    answered, error = server.tell(text)

    assert (answered, error["code"]) == (status, code)
    assert "gunicorn" not in error["message"]


@pytest.mark.parametrize(
    ("line", "host", "status", "code"),
    [
        (b"GET http://localhost/tables?limit=1 HTTP/1.1", b"elsewhere", 401, "not_authenticated"),
        (b"GET http://elsewhere/tables HTTP/1.1", b"localhost", 400, "bad_request"),
        (b"GET http://localhost/no%20such HTTP/1.1", b"localhost", 404, "not_found"),
        (b"\r\nGET /tables HTTP/1.1", b"localhost", 401, "not_authenticated"),
    ],
)
def test_whole_urls_and_an_empty_line_before_a_request_are_understood(server, atlas_db, line, host, status, code):
    """RFC 9112, 2.2 and 3.2.2: of a whole URL the host counts, not that of the header."""
    answered, error = server.tell(line + b"\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")

    assert (answered, error["code"]) == (status, code)


@pytest.mark.parametrize("encoding", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_a_form_of_too_many_fields_is_refused(server, atlas_db, encoding):
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n'
    body = b"a=&" * 20_001 if encoding.startswith("application") else part * 4_000 + b"--x--\r\n"
    status = server.ask("POST", "/ui/sign-in", body, {"Content-Type": encoding})[0]

    assert len(body) < FORM_BYTES
    assert status in (400, 403)


def test_a_path_is_passed_on_as_it_is(server, atlas_db):
    status, headers, _ = server.ask("GET", "/ui/tables/%FF%C3%A9?b=%FF")

    assert (status, headers["Location"]) == (302, "/ui/sign-in?next=/ui/tables/%2525FF%25C3%25A9%3Fb%3D%25FF")


def test_ready_answers_while_the_database_hangs(server, atlas_db):
    assert server.ask("GET", "/ready")[0] == 200
    backends = probes()
    if not all(Path(f"/proc/{pid}").exists() for pid in backends):
        pytest.skip("The database is on another machine.")
    for pid in backends:
        os.kill(pid, signal.SIGSTOP)
    try:
        status, headers, _ = server.ask("GET", "/ready")
        healthy = server.ask("GET", "/health")[0]
    finally:
        for pid in backends:
            os.kill(pid, signal.SIGCONT)

    assert (status, headers["Retry-After"] is not None, healthy) == (503, True, 200)
    assert wait_for(lambda: server.ask("GET", "/ready")[0] == 200)


def probes():
    """The processes of the database sessions that /ready has used."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT 1' AND datname = current_database()"
            " AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def test_a_client_that_has_gone_leaves_nothing_waiting(server, token):
    body = b'{"mapping": {"table_name": "people"}, "records": [{"a": 1}]}'
    head = (
        f"POST /map-data HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with table_lock("people"):
        with server.connect() as connection:
            connection.sendall(head.encode() + body)
            wait_for(waits_for_a_lock)
        wait_for(lambda: not waits_for_a_lock())
    wait_for(is_idle)
    assert not ImportHistory.objects.filter(status="success").exists()


@pytest.mark.parametrize(("version", "requests"), [("1.0", 1), ("1.1", 2)])
def test_a_client_that_sends_no_more_is_answered(server, version, requests):
    with server.connect() as connection:
        connection.sendall(f"GET /health HTTP/{version}\r\nHost: localhost\r\n\r\n".encode() * requests)
        connection.shutdown(socket.SHUT_WR)
        answers = read_until_closed(connection)

    assert answers.count(b"200 OK") == requests


def test_a_client_that_sends_no_more_and_waits_is_answered(server, token):
    body = b'{"mapping": {"table_name": "people"}, "records": [{"a": 1}]}'
    head = (
        f"POST /map-data HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with server.connect() as connection:
        with table_lock("people"):
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            wait_for(waits_for_a_lock)
            beginning = connection.recv(100)  # the question whether it listens
        answers = read_until_closed(connection)

    assert beginning == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert (answers.count(b"HTTP/1.1 "), b"200 OK" in answers, b'"rows_inserted":1' in answers) == (1, True, True)
    assert server.connections() == 0


def read_until_closed(connection):
    with connection.makefile("rb") as file:
        return file.read()


def waits_for_a_lock():
    with database.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        return cursor.fetchone()[0] > 0


def is_idle():
    """Whether no other session of the database is in a transaction."""
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state <> 'idle'"
        )
        return cursor.fetchone()[0] == 0
