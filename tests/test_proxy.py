"""The configuration of nginx that deploy/ ships: what can be seen in it, and what it does with a real nginx.

The real one is Debian's: apt-get install nginx-light. Without it those tests are skipped.
"""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from string import Template

import pytest
import yaml

from atlas import settings
from audit.models import AuditEntry
from imports.body_limits import FORM_OVERHEAD
from imports.models import ImportHistory
from tests.api.conftest import client_of
from tests.web_server import (
    answer_on,
    bytes_until_closed,
    bytes_written,
    children,
    free_port,
    open_connections,
    static_folder,
    tls,
    web_server,
)
from tests.working import wait_for

DEPLOY = Path(__file__).resolve().parent.parent / "deploy"
TEMPLATE = (DEPLOY / "nginx.conf.template").read_text()
NAME = "atlas.test"
LARGE = 12_000_000  # bytes of a response, more than the system takes for a client that reads none
SLOW = "127.0.0.2"  # the address of the slow clients; the others' is 127.0.0.1

needs_nginx = pytest.mark.skipif(
    not shutil.which("nginx"), reason="nginx is not installed: apt-get install nginx-light"
)


def directive(name):
    return re.findall(rf"^ *{name} ([^;]+);", TEMPLATE, re.MULTILINE)


def seconds(text):
    return int(text.removesuffix("s"))


def test_its_limits_are_those_of_the_web_server():
    assert set(map(seconds, directive("client_header_timeout"))) == {settings.ATLAS_HEADER_SECONDS}
    assert [seconds(directive(name)[0]) for name in ("client_body_timeout", "send_timeout")] == [
        settings.ATLAS_SILENT_SECONDS
    ] * 2
    assert directive("client_max_body_size")[0] == f"{settings.ATLAS_MAX_FORM_BYTES // 1024}k"
    assert seconds(directive("keepalive_timeout")[0]) < settings.ATLAS_KEEP_ALIVE_SECONDS  # of the upstream
    assert directive("gzip") == ["off"]
    proxy = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["proxy"]["environment"]
    assert proxy["ATLAS_PROXY_MAX_BODY"] == f"${{ATLAS_PROXY_MAX_BODY:-{2 * 1024**3 + FORM_OVERHEAD}}}"
    assert set(re.findall(r"\$\{(ATLAS_\w+)\}", TEMPLATE)) == set(proxy) - {"NGINX_ENVSUBST_FILTER"}


def test_its_braces_and_its_json_are_balanced():
    blocks = re.sub(r"'[^']*'|#.*|\$\{\w+\}", "", TEMPLATE)
    depth = 0
    for brace in re.findall(r"[{}]", blocks):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    answers = [json.loads(text) for text in re.findall(r"return \d+ '([^']+)'", TEMPLATE)]
    assert len(answers) == 9
    assert all(set(answer["error"]) == {"code", "message", "details"} for answer in answers)


class Proxy:
    """A running nginx."""

    def __init__(self, folder, port, process):
        self.folder, self.port, self.process = folder, port, process

    def connect(self, source="127.0.0.1", **options):
        return tls(self.port, source, NAME, **options)

    def ask(self, method, path, body=None, headers=None, *, source="127.0.0.1"):
        """Status, headers and content of the answer."""
        client = http.client.HTTPConnection(NAME)
        client.sock = self.connect(source)
        with client.sock:
            client.request(method, path, body, headers or {})
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read()

    def written(self):
        return bytes_written(children(self.process))

    def connections(self):
        return open_connections(children(self.process), self.port)


def write_configuration(folder, port, upstream):
    """Fill in the template as compose does; what differs is where it listens, and that time-outs are short."""
    (folder / "tls").mkdir()
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", f"/CN={NAME}",
         "-keyout", folder / "tls/content-atlas.key", "-out", folder / "tls/content-atlas.crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    text = Template(re.sub(r"\$(?!\{ATLAS)", "$$", TEMPLATE)).substitute(
        ATLAS_PROXY_NAME=NAME,
        ATLAS_PROXY_UPSTREAM=f"127.0.0.1:{upstream}",
        ATLAS_PROXY_MAX_BODY=str(20_000_000 + FORM_OVERHEAD),
        ATLAS_PROXY_TLS=str(folder / "tls"),
        ATLAS_PROXY_TEMP=str(folder / "body"),
    )
    for name in ("client_header_timeout", "client_body_timeout", "send_timeout"):
        text = re.sub(rf"{name} \d+s", f"{name} 8s", text)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{free_port()};").replace(
        "listen 443", f"listen 127.0.0.1:{port}"
    )
    (folder / "site.conf").write_text(text)
    places = "".join(f"{name}_temp_path {folder}/{name};" for name in ("proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;" if os.geteuid() == 0 else ""  # the folders of the tests are root's
    (folder / "nginx.conf").write_text(
        f"{user} pid {folder}/pid; error_log {folder}/error.log; events {{ worker_connections 512; }}"
        f" http {{ access_log off; {places} include {folder}/site.conf; }}"
    )
    return folder / "nginx.conf"


@needs_nginx
def test_nginx_accepts_it(tmp_path):
    configuration = write_configuration(tmp_path, free_port(), free_port())

    checked = subprocess.run(["nginx", "-t", "-q", "-c", configuration], capture_output=True, text=True)

    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.fixture
def proxied(database_url, tmp_path):
    """The web server behind nginx."""
    data = tmp_path / "data"
    (static_folder(data) / "large.bin").write_bytes(bytes(LARGE))
    environment = {
        "ATLAS_HTTPS": "on", "ATLAS_PROXIES": "1", "ATLAS_ALLOWED_HOSTS": NAME,
        "ATLAS_MAX_UPLOAD_BYTES": "20000000", "ATLAS_WEB_PROCESSES": "2",
    }  # fmt: skip
    folder = tmp_path / "nginx"
    folder.mkdir()
    with web_server(database_url, data, **environment) as server:
        wait_for(lambda: server.ask("GET", "/health")[0] == 200)  # asked without the proxy
        port = free_port()
        configuration = write_configuration(folder, port, server.port)
        process = subprocess.Popen(["nginx", "-c", configuration, "-g", "daemon off;"])
        try:
            wait_for(lambda: is_open(port), 30)
            yield server, Proxy(folder, port, process)
        finally:
            process.terminate()
            process.wait(60)


def is_open(port):
    with socket.socket() as attempt:
        return attempt.connect_ex(("127.0.0.1", port)) == 0


@needs_nginx
@pytest.mark.long
def test_a_real_nginx_in_front_of_the_web_server(proxied):
    server, proxy = proxied
    token = {"Authorization": client_of("ida", "importer").defaults["HTTP_AUTHORIZATION"]}
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="people.csv"\r\n\r\na,b\n'
    body += b"".join(b"%d,%d\n" % (number, number) for number in range(700_000)) + b"\r\n--x--\r\n"

    an_import_arrives_with_the_address_of_its_client(proxy, token | form, body)
    strangers_write_nothing(server, proxy, form, body)
    auditor = {"Authorization": client_of("otto", "auditor").defaults["HTTP_AUTHORIZATION"]}
    assert [proxy.ask("POST", path, body, auditor | form)[0] for path in ("/map-data", "/ui/upload")] == [403, 403]
    errors_are_in_the_format_of_the_api(proxy, token)
    slow_clients_are_cut_off_while_others_are_served(server, proxy, token | form)
    server.process.terminate()
    server.process.wait(60)
    status, headers, content = proxy.ask("GET", "/health")
    assert (status, headers["Retry-After"], json.loads(content)["error"]["code"]) == (503, "30", "service_unavailable")


def an_import_arrives_with_the_address_of_its_client(proxy, headers, body):
    status, _, content = proxy.ask("POST", "/map-data", body, headers | {"X-Forwarded-For": "192.0.2.9"}, source=SLOW)

    assert (status, json.loads(content)["rows_inserted"]) == (200, 700_000)
    assert ImportHistory.objects.get().status == "success"
    assert AuditEntry.objects.filter(actor="ida").values_list("address", flat=True)[0] == SLOW
    status, headers, _ = proxy.ask("GET", "/ui/upload")
    assert (status, headers["Location"]) == (302, "/ui/sign-in?next=/ui/upload")
    assert "max-age=31536000" in proxy.ask("GET", "/health")[1]["Strict-Transport-Security"]


def strangers_write_nothing(server, proxy, form, body):
    before = server.written(), proxy.written()
    answers = [proxy.ask("POST", path, body, form) for path in ("/map-data", "/ui/upload", "/ui/sign-in", "/tables")]

    assert [status for status, *_ in answers] == [401, 302, 413, 413]
    assert json.loads(answers[0][2])["error"]["code"] == "not_authenticated"
    assert answers[1][1]["Location"].endswith("/ui/sign-in?next=/ui/upload")
    assert json.loads(answers[3][2])["error"]["code"] == "file_too_large"
    assert max(server.written() - before[0], proxy.written() - before[1]) < 300_000
    assert not list((proxy.folder / "body").iterdir())


def errors_are_in_the_format_of_the_api(proxy, token):
    def code(text):
        with proxy.connect() as connection:
            connection.sendall(text)
            status, error = answer_on(connection)
            assert "nginx" not in error["message"]
            return status, error["code"]

    host = f"Host: {NAME}\r\n".encode()
    assert code(b"nonsense\r\n\r\n") == (400, "bad_request")
    assert code(b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + host + b"\r\n") == (414, "url_too_long")
    assert code(b"GET / HTTP/1.1\r\n" + host + b"X: " + b"a" * 9_000 + b"\r\n\r\n") == (431, "headers_too_large")
    too_large = f"Authorization: {token['Authorization']}\r\nContent-Length: 30000000\r\n\r\n".encode()
    assert code(b"POST /map-data HTTP/1.1\r\n" + host + too_large) == (413, "file_too_large")


def slow_clients_are_cut_off_while_others_are_served(server, proxy, headers):
    host = f"Host: {NAME}\r\n".encode()
    upload = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "Content-Length: 1000000\r\n\r\n--x"
    with ExitStack() as opened:

        def many(count, text, **options):
            connections = [opened.enter_context(proxy.connect(SLOW, **options)) for _ in range(count)]
            for connection in connections:
                connection.sendall(text)
            return connections

        # nginx counts a connection once the headers have arrived: the first are not among the hundred.
        many(25, b"GET /health HTTP/1.1\r\n" + host + b"X-Slow: ")
        many(50, b"POST /map-data HTTP/1.1\r\n" + host + upload.encode())
        many(25, b"POST /import-history/1/undo HTTP/1.1\r\n" + host + b"Content-Length: 1000\r\n\r\na=")
        readers = many(25, b"GET /static/large.bin HTTP/1.1\r\n" + host + b"\r\n", receive_buffer=4096)
        assert proxy.ask("GET", "/health", source=SLOW)[0] == 429
        assert [proxy.ask("GET", path, headers=headers)[0] for path in ("/health", "/ready", "/tables")] == [200] * 3
        wait_for(lambda: server.connections() <= 32)  # those that nginx keeps
        wait_for(lambda: proxy.connections() == 0)
        assert proxy.ask("GET", "/health", source=SLOW)[0] == 200
        assert max(map(bytes_until_closed, readers)) < LARGE
